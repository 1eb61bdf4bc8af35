// The colors of a region of a picture: which of its pixels to believe, then color/cluster.h.
#ifndef COLOR_MEASURE_H
#define COLOR_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/cluster.h"

#define MEASURE_FEWEST 50 // pixels that have a color worth telling

// The main colors, at most `most` (1..CLUSTER_MAX), of the pixels of rgb (height, width, 3) whose
// mask (height, width) is not 0, most frequent first. The same bits for every number of threads. In
// this order
// - more pixels than REGION_ENOUGH (color/region.h) are measured on means of blocks;
// - the mask loses its rim of `erode_px` pixels, where neighbouring colors blend in (not along the
//   picture's border, which cuts the region off but adds no foreign color), unless less than 30 %
//   of it would be left;
// - pixels on an edge between two colors count as the one they are more like, not as a third;
// - pixels clipped to white (all channels >= 254) or black (all <= 1) go, unless most are;
// - the darkest and the lightest 2 % go: deep folds and highlights.
// About 0.5 % of the person's height, at least 2, is a good `erode_px`; 0 erodes nothing, more
// than 32767 counts as that.
// When there is nothing to measure, *count is 0, which is no error, and *reason says why, a static
// string, one of
//   "nothing found"   the mask is empty,
//   "too few pixels"  it holds fewer than MEASURE_FEWEST,
//   "all clipped"     fewer than MEASURE_FEWEST of its pixels are not clipped;
// otherwise *reason is NULL. `reason` may be NULL.
int measure_region(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                   size_t erode_px, size_t most, struct cluster *clusters, size_t *count,
                   const char **reason, swatch_error *error);

// Whether a whole picture, rgb (n, 3), is greyscale: at most a thousandth of its pixels has
// channels more than 8 apart. What measure_region finds there are greys, of which the hue says
// nothing about the things in the photo. A picture toned in one color (sepia) is none. Reads only
// the first few thousand pixels of most color photos.
int measure_is_grey(const uint8_t *rgb, size_t n);

#define MEASURE_GREY_PART 1000
// Pixels of rgb (n, 3) whose channels are so far apart; counted no further than beyond `enough`.
size_t measure_colored(const uint8_t *rgb, size_t n, size_t enough);

#endif
