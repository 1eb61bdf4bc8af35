// The record of a training run: RUN/log.jsonl, a JSON object a line, {"step": 100, "loss_pixel":
// 0.25, ...}, and RUN/index.html, a page of it that needs no other file but the sample pictures.
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

// Appends a line with `count` named values, those that are no numbers left out. A line that a crash
// left half-written is closed first. Not synced: a power failure can cost the last lines.
int report_append(const char *log, uint64_t step, const char *const *names, const double *values,
                  size_t count, swatch_error *error);

// Empties a log, if there is one, for a run that begins where another left no checkpoint.
int report_restart(const char *log, swatch_error *error);

// Writes RUN/index.html anew, atomically: the options (`recipe`, a JSON object; recipe.h), curves
// of RUN/log.jsonl and the pictures of RUN/samples, named by their step, the newest first. Of the
// values these are shown: loss_*, pixel_accuracy, mean_iou, mean_boundary, iou_*, rate,
// photos_per_second and wait_share. Log or samples that are not there are left out.
int report_write(const char *run, const char *recipe, swatch_error *error);

#endif
