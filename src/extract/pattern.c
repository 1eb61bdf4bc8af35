// Tells patterns of cloth by its sharp edges.
//
// Folds and shades are soft: a fold's light changes over many pixels, a dye's within one or two. So
// an edge counts where most of what changes across some pixels changes at once. Cloth with few such
// edges is plain. Else their directions tell: those of stripes run in one, those of checks in two
// across each other. That is looked at in tiles, as cloth turns with the body. Where they run in
// all directions, round figures of about one size are dots, and what is left is a print.
#include "extract/pattern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "color/color.h"
#include "extract/cloth.h"
#include "extract/figures.h"

#define SIDE 400   // of the garment at most; a larger one is made smaller
#define LEAST 1500 // pixels that must be seen
#define CHROMA 2.0 // weight of OKLab's a and b: shades change L alone
#define STEP 0.035 // in OKLab across two pixels, for an edge
#define DARK 0.4   // OKLab L, below which noise grows, and with it the step that counts
#define LIGHT 0.3  // weight of a change that light can make, as a share of the color itself
#define SHARP 0.45 // of the change across 2 * FAR pixels that must happen across two
#define FAR 4
#define TILES 5         // along the garment's longer side
#define TILE_LEAST 20   // pixels of a tile's side, at least
#define TILE_SHARE 0.03 // of a tile's pixels, from which on it has edges
#define TILE_EDGES 24   // edge pixels that tell a direction

// The box around the mask: left, top, right, bottom, the last two behind it. 0 for none.
static int find_box(const uint8_t *mask, size_t height, size_t width, size_t box[4])
{
    box[0] = width;
    box[1] = height;
    box[2] = box[3] = 0;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            if (mask[y * width + x]) {
                box[0] = size_least(box[0], x);
                box[1] = size_least(box[1], y);
                box[2] = size_most(box[2], x + 1);
                box[3] = y + 1;
            }
    return box[3] > 0;
}

// Means of squares of `scale` pixels, of those that lie in the mask whole.
static void shrink(const uint8_t *rgb, const uint8_t *mask, size_t stride, const size_t box[4],
                   size_t scale, struct cloth *c)
{
    double linear[256];
    for (int i = 0; i < 256; i++)
        linear[i] = color_linear((uint8_t)i);
    for (size_t y = 0; y < c->height; y++)
        for (size_t x = 0; x < c->width; x++) {
            double sum[3] = {0};
            size_t inside = 0;
            for (size_t k = 0; k < scale * scale; k++) {
                const size_t i =
                    (box[1] + y * scale + k / scale) * stride + box[0] + x * scale + k % scale;
                inside += mask[i] != 0;
                for (size_t b = 0; b < 3; b++)
                    sum[b] += linear[rgb[3 * i + b]];
            }
            const double n = (double)(scale * scale);
            const struct lab lab = color_oklab_linear(sum[0] / n, sum[1] / n, sum[2] / n);
            float *to = cloth_at(c, x, y);
            to[0] = (float)lab.l;
            to[1] = (float)(CHROMA * lab.a);
            to[2] = (float)(CHROMA * lab.b);
            c->seen[y * c->width + x] = inside == scale * scale;
        }
}

// Takes `rim` pixels away from the edge of what is seen, first along rows, then along columns.
static void erode(struct cloth *c, size_t rim, uint8_t *scratch)
{
    for (int pass = 0; pass < 2; pass++) {
        const size_t length = pass ? c->height : c->width, lines = pass ? c->width : c->height;
        const size_t next = pass ? c->width : 1, line = pass ? 1 : c->width;
        memcpy(scratch, c->seen, c->width * c->height);
        for (size_t i = 0; i < lines; i++)
            for (size_t k = 0; k < length; k++)
                if (!scratch[i * line + k * next])
                    for (size_t m = k > rim ? k - rim : 0; m < length && m <= k + rim; m++)
                        c->seen[i * line + m * next] = 0;
    }
}

// Weights 1 2 1 along both sides, beyond the border its last pixel.
static void smooth(struct cloth *c, float *scratch)
{
    for (int pass = 0; pass < 2; pass++) {
        memcpy(scratch, c->lab, 3 * c->width * c->height * sizeof *scratch);
        for (size_t y = 0; y < c->height; y++)
            for (size_t x = 0; x < c->width; x++) {
                const size_t before =
                    pass ? (y ? y - 1 : y) * c->width + x : y * c->width + (x ? x - 1 : x);
                const size_t behind = pass ? (y + 1 < c->height ? y + 1 : y) * c->width + x
                                           : y * c->width + (x + 1 < c->width ? x + 1 : x);
                for (size_t b = 0; b < 3; b++)
                    cloth_at(c, x, y)[b] = (scratch[3 * before + b] + scratch[3 * behind + b] +
                                            2 * scratch[3 * (y * c->width + x) + b]) /
                                           4;
            }
    }
}

// What counts of a change from one color to another of the cloth at `color`. Light changes all of
// L, a and b by one factor, so most of a change along the color itself is taken for light.
static void weigh(const float *color, const float *from, const float *to, double change[3])
{
    double length = 0, along = 0;
    for (size_t b = 0; b < 3; b++) {
        change[b] = to[b] - from[b];
        length += color[b] * color[b];
        along += change[b] * color[b];
    }
    const double less = along / fmax(length, 1e-6) * (1 - LIGHT / fmax(sqrt(length), DARK));
    for (size_t b = 0; b < 3; b++)
        change[b] -= less * color[b];
}

static double length_of(const double v[3])
{
    return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

// The color `far` pixels from (x, y) in this direction, as far as the cloth is seen.
static const float *reach(const struct cloth *c, size_t x, size_t y, double dx, double dy)
{
    const float *last = cloth_at(c, x, y);
    for (int k = 1; k <= FAR; k++) {
        const double u = (double)x + k * dx, v = (double)y + k * dy;
        if (u < 0 || v < 0 || u > (double)(c->width - 1) || v > (double)(c->height - 1))
            break;
        const size_t i = (size_t)lrint(v) * c->width + (size_t)lrint(u);
        if (!c->seen[i])
            break;
        last = c->lab + 3 * i;
    }
    return last;
}

// Marks edges (Di Zenzo 1986: the direction in which all bands together change most).
static void find_edges(struct cloth *c)
{
    for (size_t y = 1; y + 1 < c->height; y++)
        for (size_t x = 1; x + 1 < c->width; x++) {
            const size_t i = y * c->width + x;
            double xx = 0, yy = 0, xy = 0;
            if (!c->seen[i])
                continue;
            double gx[3], gy[3], whole[3];
            weigh(cloth_at(c, x, y), cloth_at(c, x - 1, y), cloth_at(c, x + 1, y), gx);
            weigh(cloth_at(c, x, y), cloth_at(c, x, y - 1), cloth_at(c, x, y + 1), gy);
            for (size_t b = 0; b < 3; b++) {
                xx += gx[b] * gx[b];
                yy += gy[b] * gy[b];
                xy += gx[b] * gy[b];
            }
            const double most = (xx + yy + hypot(xx - yy, 2 * xy)) / 2;
            const double step = sqrt(most), angle = atan2(2 * xy, xx - yy) / 2;
            if (step < STEP * fmax(1, DARK / fmax(cloth_at(c, x, y)[0], 0.05)))
                continue;
            const double dx = cos(angle), dy = sin(angle);
            weigh(cloth_at(c, x, y), reach(c, x, y, -dx, -dy), reach(c, x, y, dx, dy), whole);
            if (step < SHARP * length_of(whole))
                continue;
            c->weight[i] = (float)fmin(step, 3 * STEP);
            c->angle[i] = (float)angle;
        }
}

// How far the edges of tiles run in one direction, and in two: the lengths of their mean directions
// as numbers on a circle that is gone round twice, and four times, in half a turn.
static void judge_tiles(const struct cloth *c, struct pattern_measures *m)
{
    const size_t most = size_most(c->width, c->height);
    const size_t side = size_most(most / TILES, TILE_LEAST);
    double all = 0, one = 0, two = 0;
    size_t tiles = 0, with_edges = 0, edges = 0;
    for (size_t top = 0; top < c->height; top += side)
        for (size_t left = 0; left < c->width; left += side) {
            double sum = 0, z[4] = {0};
            size_t count = 0, pixels = 0;
            for (size_t y = top; y < top + side && y < c->height; y++)
                for (size_t x = left; x < left + side && x < c->width; x++) {
                    const size_t i = y * c->width + x;
                    const double w = c->weight[i], a = c->angle[i];
                    pixels += c->seen[i];
                    if (w <= 0)
                        continue;
                    count++;
                    sum += w;
                    z[0] += w * cos(2 * a);
                    z[1] += w * sin(2 * a);
                    z[2] += w * cos(4 * a);
                    z[3] += w * sin(4 * a);
                }
            edges += count;
            if (pixels < side * side / 3)
                continue;
            tiles++;
            with_edges += (double)count >= TILE_SHARE * (double)pixels;
            if (count < TILE_EDGES)
                continue;
            all += sum;
            one += hypot(z[0], z[1]);
            two += hypot(z[2], z[3]);
        }
    m->edges = (double)edges / (double)c->pixels;
    m->spread = tiles ? (double)with_edges / (double)tiles : 0;
    m->one = all > 0 ? one / all : 0;
    m->two = all > 0 ? two / all : 0;
}

// What the measures must be for each pattern: docs/decisions.md, "Patterns of cloth". A fold's
// edges run in one direction, too, but less so, and those of pockets and collars run across each
// other; so a print must have many edges, and run in no direction.
static const struct kind {
    const char *name;
    double edges, spread, one, two, round; // at least
    double one_most;                       // at most
} kinds[] = {
    {"striped", 0.08, 0.6, 0.82, 0, 0, 2},
    {"checked", 0.12, 0.6, 0, 0.45, 0, 0.4},
    {"dotted", 0.1, 0.6, 0, 0, 0.6, 0.35},
    {"print", 0.25, 0.6, 0, 0, 0, 0.35},
};
#define ROUNDS_LEAST 8 // figures of a dotted cloth

// How far a measure reaches its bound: 1 there, 2 at `whole` and beyond.
static double reaches(double value, double bound, double whole)
{
    if (value < bound)
        return value / bound;
    return bound > 0 ? fmin(2, 1 + (value - bound) / (whole - bound)) : 2;
}

static double score(const struct kind *k, const struct pattern_measures *m)
{
    const double reached[] = {
        reaches(m->edges, k->edges, 2 * k->edges),
        reaches(m->spread, k->spread, 1),
        reaches(m->one, k->one, 1),
        reaches(m->two, k->two, 1),
        reaches(m->round, k->round, 1),
        k->round > 0 ? reaches((double)m->rounds, ROUNDS_LEAST, 2 * ROUNDS_LEAST) : 2,
        k->one_most / fmax(m->one, k->one_most / 2),
    };
    double least = 2;
    for (size_t i = 0; i < sizeof reached / sizeof *reached; i++)
        least = fmin(least, reached[i]);
    return least;
}

// The first kind that reaches all of its bounds; plain where none does. The confidence is 0.5 where
// one is just reached.
static struct pattern decide(const struct pattern_measures *m)
{
    double nearest = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const double reached = score(&kinds[i], m);
        if (reached >= 1)
            return (struct pattern){kinds[i].name, reached / 2};
        nearest = fmax(nearest, reached);
    }
    return (struct pattern){"plain", 1 - nearest / 2};
}

static int judge(struct cloth *c, struct pattern *pattern, struct pattern_measures *m,
                 swatch_error *error)
{
    c->pixels = 0;
    for (size_t i = 0; i < c->width * c->height; i++)
        c->pixels += c->seen[i];
    if (c->pixels < LEAST)
        return SWATCH_OK;
    find_edges(c);
    judge_tiles(c, m);
    const size_t tile = size_most(size_most(c->width, c->height) / TILES, TILE_LEAST);
    const int status = figures_find(c, tile, &m->round, &m->rounds, error);
    if (!status)
        *pattern = decide(m);
    return status;
}

int pattern_find(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width, size_t rim,
                 struct pattern *pattern, struct pattern_measures *measures, swatch_error *error)
{
    struct pattern_measures own, *m = measures ? measures : &own;
    size_t box[4];
    int status = SWATCH_OK;
    *pattern = (struct pattern){NULL, 0};
    *m = (struct pattern_measures){0};
    if (!find_box(mask, height, width, box))
        return SWATCH_OK;
    const size_t most = size_most(box[2] - box[0], box[3] - box[1]);
    const size_t scale = (most + SIDE - 1) / SIDE;
    struct cloth c = {.width = (box[2] - box[0]) / scale, .height = (box[3] - box[1]) / scale};
    const size_t n = c.width * c.height;
    if (n < LEAST)
        return SWATCH_OK;
    float *scratch = malloc(3 * n * sizeof *scratch);
    c.lab = malloc(3 * n * sizeof *c.lab);
    c.seen = malloc(n);
    c.weight = calloc(n, sizeof *c.weight);
    c.angle = malloc(n * sizeof *c.angle);
    if (!scratch || !c.lab || !c.seen || !c.weight || !c.angle)
        status = error_memory(error);
    if (!status) {
        shrink(rgb, mask, width, box, scale, &c);
        erode(&c, rim / scale + 2, (uint8_t *)scratch);
        smooth(&c, scratch);
        status = judge(&c, pattern, m, error);
    }
    free(scratch);
    free(c.lab);
    free(c.seen);
    free(c.weight);
    free(c.angle);
    return status;
}
