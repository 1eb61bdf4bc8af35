// Figures of a segmentation against the truth, at the photo's own resolution.
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

// Adds one photo: truth and predicted are (height, width) class indices below metrics->classes.
// Where the truth is 255 nothing counts, whatever is predicted there.
// Boundary F-score (Csurka et al., BMVC 2013; Perazzi et al., CVPR 2016): precision and recall of
// the class's boundary pixels within `tolerance` pixels (Euclidean, >= 0). A pixel is boundary when
// one of its four neighbours in the picture is of another class; 255 is no class. A class in truth
// and prediction that has no boundary in either scores 1, one that is in only one of them 0.
// An error adds nothing.
int metrics_add(struct metrics *metrics, const uint8_t *truth, const uint8_t *predicted,
                size_t height, size_t width, double tolerance, swatch_error *error);
// Adds the photos of `part`, of the same classes.
void metrics_merge(struct metrics *metrics, const struct metrics *part);
// All are in 0 .. 1, or NAN where there is nothing to take a mean of.
double metrics_pixel_accuracy(const struct metrics *metrics);
// NAN for a class that is neither in the truth nor predicted.
double metrics_iou(const struct metrics *metrics, size_t class_index);
// Over the classes that are in the truth.
double metrics_mean_iou(const struct metrics *metrics);
double metrics_boundary(const struct metrics *metrics, size_t class_index);
// Over the classes that are in the truth or the prediction of some photo.
double metrics_mean_boundary(const struct metrics *metrics);

#endif
