// The model file that comes out of a training of clothes.
#ifndef TRAIN_CLOTHES_EXPORT_H
#define TRAIN_CLOTHES_EXPORT_H

#include "model/classes.h"
#include "train/clothes/trainer.h"

// Writes the generator's weights (their moving average where the recipe keeps one) as a model file
// (model/file.h), bf16. history: JSON text, stored as it is.
int clothes_export(const char *path, struct trainer *trainer, const struct classes *classes,
                   const char *history, swatch_error *error);

#endif
