// Writes the model file of the task clothes.
#ifndef TRAIN_CLOTHES_EXPORT_H
#define TRAIN_CLOTHES_EXPORT_H

#include "model/classes.h"
#include "train/clothes/trainer.h"

// Writes the generator's weights, or their moving average if the recipe keeps one, as a model file
// (model/file.h) in bf16. `garments` are the classes of the second head; NULL: there is none.
// `history` is JSON, which is stored unchanged.
int clothes_export(const char *path, struct trainer *trainer, const struct classes *classes,
                   const struct classes *garments, const char *history, swatch_error *error);

#endif
