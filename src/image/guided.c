// Solves the least squares of every window, then averages the functions of all windows around a
// pixel. Sums run down the rows and along them. All numbers of a pixel lie beside each other, so
// the loops over them become vector instructions.

#include "image/guided.h"

#include <string.h>

#include "base/vector.h"

#define GUIDE 9 // sums of the guide's three channels and of their six products

// Numbers of a pixel that sums are taken of.
static size_t numbers(const struct guided *r)
{
    return GUIDE + 4 * r->count;
}

size_t guided_room(const struct guided *r, size_t rows)
{
    return r->width * ((rows + 2 * r->radius) * 4 * r->count + numbers(r) + 4 * r->count) +
           numbers(r);
}

// Adds `sign` times a row's numbers to the sums of its columns.
KERNEL static void add_row(const struct guided *r, size_t y, float sign, float *columns)
{
    const size_t count = r->count;
    for (size_t x = 0; x < r->width; x++) {
        const float *g = r->guide + (y * r->stride + x) * 3;
        const float *p = r->map + (y * r->stride + x) * r->each;
        const float a = sign * g[0], b = sign * g[1], c = sign * g[2];
        float *to = columns + x * numbers(r), *q = to + GUIDE;
        to[0] += a;
        to[1] += b;
        to[2] += c;
        to[3] += a * g[0];
        to[4] += a * g[1];
        to[5] += a * g[2];
        to[6] += b * g[1];
        to[7] += b * g[2];
        to[8] += c * g[2];
        for (size_t k = 0; k < count; k++) {
            const float value = p[r->channels[k]];
            q[k] += sign * value;
            q[count + k] += a * value;
            q[2 * count + k] += b * value;
            q[3 * count + k] += c * value;
        }
    }
}

// The linear functions of one window: (slopes of three channels, constant), `count` of each.
static void solve(const float *sums, float share, size_t count, float epsilon, float *to)
{
    const float m0 = sums[0] * share, m1 = sums[1] * share, m2 = sums[2] * share;
    const float a = sums[3] * share - m0 * m0 + epsilon, b = sums[4] * share - m0 * m1;
    const float c = sums[5] * share - m0 * m2, d = sums[6] * share - m1 * m1 + epsilon;
    const float e = sums[7] * share - m1 * m2, f = sums[8] * share - m2 * m2 + epsilon;
    // The inverse of ((a, b, c), (b, d, e), (c, e, f)).
    const float i00 = d * f - e * e, i01 = c * e - b * f, i02 = b * e - c * d;
    const float i11 = a * f - c * c, i12 = b * c - a * e, i22 = a * d - b * b;
    const float over = 1 / (a * i00 + b * i01 + c * i02);
    const float *p = sums + GUIDE;
    for (size_t k = 0; k < count; k++) {
        const float mean = p[k] * share;
        const float u = (p[count + k] * share - m0 * mean) * over;
        const float v = (p[2 * count + k] * share - m1 * mean) * over;
        const float w = (p[3 * count + k] * share - m2 * mean) * over;
        const float s0 = i00 * u + i01 * v + i02 * w, s1 = i01 * u + i11 * v + i12 * w,
                    s2 = i02 * u + i12 * v + i22 * w;
        to[k] = s0;
        to[count + k] = s1;
        to[2 * count + k] = s2;
        to[3 * count + k] = mean - m0 * s0 - m1 * s1 - m2 * s2;
    }
}

// The functions of the windows around a row's pixels, from the sums of the columns over `rows`.
KERNEL static void fit_row(const struct guided *r, const float *columns, size_t rows, float *sums,
                           float *to)
{
    const size_t n = numbers(r), radius = r->radius;
    size_t inside = 0;
    memset(sums, 0, n * sizeof *sums);
    for (size_t x = 0; x < r->width + radius; x++) {
        if (x < r->width) {
            const float *in = columns + x * n;
            for (size_t i = 0; i < n; i++)
                sums[i] += in[i];
            inside++;
        }
        if (x > 2 * radius) {
            const float *out = columns + (x - 2 * radius - 1) * n;
            for (size_t i = 0; i < n; i++)
                sums[i] -= out[i];
            inside--;
        }
        if (x >= radius)
            solve(sums, 1 / (float)(inside * rows), r->count, r->epsilon,
                  to + (x - radius) * 4 * r->count);
    }
}

// Adds `sign` times a row of functions to the sums of the columns.
KERNEL static void add_functions(const float *row, size_t count, float sign, float *columns)
{
    for (size_t i = 0; i < count; i++)
        columns[i] += sign * row[i];
}

// Means along a row of functions from the sums of its columns.
KERNEL static void mean_row(const struct guided *r, const float *columns, size_t rows, float *sums,
                            float *to)
{
    const size_t n = 4 * r->count, radius = r->radius;
    size_t inside = 0;
    memset(sums, 0, n * sizeof *sums);
    for (size_t x = 0; x < r->width + radius; x++) {
        if (x < r->width) {
            for (size_t i = 0; i < n; i++)
                sums[i] += columns[x * n + i];
            inside++;
        }
        if (x > 2 * radius) {
            for (size_t i = 0; i < n; i++)
                sums[i] -= columns[(x - 2 * radius - 1) * n + i];
            inside--;
        }
        const float share = 1 / (float)(inside * rows);
        if (x >= radius)
            for (size_t i = 0; i < n; i++)
                to[(x - radius) * n + i] = sums[i] * share;
    }
}

void guided_rows(const struct guided *r, size_t first, size_t last, float *room, float *functions)
{
    const size_t radius = r->radius, n = 4 * r->count;
    const size_t from = first > radius ? first - radius : 0;
    const size_t to = last + radius < r->height ? last + radius : r->height;
    float *fitted = room, *columns = fitted + (to - from) * r->width * n;
    float *means = columns + r->width * numbers(r), *sums = means + r->width * n;
    size_t begin = from > radius ? from - radius : 0, end = begin;

    memset(columns, 0, r->width * numbers(r) * sizeof *columns);
    for (size_t y = from; y < to; y++) {
        for (; end < r->height && end <= y + radius; end++)
            add_row(r, end, 1, columns);
        for (; begin + radius < y; begin++)
            add_row(r, begin, -1, columns);
        fit_row(r, columns, end - begin, sums, fitted + (y - from) * r->width * n);
    }

    memset(means, 0, r->width * n * sizeof *means);
    begin = end = from;
    for (size_t y = first; y < last; y++) {
        for (; end < to && end <= y + radius; end++)
            add_functions(fitted + (end - from) * r->width * n, r->width * n, 1, means);
        for (; begin + radius < y; begin++)
            add_functions(fitted + (begin - from) * r->width * n, r->width * n, -1, means);
        mean_row(r, means, end - begin, sums, functions + (y - first) * r->width * n);
    }
}
