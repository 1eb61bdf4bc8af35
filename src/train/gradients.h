// Sums gradients over all ranks while the backward pass is still computing others.
#ifndef TRAIN_GRADIENTS_H
#define TRAIN_GRADIENTS_H

#include "base/ranks.h"
#include "nn/params.h"

#define GRADIENTS_SETS 2

struct gradients;

// Prepares for `count` (at most GRADIENTS_SETS) parameter sets, which are lent and have been
// through params_train. With ranks NULL, *gradients becomes NULL; the other functions accept that
// and do nothing.
int gradients_new(struct ranks *ranks, struct params *const *sets, size_t count,
                  struct gradients **gradients, swatch_error *error);
void gradients_free(struct gradients *gradients);

// Lets the devices sum by themselves if every rank's device can. Call it when all ranks are ready.
int gradients_connect(struct gradients *gradients, swatch_error *error);
// Returns why the gradients of GPUs pass through the host, or "" if they do not. The text is lent.
const char *gradients_remark(const struct gradients *gradients);

// Takes a parameter whose gradient is complete. graph_watch calls this with the gradients as user.
// All ranks add the same parameters in the same order.
void gradients_add(void *user, struct param *param);
// Ends the sums. Work that is queued after this call sees summed gradients and the means of the
// running statistics, so all ranks update to the same parameters.
void gradients_gather(struct gradients *gradients);
// Sums `count` losses over all ranks. Returns the first error since the last call, if there was
// one.
int gradients_finish(struct gradients *gradients, double *losses, size_t count,
                     swatch_error *error);

#endif
