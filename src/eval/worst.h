// Finds the photos on which a model does worst, and writes a page of them.
#ifndef EVAL_WORST_H
#define EVAL_WORST_H

#include "eval/metrics.h"
#include "image/image.h"

#define WORST_PHOTOS 20

struct worst {
    struct worst_photo {
        char name[256];
        double mean_iou, pixel_accuracy;
        char mistakes[256]; // the largest mistakes in words
        struct image sheet; // photo, truth, answer and mistakes side by side
    } photos[WORST_PHOTOS]; // worst first
    size_t count;
};

// Keeps a photo if it is among the worst so far. photo is (H, W, 3), truth and answer (H, W) are as
// for metrics_add, and `own` has the figures of this photo alone.
int worst_add(struct worst *worst, const char *name, const struct image *photo,
              const uint8_t *truth, const uint8_t *answer, const struct metrics *own,
              const struct classes *classes, swatch_error *error);
// Writes index.html and a PNG for each photo into a new folder, all or nothing. A folder that is
// there already is an error.
int worst_write(const struct worst *worst, const struct metrics *all, const char *folder,
                swatch_error *error);
void worst_free(struct worst *worst);

#endif
