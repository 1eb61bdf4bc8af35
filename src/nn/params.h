// The parameters of a network: named f32 tensors with their gradient and the state of Adam. Graphs
// of several shapes share one set. Layers ask for a parameter by name while a graph is built; the
// first to ask makes it, later ones get the same.
//
// Layers and Adam work on the device's numbers. On the CPU the host's are the same ones; elsewhere
// they are twins, which params_to_host and params_to_device carry over where files and other ranks
// want them, and nowhere else.
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "nn/backend.h"
#include "nn/safetensors.h"

#define PARAM_NAME_MAX 96

enum param_init {
    PARAM_ZERO,
    PARAM_ONE,
    PARAM_NORMAL_002,     // normal, deviation 0.02 (pix2pix)
    PARAM_GLOROT_UNIFORM, // Keras' default; limit sqrt(6 / (fan_in + fan_out))
    PARAM_HE_NORMAL,      // normal, deviation sqrt(2 / fan_in)
};

struct param {
    char name[PARAM_NAME_MAX];
    size_t rank, shape[4]; // convolution: (O, I / groups, KH, KW), as PyTorch
    size_t count;
    int trainable; // 0: a running statistic
    float rate;    // Adam's rate for it is this times the step's; 1 from the start
    int asked_for; // a layer has asked for it
    struct {
        float *value, *grad, *m, *v, *average;
    } device;       // as the next five, which are the host's
    float *value;   // 64-byte aligned, as the next four
    float *grad;    // NULL until params_train; backward passes add to it
    float *m, *v;   // Adam's moments
    float *average; // moving average of value
    int has_grad;   // 0: grad holds rubbish and the next backward overwrites it
    struct param *next;
};

struct params {
    uint64_t seed;    // of the initial values; each parameter draws its own stream from its name
    uint64_t version; // counts changes of values, so that packed copies know they are stale
    int closed;       // 1: asking for a new parameter is an error (the values came from a file)
    const struct backend *backend; // the CPU until set, before the first parameter is made
    struct adam_tensor *tensors;   // room for one for each parameter, from params_train on
    struct params_step *step;      // the device's
    int shapes_only; // 1: new parameters get no values: for asking what a network needs
    struct param *first, **end;
};

// An empty set.
void params_init(struct params *params, uint64_t seed);
void params_free(struct params *params);
struct param *params_find(const struct params *params, const char *name);
// Finds a parameter or makes it. Another shape than before, or a new one in a closed set: an error
// naming it.
int params_get(struct params *params, const char *name, size_t rank, const size_t *shape,
               enum param_init init, size_t fan_in, size_t fan_out, int trainable,
               struct param **param, swatch_error *error);
// A shape for messages: "64x3x7x7"; "a number" where there are no sides.
void shape_text(char *text, size_t size, size_t rank, const size_t *shape);
// An error listing parameters that no layer has asked for.
int params_surplus(const struct params *params, swatch_error *error);
// What the host has changed, values, moments and averages, to the device: a change of values.
void params_to_device(struct params *params);
// The device's numbers, gradients too, to the host.
void params_to_host(const struct params *params);
// One tensor's numbers to the device, and back; nothing where they are the host's own, or host
// NULL.
void params_write(const struct params *params, float *device, const float *host, size_t count);
void params_read(const struct params *params, float *host, const float *device, size_t count);
// Exchanges every value with its moving average; twice is as before. For looking at the averaged
// network between steps.
void params_swap_average(struct params *params);
// 1 if every value of the parameter is finite, on the host.
int param_finite(const struct param *param);
// Sets the rate, as a share of the step's, of all parameters whose names begin with `prefix`.
void params_set_rate(struct params *params, const char *prefix, float rate);
// Numbers in all trainable parameters. For tests.
size_t params_count(const struct params *params);

// Takes memory for gradients, Adam and the moving average (which starts at the values).
int params_train(struct params *params, swatch_error *error);
// Forgets the gradients, before a step's backward passes.
void params_clear_gradients(struct params *params);

struct adam {
    float rate, beta1, beta2, epsilon;
    float decay;         // decoupled weight decay (AdamW), on tensors of rank over 1; 0: none
    float average_decay; // of the moving average: average += (1 - d) * (value - average)
};
// One step of Adam (Kingma, Ba 2015; bias-corrected; decay as Loshchilov, Hutter 2019). `step`
// counts from 1. A gradient that is not finite leaves weights, moments and averages as they were;
// running statistics are of the forward pass, and have changed.
void params_adam(struct params *params, const struct adam *adam, uint64_t step);

// The same in parts, for a step that is recorded: what it takes from the host is written before.
struct params_step {
    float scalars[ADAM_SCALARS];
    int finite; // 1 until params_check finds another number
};
void params_begin(struct params *params, const struct adam *adam, uint64_t step);
// These two are queued; the flag is that of any set. Where it is 0 nothing is updated.
void params_check(struct params *params, struct params_step *flag);
void params_update(struct params *params, const struct adam *adam, const struct params_step *flag);
// Waits: 1 if what was checked with this set's flag is finite. For tests.
int params_passed(const struct params *params);

// Which of a parameter's tensors params_load and params_tensors mean.
enum param_part { PARAM_VALUE, PARAM_M, PARAM_V, PARAM_AVERAGE };
// Reads every parameter's part from `file`, under prefix + name. Missing and misshapen ones are
// listed in the message, and nothing is changed then.
int params_load(struct params *params, const struct safetensors *file, const char *prefix,
                enum param_part part, swatch_error *error);
// Makes every parameter that `file` has under `prefix`, and closes the set.
int params_from_file(struct params *params, const struct safetensors *file, const char *prefix,
                     swatch_error *error);

#endif
