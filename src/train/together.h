// What ranks that train together do besides summing gradients: begin, share the state, stop, and
// fail. All ranks call each function at the same point. With ranks NULL there is one process.
#ifndef TRAIN_TOGETHER_H
#define TRAIN_TOGETHER_H

#include "base/hash.h"
#include "base/ranks.h"
#include "train/gradients.h"
#include "train/state.h"

// Returns how many photos of a batch are this rank's. If the ranks cannot share the batch equally,
// returns 0 and sets the error.
size_t together_part(const struct ranks *ranks, size_t batch, swatch_error *error);

// Adds a text to the hash of what decides a run. Begin with TOGETHER_HASH.
#define TOGETHER_HASH HASH_START
uint64_t together_hash(uint64_t hash, const char *text);

// Ends the preparation. Takes this rank's status and the hash of its recipe and data. Fails on all
// ranks if one rank failed or has another hash than rank 0. The first rank that failed keeps its
// message; the others get an empty one, so that it is printed once.
int together_begin(struct ranks *ranks, int status, uint64_t hash, swatch_error *error);
// Copies weights, moments, averages, step and best figure of rank 0 to all ranks.
int together_state(struct ranks *ranks, const struct state *state, swatch_error *error);
// Returns 1 on all ranks if `stop` is set on one of them.
int together_stop(struct ranks *ranks, int stop);

struct step_end {
    const struct backend *backend;
    struct gradients *gradients;
    const struct ranks *ranks;
    uint64_t step;            // number of the step, from 1
    int finite;               // 1: all gradients are finite
    const char *const *names; // of the losses (count)
    size_t count;
};
// Ends a step: reports the device's errors and replaces the losses by their sums over all ranks. A
// loss or a gradient that is not finite is an error. All ranks see it, so only rank 0 keeps the
// message.
int together_end(const struct step_end *end, double *losses, swatch_error *error);

#endif
