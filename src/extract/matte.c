// The photo is cut in tiles. A tile through which the part's border runs is scaled down, if the
// photo is large, and looked at with what lies around it:
//
// 1. Pixels within a radius of the border are mixed. There alpha is the linear function of the
//    color that fits the map best in the windows around (image/guided.h; He, Sun, Tang 2013).
// 2. The colors of the part and of what is behind it are means, weighted by alpha, over a wide and
//    then over a narrow window (Forte 2021), and are corrected so that they mix to the photo's.
//
// The functions and the colors are interpolated to the photo's size.

#include "extract/matte.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "base/vector.h"
#include "image/guided.h"

#define TILE 160            // side of a tile, in scaled pixels
#define PIXELS 250000       // of a scaled photo, at most about as many
#define RADIUS 0.011        // in which pixels are mixed, as a share of the photo's side
#define RADIUS_OF_PART 0.05 // and at most, as a share of the side of the part
#define RADIUS_LEAST 2      // scaled pixels
#define EPSILON 0.0004f     // of the linear functions
// What alpha is stretched to 0 and 1 from, so that no haze is left where both sides look alike.
#define LOW 0.15f
#define HIGH 0.85f

enum state { OUTSIDE, MIXED, INSIDE };

// Scales of a photo.
struct scale {
    size_t step;          // the photo's pixels for a scaled one, each way
    size_t width, height; // scaled
    size_t radius;        // scaled pixels
    size_t halo;          // that are looked at around a tile, scaled
};

// A tile and what lies around it, at the smaller scale: (height, width) each.
struct tile {
    size_t left, top, width, height; // in scaled pixels
    float *guide;                    // 3 numbers a pixel: the color, -1..1
    float *cover;                    // how much of it is the part's by the map, 0-1
    float *functions;                // 4
    float *alpha;                    // 0-1
    float *colors;                   // 8: color and alpha of the part, then of what is behind
    float *sums, *across;            // 8, scratch
    float *room;                     // for guided.h and a row of sums
    uint8_t *state;
};

static struct scale scale_of(const struct matte_part *p)
{
    const struct image *photo = p->photo;
    const double side = sqrt((double)photo->width * (double)photo->height);
    size_t pixels = 0; // of the part
    for (size_t y = 0; y < photo->height; y++)
        for (size_t x = 0; x < photo->width; x++)
            pixels += (size_t)matte_has(p, x, y);
    const double radius = fmin(RADIUS * side, RADIUS_OF_PART * sqrt((double)pixels));
    struct scale s = {.step = (size_t)ceil(side / sqrt(PIXELS))};
    s.width = (photo->width + s.step - 1) / s.step;
    s.height = (photo->height + s.step - 1) / s.step;
    s.radius = size_most(RADIUS_LEAST, (size_t)lround(radius / (double)s.step));
    s.halo = 4 * s.radius + s.radius / 3 + 2;
    return s;
}

// ---- One tile ----------------------------------------------------------------------------------

// Adds `sign` times some numbers to their sums.
KERNEL static void add(const float *from, size_t count, float sign, float *sums)
{
    for (size_t i = 0; i < count; i++)
        sums[i] += sign * from[i];
}

KERNEL static void share_out(const float *sums, size_t count, float share, float *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = share * sums[i];
}

// Means over windows of `length` steps of `count` numbers each. sums: (count), scratch.
static void mean_line(const float *from, size_t length, size_t count, size_t radius, float *sums,
                      float *to)
{
    size_t first = 0, end = 0;
    memset(sums, 0, count * sizeof *sums);
    for (size_t k = 0; k < length; k++) {
        for (; end < length && end <= k + radius; end++)
            add(from + end * count, count, 1, sums);
        for (; first + radius < k; first++)
            add(from + first * count, count, -1, sums);
        share_out(sums, count, 1 / (float)(end - first), to + k * count);
    }
}

// Replaces a picture of `count` numbers a pixel by its means over windows.
static void mean(const struct tile *t, float *data, size_t count, size_t radius)
{
    const size_t row = t->width * count;
    for (size_t y = 0; y < t->height; y++)
        mean_line(data + y * row, t->width, count, radius, t->room, t->across + y * row);
    mean_line(t->across, t->height, row, radius, t->room, data);
}

// Scales the photo and the map down to the tile.
static void take(const struct matte_part *p, const struct scale *s, struct tile *t)
{
    const size_t width = p->photo->width, height = p->photo->height;
    for (size_t y = 0; y < t->height; y++)
        for (size_t x = 0; x < t->width; x++) {
            const size_t left = (t->left + x) * s->step, top = (t->top + y) * s->step;
            const size_t right = size_least(width, left + s->step);
            const size_t bottom = size_least(height, top + s->step);
            unsigned sums[3] = {0}, in = 0;
            for (size_t sy = top; sy < bottom; sy++)
                for (size_t sx = left; sx < right; sx++) {
                    const uint8_t *from = p->photo->pixels + 3 * (sy * width + sx);
                    for (size_t c = 0; c < 3; c++)
                        sums[c] += from[c];
                    in += (unsigned)matte_has(p, sx, sy);
                }
            const float share = 1 / (float)((right - left) * (bottom - top));
            const size_t i = y * t->width + x;
            for (size_t c = 0; c < 3; c++)
                t->guide[3 * i + c] = (float)sums[c] * share / 127.5f - 1;
            t->cover[i] = (float)in * share;
        }
}

static void find_mixed(const struct scale *s, struct tile *t)
{
    const size_t pixels = t->width * t->height;
    memcpy(t->alpha, t->cover, pixels * sizeof *t->alpha);
    mean(t, t->alpha, 1, s->radius);
    for (size_t i = 0; i < pixels; i++)
        t->state[i] = t->alpha[i] < 1e-4f ? OUTSIDE : t->alpha[i] > 1 - 1e-4f ? INSIDE : MIXED;
}

static float stretched(const float *functions, const float *color)
{
    const float alpha =
        functions[0] * color[0] + functions[1] * color[1] + functions[2] * color[2] + functions[3];
    return fminf(fmaxf((alpha - LOW) / (HIGH - LOW), 0), 1);
}

static void find_alpha(const struct scale *s, struct tile *t)
{
    static const uint8_t channel = 0;
    const struct guided guided = {.guide = t->guide,
                                  .map = t->cover,
                                  .height = t->height,
                                  .width = t->width,
                                  .stride = t->width,
                                  .each = 1,
                                  .channels = &channel,
                                  .count = 1,
                                  .radius = s->radius,
                                  .epsilon = EPSILON};
    guided_rows(&guided, 0, t->height, t->room, t->functions);
    for (size_t i = 0; i < t->width * t->height; i++)
        t->alpha[i] = t->state[i] == MIXED ? stretched(t->functions + 4 * i, t->guide + 3 * i)
                                           : (float)(t->state[i] == INSIDE);
}

// Makes the colors of a pixel, of the part and behind it, mix to the photo's: moves each by its
// share of what is missing.
static void correct(float alpha, const float *photo, const float *means, float *colors)
{
    for (size_t c = 0; c < 3; c++) {
        const float missing = photo[c] - alpha * means[c] - (1 - alpha) * means[4 + c];
        colors[c] = fminf(fmaxf(means[c] + alpha * missing, -1), 1);
        colors[4 + c] = fminf(fmaxf(means[4 + c] + (1 - alpha) * missing, -1), 1);
    }
}

static void find_colors(const struct scale *s, struct tile *t)
{
    const size_t pixels = t->width * t->height;
    const size_t radii[2] = {2 * s->radius, s->radius / 3 + 1};
    for (size_t i = 0; i < pixels; i++) {
        memcpy(t->colors + 8 * i, t->guide + 3 * i, 3 * sizeof *t->colors);
        memcpy(t->colors + 8 * i + 4, t->guide + 3 * i, 3 * sizeof *t->colors);
    }
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < pixels; i++)
            for (size_t side = 0; side < 2; side++) {
                const float share = side ? 1 - t->alpha[i] : t->alpha[i];
                float *to = t->sums + 8 * i + 4 * side, *from = t->colors + 8 * i + 4 * side;
                for (size_t c = 0; c < 3; c++)
                    to[c] = share * from[c];
                to[3] = share;
            }
        mean(t, t->sums, 8, radii[round]);
        for (size_t i = 0; i < pixels; i++) {
            float means[8];
            if (t->state[i] != MIXED)
                continue;
            for (size_t k = 0; k < 8; k++)
                means[k] = t->sums[8 * i + k] / (t->sums[8 * i + (k | 3)] + 1e-5f);
            correct(t->alpha[i], t->guide + 3 * i, means, t->colors + 8 * i);
        }
    }
}

// ---- From tiles to the photo -------------------------------------------------------------------

// Where a pixel of the photo lies between the middles of scaled ones: the first of two, and how
// much of the second. `first` and `count`: those that the tile has.
static size_t place(size_t at, size_t step, size_t first, size_t count, float *second)
{
    const float where = ((float)at + 0.5f) / (float)step - 0.5f - (float)first;
    const float bounded = fminf(fmaxf(where, 0), (float)(count - 1));
    const size_t low = size_least((size_t)bounded, count > 1 ? count - 2 : 0);
    *second = bounded - (float)low;
    return low;
}

// Interpolates `count` numbers of a tile's pictures between four pixels.
static void between(const float *data, const struct tile *t, size_t count, size_t x, size_t y,
                    float right, float below, float *to)
{
    const size_t beside = t->width > 1 ? count : 0, under = t->height > 1 ? t->width * count : 0;
    const float *a = data + (y * t->width + x) * count;
    for (size_t k = 0; k < count; k++) {
        const float top = a[k] + right * (a[beside + k] - a[k]);
        const float low = a[under + k] + right * (a[under + beside + k] - a[under + k]);
        to[k] = top + below * (low - top);
    }
}

static void draw_mixed(const struct matte_part *p, const struct scale *s, const struct tile *t,
                       size_t x, size_t y, uint8_t *rgba)
{
    const uint8_t *photo = p->photo->pixels + 3 * (y * p->photo->width + x);
    float right, below, functions[4], means[8], colors[8], color[3];
    const size_t tx = place(x, s->step, t->left, t->width, &right);
    const size_t ty = place(y, s->step, t->top, t->height, &below);
    for (size_t c = 0; c < 3; c++)
        color[c] = (float)photo[c] / 127.5f - 1;
    between(t->functions, t, 4, tx, ty, right, below, functions);
    const float alpha = stretched(functions, color);
    rgba[3] = (uint8_t)(255 * alpha + 0.5f);
    if (!rgba[3])
        return;
    between(t->colors, t, 8, tx, ty, right, below, means);
    correct(alpha, color, means, colors);
    for (size_t c = 0; c < 3; c++)
        rgba[c] = (uint8_t)(127.5f * (colors[c] + 1) + 0.5f);
}

// Draws a part of the photo: with a tile, else all that is in the map.
static void draw(const struct matte_part *p, const struct scale *s, const struct tile *t,
                 struct rect part, struct rect from, uint8_t *rgba)
{
    for (size_t y = part.top; y < part.top + part.height; y++)
        for (size_t x = part.left; x < part.left + part.width; x++) {
            uint8_t *to = rgba + 4 * ((y - from.top) * from.width + x - from.left);
            const uint8_t state =
                !t ? (matte_has(p, x, y) ? INSIDE : OUTSIDE)
                   : t->state[(y / s->step - t->top) * t->width + x / s->step - t->left];
            memset(to, 0, 4);
            if (state == MIXED)
                draw_mixed(p, s, t, x, y, to);
            if (state != INSIDE)
                continue;
            memcpy(to, p->photo->pixels + 3 * (y * p->photo->width + x), 3);
            to[3] = 255;
        }
}

// Whether all that is near a part of the photo belongs to the same side of the border.
static int is_plain(const struct matte_part *p, struct rect part, size_t reach)
{
    const size_t left = part.left - size_least(part.left, reach);
    const size_t top = part.top - size_least(part.top, reach);
    const size_t right = size_least(p->map->width, part.left + part.width + reach);
    const size_t bottom = size_least(p->map->height, part.top + part.height + reach);
    const int first = matte_has(p, left, top);
    for (size_t y = top; y < bottom; y++)
        for (size_t x = left; x < right; x++)
            if (matte_has(p, x, y) != first)
                return 0;
    return 1;
}

// Takes memory for tiles of up to `side` scaled pixels each way.
static int begin(struct tile *t, size_t side, size_t radius)
{
    const struct guided guided = {.width = side, .height = side, .radius = radius, .count = 1};
    const size_t pixels = side * side;
    const size_t numbers = pixels * (3 + 1 + 4 + 1 + 8 + 8 + 8);
    t->guide = malloc((numbers + guided_room(&guided, side)) * sizeof *t->guide + pixels);
    if (!t->guide)
        return SWATCH_FAILED;
    t->cover = t->guide + 3 * pixels;
    t->functions = t->cover + pixels;
    t->alpha = t->functions + 4 * pixels;
    t->colors = t->alpha + pixels;
    t->sums = t->colors + 8 * pixels;
    t->across = t->sums + 8 * pixels;
    t->room = t->across + 8 * pixels;
    t->state = (uint8_t *)(t->room + guided_room(&guided, side));
    return SWATCH_OK;
}

// Draws what tile (column, row) has of `from`.
static void draw_tile(const struct matte_part *p, const struct scale *s, struct tile *t,
                      size_t column, size_t row, struct rect from, uint8_t *rgba)
{
    const size_t side = TILE * s->step;
    const size_t left = size_most(from.left, column * side), top = size_most(from.top, row * side);
    const struct rect part = {left, top,
                              size_least(from.left + from.width, (column + 1) * side) - left,
                              size_least(from.top + from.height, (row + 1) * side) - top};
    if (is_plain(p, part, (s->radius + 1) * s->step)) {
        draw(p, s, NULL, part, from, rgba);
        return;
    }
    t->left = column * TILE - size_least(column * TILE, s->halo);
    t->top = row * TILE - size_least(row * TILE, s->halo);
    t->width = size_least(s->width, (column + 1) * TILE + s->halo) - t->left;
    t->height = size_least(s->height, (row + 1) * TILE + s->halo) - t->top;
    take(p, s, t);
    find_mixed(s, t);
    find_alpha(s, t);
    find_colors(s, t);
    draw(p, s, t, part, from, rgba);
}

int matte_draw(const struct matte_part *p, struct rect from, uint8_t *rgba, swatch_error *error)
{
    const struct scale s = scale_of(p);
    const size_t side = TILE * s.step;
    const size_t first_row = from.top / side, rows = (from.top + from.height - 1) / side + 1;
    const size_t first = from.left / side, columns = (from.left + from.width - 1) / side + 1;
    int failed = 0;
#pragma omp parallel reduction(| : failed)
    {
        struct tile tile;
        failed = begin(&tile, TILE + 2 * s.halo, s.radius);
        const int missing = failed;
#pragma omp for schedule(dynamic, 1) collapse(2)
        for (size_t row = first_row; row < rows; row++)
            for (size_t column = first; column < columns; column++)
                if (!missing)
                    draw_tile(p, &s, &tile, column, row, from, rgba);
        free(tile.guide);
    }
    return failed ? error_memory(error) : SWATCH_OK;
}
