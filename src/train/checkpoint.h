// A pix2pix training run on disk (state.h), and the model file that comes out of it.
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "model/classes.h"
#include "train/clothes/trainer.h"

// Weights, moments and averages of both networks and the step, in f32.
int checkpoint_save(const char *path, struct trainer *trainer, swatch_error *error);
// Continues `trainer`, made from the same recipe: an error if the file was made by another one, or
// on other data.
int checkpoint_load(const char *path, struct trainer *trainer, swatch_error *error);
// Makes the state of rank 0 that of all ranks; see train/together.h.
int checkpoint_share(struct trainer *trainer, swatch_error *error);

// Copies what `path` has of the generator's tensors (an encoder's, say) into its values and
// averages. *count gets how many; a file that has none is an error.
int checkpoint_start_from(const char *path, struct trainer *trainer, size_t *count,
                          swatch_error *error);

// Writes the generator's weights (their moving average where the recipe keeps one) as a model file
// (model/file.h), bf16. history: JSON text, stored as it is.
int checkpoint_export(const char *path, struct trainer *trainer, const struct classes *classes,
                      const char *history, swatch_error *error);

#endif
