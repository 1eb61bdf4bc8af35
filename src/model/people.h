// Runs a model that finds people, a Mask R-CNN, on a photo.
#ifndef MODEL_PEOPLE_H
#define MODEL_PEOPLE_H

#include "image/image.h"
#include "model/detection.h"
#include "model/runner.h"

// Finds everything with a score of at least `least_score` (0-1) in a photo of 3 bands, best first.
// If the model has a closer look and the first look finds nobody large, it uses both (looks.h). A
// lower `least_score` finds the same and more. Free the detections with detections_free.
int people_run(struct runner *runner, const struct image *photo, float least_score,
               struct detection **detections, size_t *count, swatch_error *error);

// Makes the graph of the first look at a photo of this size.
int people_prepare(struct runner *runner, size_t width, size_t height, swatch_error *error);

#endif
