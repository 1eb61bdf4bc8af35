// Measures a network in training on photos that are held out, at the network's own size (`swatch
// eval` measures at the photo's), and draws a sheet of samples.
#ifndef TRAIN_CLOTHES_VALIDATE_H
#define TRAIN_CLOTHES_VALIDATE_H

#include "eval/metrics.h"
#include "train/clothes/trainer.h"

struct validation;

// data, names, trainer and colors, those of the answer's classes, must outlive the validation.
int validation_new(const struct dataset *data, char *const *names, size_t count,
                   struct trainer *trainer, const uint8_t (*colors)[3],
                   struct validation **validation, swatch_error *error);
void validation_free(struct validation *validation);

// Runs the trainer's network, or its moving average if the recipe keeps one, on all photos. Fills
// in metrics[0], of the answer, and if the network has a second head, metrics[1] with that one's.
// Writes the first four photos beside truth and answer to the PNG `sheet` (NULL: no sheet). Ranks
// share the photos; all get the same metrics.
int validation_run(struct validation *validation, struct metrics *metrics, const char *sheet,
                   swatch_error *error);

#endif
