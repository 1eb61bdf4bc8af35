// Renders a garment in front of a wall: cloth of known dyes (plain, striped, checked or printed)
// that hangs in folds under a lamp, seen through a lens by a noisy sensor. The truth to compare
// with is each dye's color where the cloth lies flat, under the lamp's color, and the share of the
// garment that each dye covers.
//
// Reflection follows Lambert: the light on a point is proportional to the cosine between the
// cloth's normal and the lamp's direction, plus light from all sides. The normals come from a sum
// of waves. The body shades one side softly. All values are linear light in which flat cloth gets
// 1, so folds are lighter and darker than the truth. Nothing here depends on how colors are
// measured.
#ifndef TESTS_COLOR_SCENE_H
#define TESTS_COLOR_SCENE_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "color/color.h"

#define SCENE_H 200
#define SCENE_W 150
#define SCENE_N (SCENE_H * SCENE_W)
#define SCENE_DYES 4

enum weave {
    weave_plain,
    weave_stripes,
    weave_checks,
    weave_gingham,
    weave_print, // a dot in each square
    WEAVES,
    weave_blots = WEAVES, // figures of no certain form, of one dye
};

struct scene {
    // What to draw.
    enum weave weave;
    struct rgb dyes[SCENE_DYES]; // in neutral light
    int dye_count;
    double period, tilt; // of the pattern: pixels, radians
    double folds;        // slope of the waves, 0: flat
    double shade;        // share of the light that the body takes away on its side, 0-1
    double ambient;      // part of the light from all sides, 0-1
    double light[3];     // linear color of the lamp, 1, 1, 1 is neutral
    double noise;        // standard deviation of white, in linear light
    uint64_t seed;
    // The picture and its truth.
    uint8_t rgb[3 * SCENE_N], mask[SCENE_N];
    struct rgb truth[SCENE_DYES]; // under the light
    double share[SCENE_DYES];     // of the garment
};

static double scene_random(uint64_t *state) // uniform in 0-1
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = *state ^ *state >> 29;
    x *= 0xbf58476d1ce4e5b9u;
    return (double)(x >> 40) / (1 << 24);
}

static double scene_normal(uint64_t *state)
{
    double u = scene_random(state) + 1e-9, v = scene_random(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

// Returns the dye at a point of the cloth (pixels, before the folds).
static int scene_dye(const struct scene *s, double x, double y)
{
    const double u = (x * cos(s->tilt) - y * sin(s->tilt)) / s->period + 1000;
    const double v = (x * sin(s->tilt) + y * cos(s->tilt)) / s->period + 1000;
    const long i = (long)floor(u), j = (long)floor(v);
    switch (s->weave) {
    case weave_stripes:
        return (int)(j % s->dye_count);
    case weave_checks:
        return (int)((i + j) % s->dye_count);
    case weave_gingham: // both threads light, both dark, and one of each
        return (int)(i % 2 + j % 2);
    case weave_print: { // a blob in each square, of one of the dyes but the ground
        uint64_t state = (uint64_t)(i * 7919 + j * 104729) + s->seed;
        scene_random(&state);
        const double cx = i + 0.4 + 0.2 * scene_random(&state);
        const double cy = j + 0.4 + 0.2 * scene_random(&state);
        const double radius = 0.3 + 0.08 * scene_random(&state);
        if (hypot(u - cx, v - cy) > radius)
            return 0;
        return 1 + (int)(scene_random(&state) * (s->dye_count - 1));
    }
    case weave_blots: {
        uint64_t state = s->seed + 5;
        double sum = 0;
        for (int k = 0; k < 7; k++) {
            const double turn = 6.2832 * scene_random(&state),
                         phase = 6.2832 * scene_random(&state);
            const double length = 0.4 + 0.6 * scene_random(&state); // periods
            sum += sin(6.2832 / length * (u * cos(turn) + v * sin(turn)) + phase);
        }
        return sum > 0.3;
    }
    default:
        return 0;
    }
}

// Computes the light on each point of the garment.
static void scene_light(const struct scene *s, double *light)
{
    enum { waves = 6 };
    double kx[waves], ky[waves], phase[waves], slope[waves];
    uint64_t state = s->seed ^ 0x5eed;
    for (int i = 0; i < waves; i++) {
        const double length = 12 + 50 * scene_random(&state), turn = 0.9 * scene_normal(&state);
        kx[i] = 6.2832 / length * cos(turn); // folds hang down more than not
        ky[i] = 6.2832 / length * sin(turn) * 0.5;
        phase[i] = 6.2832 * scene_random(&state);
        slope[i] = s->folds / sqrt(waves) * 1.4;
    }
    const double side = 0.5 * scene_normal(&state), above = 0.3 + 0.3 * scene_random(&state);
    const double edge = SCENE_W * (0.55 + 0.3 * scene_random(&state));
    for (int y = 0; y < SCENE_H; y++) {
        for (int x = 0; x < SCENE_W; x++) {
            double sx = 0, sy = 0;
            for (int i = 0; i < waves; i++) {
                const double k = hypot(kx[i], ky[i]);
                const double c = slope[i] * cos(kx[i] * x + ky[i] * y + phase[i]);
                sx += c * kx[i] / k;
                sy += c * ky[i] / k;
            }
            // Normal (-sx, -sy, 1) and lamp (side, -above, 1), not normalized: flat cloth gets 1.
            const double cosine =
                fmax(0, (1 - side * sx + above * sy) / sqrt(1 + sx * sx + sy * sy));
            const double body = 1 - s->shade / (1 + exp((edge - x) / 8.0));
            light[y * SCENE_W + x] = s->ambient + (1 - s->ambient) * cosine * body;
        }
    }
}

// The garment: a skirt, wider below.
static int scene_inside(double x, double y)
{
    const double half = SCENE_W * (0.25 + 0.17 * y / SCENE_H);
    return y > 12 && y < SCENE_H - 10 && fabs(x - SCENE_W / 2.0) < half;
}

static void scene_draw(struct scene *s)
{
    static double light[SCENE_N];
    uint64_t state = s->seed;
    size_t counts[SCENE_DYES] = {0}, inside = 0;
    scene_light(s, light);
    const double wall[3] = {0.1 + 0.6 * scene_random(&state), 0.1 + 0.6 * scene_random(&state),
                            0.1 + 0.6 * scene_random(&state)};
    double linear[SCENE_DYES][3];
    for (int d = 0; d < s->dye_count; d++) {
        const uint8_t bytes[3] = {s->dyes[d].r, s->dyes[d].g, s->dyes[d].b};
        for (int c = 0; c < 3; c++)
            linear[d][c] = color_linear(bytes[c]) * s->light[c];
        s->truth[d] = (struct rgb){color_encode(linear[d][0]), color_encode(linear[d][1]),
                                   color_encode(linear[d][2])};
    }
    for (int y = 0; y < SCENE_H; y++) {
        for (int x = 0; x < SCENE_W; x++) {
            const int i = y * SCENE_W + x;
            double sum[3] = {0};
            for (int k = 0; k < 16; k++) { // the lens: 4x4 points over two pixels' width
                const double u = x + 0.5 * (k % 4) - 0.25, v = y + 0.5 * (k / 4) - 0.25;
                const int in = scene_inside(u, v), d = scene_dye(s, u, v);
                for (int c = 0; c < 3; c++)
                    sum[c] += (in ? linear[d][c] * light[i] : wall[c] * s->light[c]) / 16;
            }
            s->mask[i] = scene_inside(x + 0.5, y + 0.5) ? 255 : 0;
            if (s->mask[i]) {
                counts[scene_dye(s, x + 0.5, y + 0.5)]++;
                inside++;
            }
            for (int c = 0; c < 3; c++) { // mostly the light's own noise
                const double sigma = s->noise * sqrt(0.5 * sum[c] + 0.01);
                s->rgb[3 * i + c] = color_encode(sum[c] + sigma * scene_normal(&state));
            }
        }
    }
    for (int d = 0; d < s->dye_count; d++)
        s->share[d] = (double)counts[d] / (double)inside;
}

static struct rgb scene_random_dye(uint64_t *state)
{
    for (;;) {
        const double l = 0.22 + 0.7 * scene_random(state);
        const double chroma = 0.2 * pow(scene_random(state), 1.5);
        const double turn = 6.283185307179586 * scene_random(state);
        const struct lab lab = {l, chroma * cos(turn), chroma * sin(turn)};
        const struct rgb c = color_from_oklab(lab);
        const struct lab back = color_oklab(c);
        const int in_gamut =
            fabs(back.l - lab.l) + fabs(back.a - lab.a) + fabs(back.b - lab.b) < 0.02;
        // No dye takes up or throws back all light.
        const int low = c.r < 12 || c.g < 12 || c.b<12, high = c.r> 238 || c.g > 238 || c.b > 238;
        if (in_gamut && !low && !high)
            return c;
    }
}

static double scene_difference(struct rgb x, struct rgb y)
{
    return color_ciede2000(color_cielab(x), color_cielab(y));
}

// Draws dyes that differ by at least `apart` in CIEDE2000. A third of the cloths have shades of one
// dye, or black, grey and white.
static void scene_random_dyes(struct scene *s, double apart, uint64_t *state)
{
    const int tonal = scene_random(state) < 0.33;
    const double turn = 6.283185307179586 * scene_random(state);
    const double chroma = fmax(0, 0.15 * scene_random(state) - 0.05);
    for (int d = 0, tries = 0; d < s->dye_count; d++, tries++) {
        if (tries > 100) // there may be no room left beside the first ones
            d = tries = 0;
        s->dyes[d] = scene_random_dye(state);
        const double l = color_oklab(s->dyes[d]).l;
        if (tonal)
            s->dyes[d] =
                color_from_oklab((struct lab){l, l * chroma * cos(turn), l * chroma * sin(turn)});
        for (int e = 0; e < d; e++) {
            if (scene_difference(s->dyes[d], s->dyes[e]) < apart) {
                d--;
                break;
            }
        }
    }
}

// Makes a scene with this weave and everything else at random.
static void scene_random_scene(struct scene *s, enum weave weave, uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 11;
    for (int i = 0; i < 4; i++)
        scene_random(&state);
    memset(s, 0, sizeof *s);
    s->weave = weave;
    s->seed = seed;
    s->dye_count = weave == weave_plain     ? 1
                   : weave == weave_gingham ? 3
                   : weave == weave_checks  ? 2
                                            : 2 + (int)(2 * scene_random(&state));
    s->period = (weave == weave_print     ? 14
                 : weave == weave_stripes ? 7
                                          : 9) +
                10 * scene_random(&state);
    s->tilt = 0.5 * scene_normal(&state);
    s->folds = weave == weave_plain ? 0.6 * scene_random(&state) : 0.35 * scene_random(&state);
    s->shade = scene_random(&state) < 0.5 ? 0 : 0.5 * scene_random(&state);
    s->ambient = 0.3 + 0.4 * scene_random(&state);
    s->noise = 0.03 * scene_random(&state);
    for (int c = 0; c < 3; c++)
        s->light[c] = 1;
    scene_random_dyes(s, 20, &state);
    if (weave == weave_gingham) // the threads side by side
        for (;;) {
            const struct rgb a = s->dyes[0] = scene_random_dye(&state);
            const struct rgb b = s->dyes[2] = scene_random_dye(&state);
            s->dyes[1] = (struct rgb){color_encode((color_linear(a.r) + color_linear(b.r)) / 2),
                                      color_encode((color_linear(a.g) + color_linear(b.g)) / 2),
                                      color_encode((color_linear(a.b) + color_linear(b.b)) / 2)};
            if (scene_difference(a, s->dyes[1]) >= 20 && scene_difference(s->dyes[1], b) >= 20)
                break;
        }
}

#endif
