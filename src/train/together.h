// What a training run of many ranks does together besides its steps: begin, and hold on to the same
// state. All are for every rank at the same time, and do nothing for ranks NULL.
#ifndef TRAIN_TOGETHER_H
#define TRAIN_TOGETHER_H

#include "base/hash.h"
#include "base/ranks.h"
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
// Of a fault that all ranks have seen, rank 0 keeps the message.
void together_seen_by_all(const struct ranks *ranks, swatch_error *error);

#endif
