// A table of the regions found in photos, with what the model expected of them and what is true,
// and of the true garments, with what was found for them.
#ifndef EVAL_REGIONS_H
#define EVAL_REGIONS_H

#include <stdio.h>

#include "eval/metrics.h"
#include "extract/result.h"

// A true garment, and the found one that is taken for it.
struct region_garment {
    const char *photo, *tag;
    const char *found; // its tag; NULL: none touches the true one, iou is 0
    const char *other; // what the found one may be instead, or NULL
    size_t pixels;     // of the true one
    double iou;
    double probability; // of the found one, or NaN
    double difference;  // CIEDE2000 of the main colors, or NaN
};

// Writes the first row: photo, region, pixels, expected IoU, confidence, IoU, tag, found, or,
// probability, difference. A figure that is unknown is empty. What goes wrong stands in ferror(to).
void regions_begin(FILE *to);
// Writes a row for each region that the result has; what follows IoU is empty. `own` is
// of this photo alone.
void regions_add(FILE *to, const swatch_result *result, const struct metrics *own);
// Writes a row whose region is "garment"; expected and confidence are empty.
void regions_add_garment(FILE *to, const struct region_garment *garment);

#endif
