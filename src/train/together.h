// What a training run of many ranks does together besides its steps: begin, and hold on to the same
// state. All are for every rank at the same time, and do nothing for ranks NULL.
#ifndef TRAIN_TOGETHER_H
#define TRAIN_TOGETHER_H

#include "base/hash.h"
#include "base/ranks.h"
#include "train/gradients.h"
#include "train/state.h"

// The photos of a batch that are this rank's; 0 and an error where they do not divide.
size_t together_part(const struct ranks *ranks, size_t batch, swatch_error *error);

// A hash of what decides a run, to be built up text by text; begin with TOGETHER_HASH.
#define TOGETHER_HASH HASH_START
uint64_t together_hash(uint64_t hash, const char *text);

// The end of preparing: this rank's status, and the hash of its recipe and data. An error on all
// ranks if one failed or another hash than rank 0's is somewhere; the message is on the first rank
// that has one, and empty on the others.
int together_begin(struct ranks *ranks, int status, uint64_t hash, swatch_error *error);
// Weights, moments, averages, step and best figure of rank 0 to all.
int together_state(struct ranks *ranks, const struct state *state, swatch_error *error);
// 1 on all ranks if `stop` is set on one.
int together_stop(struct ranks *ranks, int stop);

// The end of a step, whose number counts from 1: what the device has to say, and the losses (so
// many, called `names`) summed over all ranks. finite: all gradients were. A loss or a gradient
// that is not finite is an error, whose message stays on rank 0 alone, since all ranks see it.
struct step_end {
    const struct backend *backend;
    struct gradients *gradients;
    const struct ranks *ranks;
    uint64_t step;
    int finite;
    const char *const *names;
    size_t count;
};
int together_end(const struct step_end *end, double *losses, swatch_error *error);

#endif
