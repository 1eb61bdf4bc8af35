// Draws cloth for tests: known colors under shaded folds, blurred as by a lens, with noise.
#ifndef TESTS_COLOR_CLOTH_H
#define TESTS_COLOR_CLOTH_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "color/color.h"

#define CLOTH_H 240
#define CLOTH_W 200
#define CLOTH_N (CLOTH_H * CLOTH_W)

enum pattern { plain, stripes, checks, dots };

struct cloth {
    enum pattern pattern;
    struct rgb colors[3];
    int color_count;
    int period;    // of stripes or checks, pixels; a dot's radius is a quarter of it
    double shadow; // light in the deepest fold, 0-1
    double noise;  // standard deviation in sRGB levels
};

static double cloth_random(uint64_t *state) // uniform in 0-1
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 40) / (1 << 24);
}

static struct rgb cloth_at(const struct cloth *cloth, double x, double y)
{
    int i = (int)(x / cloth->period), j = (int)(y / cloth->period);
    if (cloth->pattern == stripes)
        return cloth->colors[j % cloth->color_count];
    if (cloth->pattern == checks)
        return cloth->colors[(i + j) % cloth->color_count];
    if (cloth->pattern == dots) {
        double u = x - (i + 0.5) * cloth->period, v = y - (j + 0.5) * cloth->period;
        return cloth->colors[hypot(u, v) < cloth->period / 4.0];
    }
    return cloth->colors[0];
}

static double cloth_encode(double linear)
{
    return linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

// (CLOTH_H, CLOTH_W, 3). Each pixel is the mean of 4x4 points over two pixels' width, in linear
// light; the weave is tilted a little, so that the edges fall everywhere between pixels.
static inline void cloth_draw(const struct cloth *cloth, uint8_t *rgb)
{
    uint64_t state = 7;
    for (int y = 0; y < CLOTH_H; y++) {
        for (int x = 0; x < CLOTH_W; x++) {
            double sum[3] = {0};
            for (int k = 0; k < 16; k++) {
                double u = x + 0.5 * (k % 4) + 20, v = y + 0.5 * (k / 4) + 0.07 * x;
                struct rgb c = cloth_at(cloth, u, v);
                sum[0] += color_linear(c.r) / 16;
                sum[1] += color_linear(c.g) / 16;
                sum[2] += color_linear(c.b) / 16;
            }
            double wave = 0.5 + 0.3 * sin(x / 17.0 + y / 60.0) + 0.2 * sin(x / 7.0 - y / 90.0);
            double light = cloth->shadow + (1 - cloth->shadow) * wave;
            for (int c = 0; c < 3; c++) {
                double noise = 0;
                for (int k = 0; k < 12; k++) // nearly normal
                    noise += cloth_random(&state) - 0.5;
                double value = 255 * cloth_encode(sum[c] * light) + cloth->noise * noise;
                rgb[3 * (y * CLOTH_W + x) + c] = (uint8_t)lrint(fmin(fmax(value, 0), 255));
            }
        }
    }
}

#endif
