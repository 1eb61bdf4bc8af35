// How often each color occurs among pixels, counted twice: in cells of 4x4x4 sRGB values, fine
// enough to find a color again, and in bins of OKLab with sides of 0.02, about what the eye can
// just tell apart, in which density means something. All numbers are integers, so the result does
// not depend on the order of the pixels.
#ifndef COLOR_HISTOGRAM_H
#define COLOR_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/color.h"

#define HISTOGRAM_UNIT 10000   // fixed-point OKLab: 1.0 is 10000
#define HISTOGRAM_SIDE 200     // of a bin
#define HISTOGRAM_CELLS 262144 // 64 * 64 * 64
// The grid of bins over the sRGB gamut (L 0-1, a -0.234-0.276, b -0.312-0.199), with a margin of
// one empty bin on each side so that every bin has all its neighbours.
#define HISTOGRAM_L 53
#define HISTOGRAM_A 29
#define HISTOGRAM_B 29
#define HISTOGRAM_PLACES (HISTOGRAM_L * HISTOGRAM_A * HISTOGRAM_B)
#define HISTOGRAM_NONE UINT32_MAX

struct fixed { // OKLab in units of 1 / HISTOGRAM_UNIT
    int32_t l, a, b;
};

struct histogram_cell {
    struct fixed color; // its middle
    uint32_t count;     // of pixels, never 0
    uint32_t sure;      // of these, those that are not in doubt
    uint32_t place;     // r / 4 * 4096 + g / 4 * 64 + b / 4
    uint32_t bin;       // which it belongs to
};

struct histogram_bin {
    struct fixed color; // the mean of its pixels
    uint64_t count;     // of pixels, never 0
    uint64_t sure;      // of these, those that are not in doubt
    uint64_t density;   // sure pixels of the 3x3x3 bins around, weighted 1 2 1 along each side
    uint32_t place;     // in the grid
};

struct histogram {
    struct histogram_cell *cells; // in the order of place
    size_t cell_count;
    struct histogram_bin *bins; // in the order of their first cells
    size_t bin_count;
    uint32_t *grid;       // (L, A, B): the bin there, or HISTOGRAM_NONE
    uint64_t total, sure; // pixels, and those of them that are not in doubt
};

// Counts the pixels of rgb (n, 3) whose mask (n) is not 0; at most 2^32 - 1 pixels. Pixels whose
// `doubt` (n) is not 0 are in doubt; NULL: none is. On success the caller calls histogram_free; no
// pixels make an empty histogram.
int histogram_make(struct histogram *h, const uint8_t *rgb, const uint8_t *mask,
                   const uint8_t *doubt, size_t n, swatch_error *error);
void histogram_free(struct histogram *h);

// The cell a color falls into.
static inline uint32_t histogram_place(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint32_t)(r >> 2) << 12 | (uint32_t)(g >> 2) << 6 | b >> 2;
}

// The place in the grid of the k-th (0-26) of the 3x3x3 bins around `place`, itself being the 13th.
static inline uint32_t histogram_neighbour(uint32_t place, int k)
{
    int step = (k / 9 - 1) * HISTOGRAM_A * HISTOGRAM_B + (k / 3 % 3 - 1) * HISTOGRAM_B + k % 3 - 1;
    return (uint32_t)((int)place + step);
}

static inline int32_t fixed_distance2(struct fixed x, struct fixed y)
{
    int32_t l = x.l - y.l, a = x.a - y.a, b = x.b - y.b;
    return l * l + a * a + b * b; // at most 1.6e8
}

#endif
