// A checkpoint: everything that the next step depends on, in one safetensors file, for both tasks.
// It is written whole or not at all.
#ifndef TRAIN_STATE_H
#define TRAIN_STATE_H

#include "nn/params.h"

#define STATE_SETS 2

struct state {
    const char *recipe;            // options_text of FIELD_PART; a run goes on only with the same
    uint64_t data;                 // hash of the data (together_hash); the same holds
    uint64_t steps;                // of the whole run
    uint64_t *step;                // steps done
    double *best;                  // best figure of the validations so far; NaN: none
    double *start;                 // figure of the weights the run started from; NaN: none
    const char *names[STATE_SETS]; // of the networks, like "generator"; NULL: none
    struct params *sets[STATE_SETS];
};

// Checks before anything is written: a run that is resumed needs a checkpoint, a run that begins
// must not overwrite one.
int state_expect(const char *path, int resume, swatch_error *error);
// Writes a checkpoint: weights, moments and averages of all networks in f32, step and figures.
int state_save(const char *path, const struct state *state, swatch_error *error);
// Reads a checkpoint. A file of another recipe or other data, or with numbers that are not finite,
// is an error. After an error the parameters must not be used.
int state_load(const char *path, const struct state *state, swatch_error *error);

// Copies the tensors that both the file and `params` have into values and averages. *count becomes
// their number; a file without any is an error. Messages call the network `what`.
int state_start_from(const char *path, struct params *params, const char *what, size_t *count,
                     swatch_error *error);

// Writes the values, or with average 1 the averages, as a model file with these metadata. Tensors
// of rank 2 and more are bf16, others f32.
int state_export(const char *path, const struct params *params, int average,
                 const struct safetensors_pair *metadata, size_t pairs, swatch_error *error);

#endif
