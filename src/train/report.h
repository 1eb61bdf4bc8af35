// The record of a training run: RUN/log.jsonl, a JSON object a line, {"step": 100, "loss_pixel":
// 0.25, ...}, and RUN/index.html, a page of it that needs no other file but the sample pictures.
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <swatch_train.h>

// Appends a line with `count` named values, those that are no numbers left out. A line that a crash
// left half-written is closed first. Not synced: a power failure can cost the last lines.
int report_append(const char *log, uint64_t step, const swatch_training_value *values, size_t count,
                  swatch_error *error);

// Empties a log, if there is one, for a run that begins where another left no checkpoint.
int report_restart(const char *log, swatch_error *error);

// Writes RUN/index.html anew, atomically: curves of RUN/log.jsonl, the pictures of RUN/samples,
// named by their step, the newest first, and the options (a JSON object; recipe.h). Losses are the
// values called loss_..., a class's figure is iou_..., and what is neither these nor about speed is
// a figure; `figure` is the one that decides which weights are best, NULL while there is none. Log
// or samples that are not there are left out.
int report_write(const char *run, const char *options, const char *figure, swatch_error *error);

#endif
