// A whole training run, whatever it learns: data in, a folder with the run's page, checkpoints and
// model files out.
//
//     RUN/checkpoint.safetensors  what a resumed run continues from, bit for bit
//     RUN/model.safetensors       the model at the last validation
//     RUN/best.safetensors        the model with the best figure on the validation photos
//     RUN/options.json            how the run was started, for --resume
//     RUN/held-out.txt            the names of the validation photos
//     RUN/log.jsonl               losses and figures, a line each time they are taken; locked as
//                                 long as the run is at work
//     RUN/samples/                photo, truth and result of a few validation photos
//     RUN/index.html              the run's page
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "train/task.h"

// Runs to recipe.steps or until progress says stop. *finished: all steps are done.
int train_run(const struct train_options *options, int *finished, swatch_error *error);

// RUN/options.json as rank 0 reads it, on all ranks. texts: of each field, NULL where the file has
// none; each to be freed, also after an error.
int train_stored(const char *run, struct ranks *ranks, const struct task **task,
                 char *texts[FIELDS_MAX], swatch_error *error);

#endif
