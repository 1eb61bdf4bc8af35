// Running a model of clothes on a photo.
#ifndef MODEL_CLOTHES_H
#define MODEL_CLOTHES_H

#include "model/runner.h"

// Runs one photo of height x width (multiples of the generator's `multiple`). photo: (H, W, 3) in
// -1..1. *output: (H, W, shape.outputs), colors in -1..1 where shape.rgb, else a score for each of
// the network's own classes. Lent until the runner's next use.
int clothes_run(struct runner *runner, const float *photo, size_t height, size_t width,
                const float **output, swatch_error *error);

#endif
