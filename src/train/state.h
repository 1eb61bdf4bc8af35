// What a training run is on disk: everything that the next step depends on, in one safetensors
// file, written atomically; whatever the run trains.
#ifndef TRAIN_STATE_H
#define TRAIN_STATE_H

#include "nn/params.h"

#define STATE_SETS 2

struct state {
    const char *recipe; // as text: a run continues only with the recipe it was started with,
    uint64_t data;      // and with the data of this hash (together_hash)
    uint64_t steps;     // of the whole run
    uint64_t *step;     // done
    double *best;       // figure of the validations so far; NaN: none
    double *start;      // figure of the weights it started from; NaN: none
    const char *names[STATE_SETS]; // of the networks: "generator"; NULL: there is none
    struct params *sets[STATE_SETS];
};

// Before anything is written: a run that is resumed needs a checkpoint, and one that begins must
// not overwrite any.
int state_expect(const char *path, int resume, swatch_error *error);
// Weights, moments and averages of all networks and the step, in f32.
int state_save(const char *path, const struct state *state, swatch_error *error);
// Continues. A file that was made by another recipe or on other data, or that holds numbers that
// are not finite, is an error; then what was read must not be used.
int state_load(const char *path, const struct state *state, swatch_error *error);

// Copies what `path` has of the tensors of `params` into values and averages. *count gets how many;
// a file that has none is an error. `what` is what messages call the network.
int state_start_from(const char *path, struct params *params, const char *what, size_t *count,
                     swatch_error *error);

// Writes values (or averages) as a model file with these metadata; tensors of rank over 1 as bf16.
int state_export(const char *path, const struct params *params, int average,
                 const struct safetensors_pair *metadata, size_t pairs, swatch_error *error);

#endif
