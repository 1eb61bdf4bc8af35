// Shades of grey (Finlayson, Trezzi, "Shades of gray and colour constancy", 2004): the light has
// the color of the p-norm of all pixels. p = 1 would be the mean of the picture, which anything
// large misleads; p infinite its brightest pixel, which anything shiny misleads; p = 6 lies
// between.
//
// Sums are taken over the levels of each channel and how often each occurs, so their order never
// changes.
#include "color/balance.h"

#include <math.h>

#include "color/measure.h"

#define P 6
#define CLIPPED 254
#define DARKEST 0.02 // luminance of the light

static double luminance(const double c[3])
{
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

// How often each level occurs in each channel among the pixels that are not clipped.
static uint64_t count_levels(const uint8_t *rgb, size_t n, uint64_t counts[3][256])
{
    uint64_t used = 0;
#pragma omp parallel for schedule(static) reduction(+ : counts[:3][:256], used)
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = rgb + 3 * i;
        if (p[0] >= CLIPPED || p[1] >= CLIPPED || p[2] >= CLIPPED)
            continue;
        for (int c = 0; c < 3; c++)
            counts[c][p[c]]++;
        used++;
    }
    return used;
}

static void estimate_light(const uint64_t counts[3][256], uint64_t used, double light[3])
{
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int i = 0; i < CLIPPED; i++)
            sum += (double)counts[c][i] * pow(color_linear((uint8_t)i), P);
        light[c] = pow(sum / (double)used, 1.0 / P);
    }
}

static void find_gains(const double light[3], struct balance *b)
{
    const double most = fmax(light[0], fmax(light[1], light[2]));
    const double least = fmin(light[0], fmin(light[1], light[2]));
    // A channel without any light (least 0) is capped like a very faint one.
    const double ratio = most / fmax(least, 1e-6 * most);
    b->capped = ratio > BALANCE_RATIO;
    const double power = b->capped ? log(BALANCE_RATIO) / log(ratio) : 1;
    double lit[3];
    for (int c = 0; c < 3; c++) {
        b->cast[c] = light[c] / most;
        b->gain[c] = pow(most / fmax(light[c], 1e-6 * most), power);
        lit[c] = light[c] * b->gain[c];
    }
    const double keep = luminance(light) / luminance(lit);
    for (int c = 0; c < 3; c++)
        b->gain[c] *= keep;
}

void balance_none(struct balance *balance, const char *reason)
{
    *balance = (struct balance){.gain = {1, 1, 1}, .cast = {1, 1, 1}, .reason = reason};
}

void balance_estimate(const uint8_t *rgb, size_t n, struct balance *balance)
{
    uint64_t counts[3][256] = {0};
    double light[3];
    balance_none(balance, NULL);
    const uint64_t used = count_levels(rgb, n, counts);
    if (used == 0 || used < n / 100) {
        balance->reason = "clipped";
        return;
    }
    if (measure_is_grey(rgb, n)) {
        balance->reason = "greyscale";
        return;
    }
    estimate_light(counts, used, light);
    if (luminance(light) < DARKEST) {
        balance->reason = "too dark";
        return;
    }
    find_gains(light, balance);
}

static uint8_t balanced(const struct balance *b, int channel, uint8_t level)
{
    return color_encode(b->gain[channel] * color_linear(level));
}

struct rgb balance_color(const struct balance *b, struct rgb c)
{
    return (struct rgb){balanced(b, 0, c.r), balanced(b, 1, c.g), balanced(b, 2, c.b)};
}

void balance_pixels(const struct balance *balance, const uint8_t *in, size_t n, uint8_t *out)
{
    uint8_t levels[3][256];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 256; i++)
            levels[c][i] = balanced(balance, c, (uint8_t)i);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            out[3 * i + c] = levels[c][in[3 * i + c]];
}
