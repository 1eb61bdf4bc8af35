// Figures of garments: whether each has the right tag, and how far its main color is from that of
// its true mask.
#ifndef EVAL_GARMENTS_H
#define EVAL_GARMENTS_H

#include <stdio.h>

#include "extract/result.h"

// Smaller garments do not count; of the photo.
#define GARMENTS_LEAST 0.01

struct garment_figures {
    size_t truths, named; // garments of the labels, and those of them whose tag is right
    size_t found;         // garments of the results
    double *differences;  // CIEDE2000 of the main colors (colors); owned
    size_t colors, room;
};

// Adds one photo. classes are those of labels (H, W), where DATASET_UNKNOWN does not count.
// result: NULL where nothing was found. Only results whose classes are finer than "clothes" have
// garments; both sides' are those that extract/garments.h finds. For a true garment the found one
// with the highest IoU is taken. It has the right tag if the classes are the same, and its main
// color is compared even if they are not. `table`: NULL, or where each true garment gets a row of
// eval/regions.h.
int garment_figures_add(struct garment_figures *figures, const char *name,
                        const struct image *photo, const struct image *labels,
                        const struct classes *classes, swatch_result *result, FILE *table,
                        swatch_error *error);
// The share q (0-1) of the differences is no larger than what this returns; NaN if there are none.
// Sorts the differences.
double garment_figures_difference(struct garment_figures *figures, double q);
void garment_figures_free(struct garment_figures *figures);

#endif
