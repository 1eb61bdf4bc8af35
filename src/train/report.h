// The page of a training run: RUN/index.html, which needs no other file but the sample pictures.
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include <swatch.h>

// Writes RUN/index.html anew, atomically: curves of RUN/log.jsonl, the pictures of RUN/samples,
// named by their step, the newest first, and the options (a JSON object; recipe.h). Losses are the
// values called loss_..., a class's figure is iou_..., and what is neither these nor about speed is
// a figure; `figure` is the one that decides which weights are best, NULL while there is none. Log
// or samples that are not there are left out.
int report_write(const char *run, const char *options, const char *figure, swatch_error *error);

#endif
