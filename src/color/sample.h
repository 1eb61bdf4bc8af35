// Takes the well-lit pixels of a region, for skin.h and hair.h, which say one thing of all of them.
#ifndef COLOR_SAMPLE_H
#define COLOR_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/color.h"

struct sample {
    uint8_t *pixels; // (count, 3), sRGB
    size_t count;
    // Why there are none: a static string as those of measure_region, or "all clipped"; else NULL.
    const char *reason;
};

// Takes the pixels of rgb (height, width, 3) whose mask (height, width) is not 0:
// - It drops those nearer to the mask's edge than `rim` pixels, unless under 30 % would be left.
// - It drops those with a channel of 254 or more, or all of 1 or less: their color is not known.
// - Of the rest it keeps those whose luminance lies between the quantiles low and high (0-1).
// Fewer than MEASURE_FEWEST pixels, before or after the first two steps, count as none. The caller
// calls sample_free in any case.
int sample_take(struct sample *s, const uint8_t *rgb, const uint8_t *mask, size_t height,
                size_t width, size_t rim, double low, double high, swatch_error *error);
void sample_free(struct sample *s);

// Returns the median of each channel of pixels (count, 3). count is at least 1.
struct rgb sample_median(const uint8_t *pixels, size_t count);

#endif
