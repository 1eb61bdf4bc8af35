// Figures of a segmentation against the truth, at the photo's own size.
#ifndef EVAL_METRICS_H
#define EVAL_METRICS_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "model/classes.h"

struct metrics {
    size_t classes, photos;
    uint64_t confusion[CLASSES_MAX][CLASSES_MAX]; // [truth][predicted], pixels
    double boundary_sum[CLASSES_MAX];             // boundary F-scores, summed over the photos in
    uint64_t boundary_photos[CLASSES_MAX];        //   which the class is in truth or prediction
};

// Adds one photo. truth and predicted are (height, width) class indices below metrics->classes. A
// pixel whose truth is 255 does not count. After an error nothing is added.
//
// The boundary F-score (Csurka et al., BMVC 2013; Perazzi et al., CVPR 2016) combines precision and
// recall of a class's boundary pixels within `tolerance` pixels (Euclidean, 0 or more). A pixel is
// on the boundary if one of its four neighbours has another class; 255 is no class. A class that is
// in truth and prediction but has no boundary in either scores 1; a class in only one of them
// scores 0.
int metrics_add(struct metrics *metrics, const uint8_t *truth, const uint8_t *predicted,
                size_t height, size_t width, double tolerance, swatch_error *error);
// Adds the photos of `part`, which has the same classes.
void metrics_merge(struct metrics *metrics, const struct metrics *part);
// All figures are 0-1, or NAN if there is nothing to take a mean of.
double metrics_pixel_accuracy(const struct metrics *metrics);
// Returns NAN for a class that is neither in the truth nor predicted.
double metrics_iou(const struct metrics *metrics, size_t class_index);
// Takes the mean over the classes that are in the truth.
double metrics_mean_iou(const struct metrics *metrics);
double metrics_boundary(const struct metrics *metrics, size_t class_index);
// Takes the mean over the classes that are in the truth or the prediction of some photo.
double metrics_mean_boundary(const struct metrics *metrics);

#endif
