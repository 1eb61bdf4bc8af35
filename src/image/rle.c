// Run lengths and polygons. pycocotools walks a polygon's edges on a grid five times as fine, keeps
// the points where the walk crosses the middle of a column, and lets each switch inside and outside
// down the column; polygon_fill does the same, with a switch for each pixel in place of a sort.

#include "image/rle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define FINE 5.0

int rle_encode(const uint8_t *mask, size_t width, size_t height, struct rle *rle,
               swatch_error *error)
{
    size_t runs = 1;
    int set = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t run = 0, at = 0;
        set = 0;
        for (size_t x = 0; x < width; x++)
            for (size_t y = 0; y < height; y++) {
                const int value = mask[y * width + x] != 0;
                if (value != set) {
                    if (pass)
                        rle->runs[at] = (uint32_t)run;
                    at++;
                    run = 0;
                    set = value;
                }
                run++;
            }
        if (pass) {
            rle->runs[at] = (uint32_t)run;
            break;
        }
        runs = at + 1;
        *rle = (struct rle){.width = width,
                            .height = height,
                            .runs = malloc(runs * sizeof *rle->runs),
                            .count = runs};
        if (!rle->runs)
            return error_memory(error);
    }
    return SWATCH_OK;
}

int rle_from_runs(const char *name, const uint32_t *runs, size_t count, size_t width, size_t height,
                  struct rle *rle, swatch_error *error)
{
    size_t left = width * height;
    for (size_t i = 0; i < count; i++) {
        if (runs[i] > left)
            return error_set(error, SWATCH_FAILED, "%s: the runs of a mask are more than %zux%zu",
                             name, width, height);
        left -= runs[i];
    }
    if (left || count == 0)
        return error_set(error, SWATCH_FAILED, "%s: the runs of a mask do not fill %zux%zu", name,
                         width, height);
    *rle = (struct rle){
        .width = width, .height = height, .runs = malloc(count * sizeof *runs), .count = count};
    if (!rle->runs)
        return error_memory(error);
    memcpy(rle->runs, runs, count * sizeof *runs);
    return SWATCH_OK;
}

int rle_from_string(const char *name, const char *text, size_t width, size_t height,
                    struct rle *rle, swatch_error *error)
{
    uint32_t *runs = malloc((strlen(text) + 1) * sizeof *runs);
    size_t count = 0;
    int status = SWATCH_FAILED;
    if (!runs)
        return error_memory(error);
    while (*text) {
        int64_t value = 0;
        int shift = 0, more = 1;
        while (more) {
            const int c = (unsigned char)*text - 48;
            if (c < 0 || c > 63 || shift > 35) {
                error_set(error, SWATCH_FAILED, "%s: a mask's string is none of COCO's", name);
                goto done;
            }
            text++;
            value |= (int64_t)(c & 31) << shift;
            more = c & 32;
            shift += 5;
            if (!more && c & 16)
                value -= (int64_t)1 << shift;
        }
        if (count > 2)
            value += runs[count - 2];
        if (value < 0 || value > UINT32_MAX) {
            error_set(error, SWATCH_FAILED, "%s: a mask's string has a run of %lld", name,
                      (long long)value);
            goto done;
        }
        runs[count++] = (uint32_t)value;
    }
    status = rle_from_runs(name, runs, count, width, height, rle, error);
done:
    free(runs);
    return status;
}

void rle_free(struct rle *rle)
{
    free(rle->runs);
    *rle = (struct rle){0};
}

void rle_decode(const struct rle *rle, uint8_t *mask)
{
    size_t at = 0;
    for (size_t i = 0; i < rle->count; i++)
        for (size_t end = at + rle->runs[i]; at < end; at++)
            mask[at % rle->height * rle->width + at / rle->height] = i % 2 ? 255 : 0;
}

char *rle_to_string(const struct rle *rle)
{
    char *text = malloc(7 * rle->count + 1), *to = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < rle->count; i++) {
        int64_t value = rle->runs[i];
        if (i > 2)
            value -= rle->runs[i - 2];
        for (int more = 1; more;) {
            int c = value & 31;
            value >>= 5; // arithmetic
            more = c & 16 ? value != -1 : value != 0;
            *to++ = (char)(48 + c + (more ? 32 : 0));
        }
    }
    *to = 0;
    return text;
}

size_t rle_area(const struct rle *rle)
{
    size_t area = 0;
    for (size_t i = 1; i < rle->count; i += 2)
        area += rle->runs[i];
    return area;
}

size_t rle_intersection(const struct rle *a, const struct rle *b)
{
    size_t i = 0, k = 0, both = 0;
    size_t left_a = a->count ? a->runs[0] : 0, left_b = b->count ? b->runs[0] : 0;
    while (i < a->count && k < b->count) {
        const size_t step = left_a < left_b ? left_a : left_b;
        both += i % 2 && k % 2 ? step : 0;
        left_a -= step;
        left_b -= step;
        if (left_a == 0)
            left_a = ++i < a->count ? a->runs[i] : 0;
        if (left_b == 0)
            left_b = ++k < b->count ? b->runs[k] : 0;
    }
    return both;
}

// The walk along a polygon's edges and the switches it leaves.
struct walk {
    size_t width, height;
    uint8_t *switches; // (width * height + 1), down the columns
    long x, y;         // the point before, on the fine grid
    int begun;
};

static void walk_to(struct walk *w, long x, long y)
{
    if (w->begun && x != w->x) {
        const double column = ((double)(x < w->x ? x : x - 1) + 0.5) / FINE - 0.5;
        if (floor(column) == column && column >= 0 && column <= (double)w->width - 1) {
            double row = ((double)(y < w->y ? y : w->y) + 0.5) / FINE - 0.5;
            row = ceil(fmin(fmax(row, 0), (double)w->height));
            w->switches[(size_t)column * w->height + (size_t)row] ^= 1;
        }
    }
    w->x = x;
    w->y = y;
    w->begun = 1;
}

static void walk_edge(struct walk *w, long from_x, long from_y, long to_x, long to_y)
{
    const long across = labs(to_x - from_x), down = labs(to_y - from_y);
    const long steps = across >= down ? across : down;
    // Rounding is done from the end with the lower coordinate, whichever way the walk goes.
    const int back = across >= down ? from_x > to_x : from_y > to_y;
    const long x0 = back ? to_x : from_x, y0 = back ? to_y : from_y;
    const long x1 = back ? from_x : to_x, y1 = back ? from_y : to_y;
    const double slope =
        steps == 0 ? 0 : (double)(across >= down ? y1 - y0 : x1 - x0) / (double)steps;
    for (long d = 0; d <= steps; d++) {
        const long t = back ? steps - d : d;
        if (across >= down)
            walk_to(w, x0 + t, (long)((double)y0 + slope * (double)t + 0.5));
        else
            walk_to(w, (long)((double)x0 + slope * (double)t + 0.5), y0 + t);
    }
}

// On the fine grid; what lies a picture's side away from the picture lies no farther.
static long fine(double value, size_t side)
{
    return (long)(FINE * fmin(fmax(value, -(double)side), 2 * (double)side) + 0.5);
}

int polygon_fill(const double *points, size_t count, size_t width, size_t height, uint8_t *mask,
                 swatch_error *error)
{
    struct walk w = {.width = width, .height = height, .switches = calloc(width * height + 1, 1)};
    if (!w.switches)
        return error_memory(error);
    for (size_t i = 0; count >= 3 && i < count; i++) {
        const double *a = points + 2 * i, *b = points + 2 * ((i + 1) % count);
        walk_edge(&w, fine(a[0], width), fine(a[1], height), fine(b[0], width), fine(b[1], height));
    }
    int inside = 0;
    for (size_t x = 0; x < width; x++)
        for (size_t y = 0; y < height; y++) {
            inside ^= w.switches[x * height + y];
            if (inside)
                mask[y * width + x] = 255;
        }
    free(w.switches);
    return SWATCH_OK;
}
