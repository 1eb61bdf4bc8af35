// Average precision as COCO defines it (pycocotools' COCOeval): overlaps of 0.50, 0.55 .. 0.95,
// precision at 101 recalls, at most 100 detections a photo. Crowds are ignored.
#ifndef EVAL_COCO_AP_H
#define EVAL_COCO_AP_H

#include <stddef.h>
#include <swatch.h>

#include "image/rle.h"

#define AP_DETECTIONS_MAX 100

struct ap_item {
    double box[4];          // x, y, width, height, pixels
    double area;            // of a truth, as annotated; a detection's follows from mask or box
    double score;           // of a detection
    int crowd;              // of a truth: 1 if it is a crowd
    const struct rle *mask; // NULL: boxes are compared
};

struct average_precision {
    double ap, ap50, ap75;       // 0-1; NaN: there is no truth
    double small, medium, large; // ap of areas below 32^2, up to 96^2, and above
    double recall;               // greatest recall, mean over overlaps
};

struct ap; // the photos so far

int ap_new(struct ap **ap, swatch_error *error);
void ap_free(struct ap *ap);
// Adds one photo: its detections in any order and its truths.
int ap_add(struct ap *ap, const struct ap_item *detections, size_t detection_count,
           const struct ap_item *truths, size_t truth_count, swatch_error *error);
// Computes the figures of all photos so far.
int ap_compute(const struct ap *ap, struct average_precision *result, swatch_error *error);

#endif
