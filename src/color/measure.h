// Measures the colors of a region of a picture: chooses the pixels that show the material, then
// calls color/cluster.h.
#ifndef COLOR_MEASURE_H
#define COLOR_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "color/cluster.h"

#define MEASURE_FEWEST 50 // pixels that have a color worth telling

// Finds the main colors, at most `most` (1..CLUSTER_MAX), of the pixels of rgb (height, width, 3)
// whose mask (height, width) is not 0, most frequent first. The result is the same to the bit for
// every number of threads. The steps are:
// - The mask loses a rim of `erode_px` pixels, where neighbouring colors blend in. The rim stays
//   along the picture's border, and everywhere if less than 30 % of the mask would be left.
// - In a region of more than REGION_ENOUGH pixels (color/region.h), only about so many are used.
// - A pixel on an edge between two colors counts as the one it is more like, not as a third.
// - The darkest and the lightest 2 % are dropped: deep folds and highlights. More than that counts,
//   white and black at the ends of the scale, too.
// A good `erode_px` is 0.5 % of the person's height, at least 2. 0 erodes nothing; more than 32767
// counts as 32767.
//
// Having nothing to measure is not an error: *count is 0 and *reason says why, a static string:
//   "nothing found"   the mask is empty
//   "too few pixels"  it has fewer than MEASURE_FEWEST pixels
// Otherwise *reason is NULL. `reason` itself may be NULL.
int measure_region(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                   size_t erode_px, size_t most, struct cluster *clusters, size_t *count,
                   const char **reason, swatch_error *error);

// Returns whether a whole picture, rgb (n, 3), is greyscale: at most a thousandth of its pixels has
// channels more than 8 apart. The colors of things cannot be told from it. For one toned
// in one color (sepia) see color/monochrome.h. Of most color photos only the first few thousand
// pixels are read.
int measure_is_grey(const uint8_t *rgb, size_t n);

#define MEASURE_GREY_PART 1000
// Counts the pixels of rgb (n, 3) with channels more than 8 apart; stops once it has more than
// `enough`.
size_t measure_colored(const uint8_t *rgb, size_t n, size_t enough);

#endif
