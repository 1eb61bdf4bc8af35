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
#include "extract/runs.h"

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

// The garment, at most SIDE pixels large.
struct cloth {
    size_t width, height;
    float *lab;    // (height, width, 3) OKLab, a and b times CHROMA, smoothed
    uint8_t *seen; // (height, width) 1: the cloth is there and around it
    float *weight; // (height, width) of an edge, or 0
    float *angle;  // (height, width) across the edge, radians; where there is a weight
    size_t pixels; // seen
};

static float *at(const struct cloth *c, size_t x, size_t y)
{
    return c->lab + 3 * (y * c->width + x);
}

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
            float *to = at(c, x, y);
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
                    at(c, x, y)[b] = (scratch[3 * before + b] + scratch[3 * behind + b] +
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
    const float *last = at(c, x, y);
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
            weigh(at(c, x, y), at(c, x - 1, y), at(c, x + 1, y), gx);
            weigh(at(c, x, y), at(c, x, y - 1), at(c, x, y + 1), gy);
            for (size_t b = 0; b < 3; b++) {
                xx += gx[b] * gx[b];
                yy += gy[b] * gy[b];
                xy += gx[b] * gy[b];
            }
            const double most = (xx + yy + hypot(xx - yy, 2 * xy)) / 2;
            const double step = sqrt(most), angle = atan2(2 * xy, xx - yy) / 2;
            if (step < STEP * fmax(1, DARK / fmax(at(c, x, y)[0], 0.05)))
                continue;
            const double dx = cos(angle), dy = sin(angle);
            weigh(at(c, x, y), reach(c, x, y, -dx, -dy), reach(c, x, y, dx, dy), whole);
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

// ---- Figures -----------------------------------------------------------------------------------

// Subtracts the mean of what is seen within `reach` pixels, so that shades and large fields of
// color are gone. sums: (height + 1, width + 1, 4), of lab and of seen pixels above and left.
static void level(struct cloth *c, size_t reach_px, double *sums)
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
                row[b] += b < 3 ? seen * at(c, x, y)[b] : seen;
                to[b] = row[b] + to[b - 4 * stride];
            }
        }
    }
    for (size_t y = 0; y < c->height; y++)
        for (size_t x = 0; x < c->width; x++) {
            const size_t top = y > reach_px ? y - reach_px : 0;
            const size_t left = x > reach_px ? x - reach_px : 0;
            const size_t bottom = size_least(y + reach_px + 1, c->height);
            const size_t right = size_least(x + reach_px + 1, c->width);
            double mean[4];
            for (size_t b = 0; b < 4; b++)
                mean[b] =
                    sums[4 * (bottom * stride + right) + b] - sums[4 * (top * stride + right) + b] -
                    sums[4 * (bottom * stride + left) + b] + sums[4 * (top * stride + left) + b];
            for (size_t b = 0; b < 3 && mean[3] > 0; b++)
                at(c, x, y)[b] -= (float)(mean[b] / mean[3]);
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
static void mark_figures(const struct cloth *c, const double axis[3], uint8_t *figures)
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
static void judge_figures(const struct figure *figures, size_t count, double *sizes,
                          struct pattern_measures *m)
{
    double all = 0, same = 0;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        all += figures[i].pixels;
        if (is_round(&figures[i]))
            sizes[n++] = figures[i].pixels;
    }
    qsort(sizes, n, sizeof *sizes, by_number);
    for (size_t i = 0; i < n; i++)
        if (sizes[i] > 0.4 * sizes[n / 2] && sizes[i] < 2.5 * sizes[n / 2]) {
            same += sizes[i];
            m->rounds++;
        }
    m->round = all > 0 ? same / all : 0;
}

static int gather_figures(const struct image *map, struct pattern_measures *m, swatch_error *error)
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
        judge_figures(figures, runs.count, sizes, m);
    free(figures);
    free(sizes);
    runs_free(&runs);
    return status;
}

static int find_figures(struct cloth *c, struct pattern_measures *m, swatch_error *error)
{
    struct image map = {0};
    double axis[3];
    double *sums = malloc(4 * (c->width + 1) * (c->height + 1) * sizeof *sums);
    int status = sums ? image_new(&map, c->width, c->height, 1, error) : error_memory(error);
    if (!status) {
        level(c, size_most(size_most(c->width, c->height) / TILES, TILE_LEAST), sums);
        find_axis(c, axis);
        mark_figures(c, axis, map.pixels);
        status = gather_figures(&map, m, error);
    }
    image_free(&map);
    free(sums);
    return status;
}

// ---- The answer --------------------------------------------------------------------------------

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
    const int status = find_figures(c, m, error);
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
