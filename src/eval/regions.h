// A table of the regions found in photos, with what the model expected of them and what is true.
#ifndef EVAL_REGIONS_H
#define EVAL_REGIONS_H

#include <stdio.h>

#include "eval/metrics.h"
#include "extract/result.h"

// Writes the first row.
void regions_begin(FILE *to);
// Writes a row for each region that the result has: photo, region, pixels, expected IoU,
// confidence, IoU. `own` is of this photo alone. A figure that is unknown is empty. What goes wrong
// stands in ferror(to).
void regions_add(FILE *to, const swatch_result *result, const struct metrics *own);

#endif
