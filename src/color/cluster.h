// The main colors of a set of pixels: k-means in OKLab, deterministic.
#ifndef COLOR_CLUSTER_H
#define COLOR_CLUSTER_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/color.h"

#define CLUSTER_MAX 8
#define CLUSTER_DIFFERENCE 8.0 // CIEDE2000 between two answers, at least

struct cluster {
    struct rgb color; // a color that occurs among the pixels
    double share;     // of the pixels, 0-1; the shares of one call sum to 1
};

// Finds at most `most` (1..CLUSTER_MAX) main colors of the pixels of rgb (n, 3) whose mask (n) is
// not 0, most frequent first; at most 2^32 - 1 pixels. *count is 0 when the mask is empty. Pixels
// whose `doubt` (n) is not 0 count towards the shares but do not make a color, unless all are in
// doubt. doubt NULL: none is.
//
// A color and its shades count as one. No two answers are closer than CLUSTER_DIFFERENCE. Colors
// with a share under 0.03, or under 0.02 of the pixels not in doubt, are dropped. The result
// depends on the pixels alone, not on their order, the number of threads or the run. cluster.c
// tells how.
int cluster_colors(const uint8_t *rgb, const uint8_t *mask, const uint8_t *doubt, size_t n,
                   size_t most, struct cluster *clusters, size_t *count, swatch_error *error);

#endif
