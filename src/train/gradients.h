// Gradients on their way to their sums over all ranks, while the backward pass still makes others.
#ifndef TRAIN_GRADIENTS_H
#define TRAIN_GRADIENTS_H

#include "base/ranks.h"
#include "nn/params.h"

#define GRADIENTS_SETS 2

struct gradients;

// For the parameters of `count` sets (at most GRADIENTS_SETS), which are lent, after params_train.
// ranks NULL: *gradients is NULL, which the others take for nothing to do.
int gradients_new(struct ranks *ranks, struct params *const *sets, size_t count,
                  struct gradients **gradients, swatch_error *error);
void gradients_free(struct gradients *gradients);

// Once all ranks are ready: lets the device itself sum over them, where each rank's can.
int gradients_connect(struct gradients *gradients, swatch_error *error);
// Why gradients of GPUs pass through the host, lent; "" where they do not.
const char *gradients_remark(const struct gradients *gradients);

// A parameter's gradient is complete: for graph_watch, with the gradients as user. Every rank adds
// the same ones in the same order.
void gradients_add(void *user, struct param *param);
// What is queued from now on finds all that were added to be sums, and running statistics their
// means, so that all ranks go on with the same parameters.
void gradients_gather(struct gradients *gradients);
// Sums `count` losses, too. The first fault since the last call, if there was one.
int gradients_finish(struct gradients *gradients, double *losses, size_t count,
                     swatch_error *error);

#endif
