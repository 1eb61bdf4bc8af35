// Runs a model of clothes on a photo.
#ifndef MODEL_CLOTHES_H
#define MODEL_CLOTHES_H

#include "model/runner.h"

// Runs the network on photo (height, width, 3) in -1..1; the sides must be multiples of the
// generator's `multiple`. *output (height, width, shape.outputs): colors in -1..1 if shape.rgb,
// else a score for each of the network's own classes. *garments (height / 2, width / 2,
// garments.count): the second head's scores, or NULL if the model does not answer in its classes.
// Both are valid until the runner is used again.
int clothes_run(struct runner *runner, const float *photo, size_t height, size_t width,
                const float **output, const float **garments, swatch_error *error);

#endif
