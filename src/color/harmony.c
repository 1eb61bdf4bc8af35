#include "color/harmony.h"

#include <math.h>

#define GREY 0.02   // chroma
#define HALVINGS 16 // of the range in which chroma is looked for
#define SLACK 1e-4  // beyond linear 0-1: less than half a level of 8 bits near white

const char *const harmony_names[SWATCH_HARMONIES] = {
    [SWATCH_COMPLEMENTARY] = "complementary",
    [SWATCH_ANALOGOUS] = "analogous",
    [SWATCH_TRIADIC] = "triadic",
};

static const struct {
    size_t count;
    double turn[SWATCH_HARMONY_COLORS]; // degrees
} turns[SWATCH_HARMONIES] = {
    [SWATCH_COMPLEMENTARY] = {1, {180}},
    [SWATCH_ANALOGOUS] = {2, {-30, 30}},
    [SWATCH_TRIADIC] = {2, {-120, 120}},
};

// The color of this lightness and hue with a share (0-1) of this chroma.
static struct lab make(struct lch lch, double degrees, double share)
{
    const double angle = degrees * (3.14159265358979323846 / 180), c = share * lch.c;
    return (struct lab){lch.l, c * cos(angle), c * sin(angle)};
}

static int fits(struct lab lab)
{
    double rgb[3];
    color_linear_from_oklab(lab, rgb);
    return fmin(rgb[0], fmin(rgb[1], rgb[2])) >= -SLACK &&
           fmax(rgb[0], fmax(rgb[1], rgb[2])) <= 1 + SLACK;
}

// With as much of the chroma as sRGB has.
static struct rgb turn(struct lch lch, double degrees)
{
    double low = 0, high = 1;
    if (fits(make(lch, degrees, 1)))
        low = 1;
    else
        for (int i = 0; i < HALVINGS; i++) {
            const double middle = (low + high) / 2;
            *(fits(make(lch, degrees, middle)) ? &low : &high) = middle;
        }
    return color_from_oklab(make(lch, degrees, low));
}

size_t harmony_make(swatch_harmony harmony, struct rgb c, struct rgb to[SWATCH_HARMONY_COLORS])
{
    const struct lch lch = color_oklch(c);
    if (lch.c < GREY)
        return 0;
    for (size_t i = 0; i < turns[harmony].count; i++)
        to[i] = turn(lch, lch.h + turns[harmony].turn[i]);
    return turns[harmony].count;
}
