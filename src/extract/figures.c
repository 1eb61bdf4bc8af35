// Finds round figures on cloth. A figure is a connected patch of the rarer of two kinds of pixels,
// after shades and large fields of color are taken away.
#include "extract/figures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "extract/runs.h"

// Subtracts the mean of what is seen within `reach` pixels, so that shades and large fields of
// color are gone. sums: (height + 1, width + 1, 4), of lab and of seen pixels above and left.
static void level(struct cloth *c, size_t reach, double *sums)
{
    const size_t stride = c->width + 1;
    memset(sums, 0, 4 * stride * sizeof *sums);
    for (size_t y = 0; y < c->height; y++) {
        double row[4] = {0};
        memset(sums + 4 * (y + 1) * stride, 0, 4 * sizeof *sums);
        for (size_t x = 0; x < c->width; x++) {
            double *to = sums + 4 * ((y + 1) * stride + x + 1);
            const double seen = c->seen[y * c->width + x];
            for (size_t b = 0; b < 4; b++) {
                row[b] += b < 3 ? seen * cloth_at(c, x, y)[b] : seen;
                to[b] = row[b] + to[b - 4 * stride];
            }
        }
    }
    for (size_t y = 0; y < c->height; y++)
        for (size_t x = 0; x < c->width; x++) {
            const size_t top = y > reach ? y - reach : 0;
            const size_t left = x > reach ? x - reach : 0;
            const size_t bottom = size_least(y + reach + 1, c->height);
            const size_t right = size_least(x + reach + 1, c->width);
            double mean[4];
            for (size_t b = 0; b < 4; b++)
                mean[b] =
                    sums[4 * (bottom * stride + right) + b] - sums[4 * (top * stride + right) + b] -
                    sums[4 * (bottom * stride + left) + b] + sums[4 * (top * stride + left) + b];
            for (size_t b = 0; b < 3 && mean[3] > 0; b++)
                cloth_at(c, x, y)[b] -= (float)(mean[b] / mean[3]);
        }
}

// The direction in color in which what is seen varies most, by power iteration.
static void find_axis(const struct cloth *c, double axis[3])
{
    double m[3][3] = {{0}};
    for (size_t i = 0; i < c->width * c->height; i++)
        for (size_t a = 0; a < 3 && c->seen[i]; a++)
            for (size_t b = 0; b < 3; b++)
                m[a][b] += c->lab[3 * i + a] * c->lab[3 * i + b];
    axis[0] = 1;
    axis[1] = axis[2] = 0.1;
    for (int turn = 0; turn < 30; turn++) {
        double next[3], length = 0;
        for (size_t a = 0; a < 3; a++) {
            next[a] = m[a][0] * axis[0] + m[a][1] * axis[1] + m[a][2] * axis[2];
            length += next[a] * next[a];
        }
        for (size_t a = 0; a < 3 && length > 0; a++)
            axis[a] = next[a] / sqrt(length);
    }
}

// Marks figures, the rarer of two kinds of pixels, as 1 in `figures` (height, width), the ground as
// 0 and what is not seen as 2. The threshold is the middle of both kinds' means (Ridler and Calvard
// 1978).
static void mark(const struct cloth *c, const double axis[3], uint8_t *figures)
{
    const size_t n = c->width * c->height;
    double threshold = 0;
    size_t above = 0;
    for (int turn = 0; turn < 10; turn++) {
        double sums[2] = {0}, counts[2] = {0};
        for (size_t i = 0; i < n; i++) {
            const float *p = c->lab + 3 * i;
            const double s = p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
            if (!c->seen[i])
                continue;
            sums[s > threshold] += s;
            counts[s > threshold]++;
        }
        above = (size_t)counts[1];
        if (counts[0] > 0 && counts[1] > 0)
            threshold = (sums[0] / counts[0] + sums[1] / counts[1]) / 2;
    }
    const int rare = 2 * above <= c->pixels;
    for (size_t i = 0; i < n; i++) {
        const float *p = c->lab + 3 * i;
        const double s = p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
        figures[i] = c->seen[i] ? (s > threshold) == rare : 2;
    }
}

struct figure {
    double pixels, x, y, xx, yy, xy; // sums
};

// Whether a figure fills an ellipse that is not long: one's area follows from its moments.
static int is_round(const struct figure *f)
{
    if (f->pixels < 6)
        return 0;
    const double x = f->x / f->pixels, y = f->y / f->pixels, grain = 1.0 / 12; // of a pixel itself
    const double xx = f->xx / f->pixels - x * x + grain, yy = f->yy / f->pixels - y * y + grain;
    const double xy = f->xy / f->pixels - x * y;
    const double spread = hypot(xx - yy, 2 * xy) / 2, middle = (xx + yy) / 2;
    const double large = middle + spread, small = middle - spread;
    return small > 0.3 * large &&
           f->pixels > 0.86 * 4 * 3.14159265358979323846 * sqrt(large * small);
}

static int by_number(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

// The share of the figures that are round and of about one size. `sizes` has room for all figures.
static void judge(const struct figure *figures, size_t count, double *sizes, double *round,
                  size_t *rounds)
{
    double all = 0, same = 0;
    size_t n = 0;
    *rounds = 0;
    for (size_t i = 0; i < count; i++) {
        all += figures[i].pixels;
        if (is_round(&figures[i]))
            sizes[n++] = figures[i].pixels;
    }
    qsort(sizes, n, sizeof *sizes, by_number);
    for (size_t i = 0; i < n; i++)
        if (sizes[i] > 0.4 * sizes[n / 2] && sizes[i] < 2.5 * sizes[n / 2]) {
            same += sizes[i];
            ++*rounds;
        }
    *round = all > 0 ? same / all : 0;
}

static int gather(const struct image *map, double *round, size_t *rounds, swatch_error *error)
{
    struct runs runs = {0};
    int status = runs_find(map, &runs, error);
    struct figure *figures = calloc(runs.count + 1, sizeof *figures);
    double *sizes = calloc(runs.count + 1, sizeof *sizes);
    if (!status && (!figures || !sizes))
        status = error_memory(error);
    for (size_t y = 0; !status && y < runs.height; y++)
        for (size_t i = runs.row[y]; i < runs.row[y + 1]; i++) {
            const struct run *run = &runs.runs[i];
            struct figure *f = &figures[runs_root(&runs, i)];
            if (run->label != 1)
                continue;
            for (size_t x = run->first; x <= run->last; x++) {
                f->x += (double)x;
                f->xx += (double)(x * x);
                f->xy += (double)(x * y);
            }
            const double n = (double)(run->last - run->first + 1);
            f->pixels += n;
            f->y += n * (double)y;
            f->yy += n * (double)(y * y);
        }
    if (!status)
        judge(figures, runs.count, sizes, round, rounds);
    free(figures);
    free(sizes);
    runs_free(&runs);
    return status;
}

int figures_find(struct cloth *c, size_t reach, double *round, size_t *rounds, swatch_error *error)
{
    struct image map = {0};
    double axis[3];
    double *sums = malloc(4 * (c->width + 1) * (c->height + 1) * sizeof *sums);
    int status = sums ? image_new(&map, c->width, c->height, 1, error) : error_memory(error);
    if (!status) {
        level(c, reach, sums);
        find_axis(c, axis);
        mark(c, axis, map.pixels);
        status = gather(&map, round, rounds, error);
    }
    image_free(&map);
    free(sums);
    return status;
}
