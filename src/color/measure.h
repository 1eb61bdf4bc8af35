// The colors of a region of a picture: which of its pixels to believe, then color/cluster.h.
#ifndef COLOR_MEASURE_H
#define COLOR_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/cluster.h"

// The main colors, at most `most` (1..CLUSTER_MAX), of the pixels of rgb (height, width, 3) whose
// mask (height, width) is not 0, most frequent first. In this order
// - the mask loses its rim of `erode_px` pixels, where neighbouring colors blend in (not along the
//   picture's border, which cuts the region off but adds no foreign color), unless less than 30 %
//   of it would be left;
// - pixels on an edge between two colors count as the one they are more like, not as a third;
// - pixels clipped to white (all channels >= 254) or black (all <= 1) go, unless most are;
// - the darkest and the lightest 2 % go: deep folds and highlights.
// About 0.5 % of the person's height, at least 2, is a good `erode_px`; 0 erodes nothing, more
// than 32767 counts as that.
// *count is 0 when the mask is empty.
int measure_region(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                   size_t erode_px, size_t most, struct cluster *clusters, size_t *count,
                   swatch_error *error);

#endif
