// A whole training run of either task. It reads data and writes a folder:
//
//     RUN/checkpoint.safetensors  what a resumed run continues from, without any difference
//     RUN/model.safetensors       the model at the last validation
//     RUN/best.safetensors        the model with the best figure on the validation photos
//     RUN/options.json            how the run was started, for --resume
//     RUN/held-out.txt            the names of the validation photos
//     RUN/log.jsonl               losses and figures, a line for each report; locked while the run
//                                 is at work
//     RUN/samples/                photo, truth and result of a few validation photos
//     RUN/index.html              the run's page
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "train/task.h"

// Trains until recipe.steps are done (*finished 1) or progress returns other than 0 (*finished 0).
int train_run(const struct train_options *options, int *finished, swatch_error *error);

// Reads RUN/options.json on rank 0 and gives it to all ranks: the task, and texts[i] of field_at(i)
// for each option in the file. The caller frees the texts, also after an error.
int train_stored(const char *run, struct ranks *ranks, const struct task **task,
                 char *texts[FIELDS_MAX], swatch_error *error);

#endif
