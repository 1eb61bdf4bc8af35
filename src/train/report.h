// Writes the page of a training run, RUN/index.html. It needs no other file but the sample
// pictures.
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include <swatch.h>

// Replaces RUN/index.html, all or nothing. It shows the curves of RUN/log.jsonl, the pictures of
// RUN/samples (named by their step), the newest first, and `options`, a JSON object (recipe.h).
// Values called loss_... are losses, iou_... are figures of a class; values that are neither these
// nor about speed are figures. `figure` is the one that decides which weights are best; NULL: none
// yet. A missing log or folder of samples is left out.
int report_write(const char *run, const char *options, const char *figure, swatch_error *error);

#endif
