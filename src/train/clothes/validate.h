// Looks at a network in training: figures on photos it does not learn from, at the network's own
// size (`swatch eval` measures at the photo's), and a sheet of samples.
#ifndef TRAIN_CLOTHES_VALIDATE_H
#define TRAIN_CLOTHES_VALIDATE_H

#include "eval/metrics.h"
#include "train/clothes/trainer.h"

struct validation;

// data and names must outlive it.
int validation_new(const struct dataset *data, char *const *names, size_t count,
                   const struct recipe *recipe, struct validation **validation,
                   swatch_error *error);
void validation_free(struct validation *validation);

// Runs the trainer's network (its moving average where the recipe keeps one) over all photos, fills
// in `metrics` and writes the first four photos beside truth and result to the PNG `sheet` (NULL:
// to none). Ranks share the photos and all get the same metrics.
int validation_run(struct validation *validation, struct trainer *trainer, struct metrics *metrics,
                   const char *sheet, swatch_error *error);

#endif
