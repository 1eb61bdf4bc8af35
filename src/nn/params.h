// The parameters of a network: named f32 tensors, each with its gradient and the state of Adam.
// Graphs of several shapes share one set. Layers ask for a parameter by its name while a graph is
// built. The first call makes it, later calls return the same one.
//
// A parameter has its numbers on the device, which layers and Adam use, and on the host, for files
// and other ranks. On the CPU both are the same memory. Elsewhere params_to_host and
// params_to_device copy them.
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include <pthread.h>
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

// What a layer asks for.
struct param_spec {
    size_t rank, shape[4]; // weights of a convolution: (O, I / groups, KH, KW), as in PyTorch
    enum param_init init;
    size_t fan_in, fan_out; // for the inits that name them
    int trainable;          // 0: a running statistic
};

struct param {
    char name[PARAM_NAME_MAX];
    size_t rank, shape[4];
    size_t count; // product of the shape
    int trainable;
    float rate;    // a factor of the step's rate; 1 at first
    int asked_for; // 1: a layer has asked for it
    struct {
        float *value, *grad, *m, *v, *average;
    } device;       // the device's copies of the following, which are the host's
    float *value;   // (count), aligned to 64 bytes, like the next four
    float *grad;    // NULL before params_train, and for a running statistic
    float *m, *v;   // Adam's moments; NULL as grad
    float *average; // moving average of value; NULL before params_train
    uint16_t *half; // (count), the values in bf16, in place of `value`, which is NULL then: weights
                    //   of convolutions in a file that has them so (params_from_file, on the CPU)
    int has_grad;   // 0: grad is undefined and the next backward pass overwrites it
    struct layer *packed; // convolutions that have packed it and would share that (conv2d.c)
    struct param *next;
};

struct params {
    uint64_t seed;    // of the initial values; a value depends on it and on the parameter's name
    uint64_t version; // counts changes of values, so that layers know when to pack weights anew
    int closed;       // 1: a new parameter is an error, since the values came from a file; they do
                      //   not change any more, and threads may build graphs over them
    pthread_mutex_t lock;          // of the lists `packed`
    const struct backend *backend; // the CPU, unless set before the first parameter is made
    struct adam_tensor *tensors;   // (parameters), for params_check and params_update
    struct params_step *step;      // in device memory
    int shapes_only; // 1: new parameters have no values; it shows what a network needs
    struct param *first, **end;
};

// Makes an empty set.
void params_init(struct params *params, uint64_t seed);
// Frees the parameters and leaves an empty set on the CPU.
void params_free(struct params *params);
// Returns NULL if there is none of that name.
struct param *params_find(const struct params *params, const char *name);
// Finds a parameter or makes it; the set owns it. Another shape than before, or a new parameter in
// a closed set, is an error that names it.
int params_get(struct params *params, const char *name, const struct param_spec *spec,
               struct param **param, swatch_error *error);
// A shape for messages: "64x3x7x7"; "a number" for rank 0.
void shape_text(char *text, size_t size, size_t rank, const size_t *shape);
// If there are parameters that no layer has asked for, fails and lists them.
int params_surplus(const struct params *params, swatch_error *error);

// Copies values, moments and averages from the host to the device. Counts as a change of values.
void params_to_device(struct params *params);
// Copies everything, gradients too, from the device to the host.
void params_to_host(const struct params *params);
// Copy one array. Do nothing where host is NULL or both are the same memory.
void params_write(const struct params *params, float *device, const float *host, size_t count);
void params_read(const struct params *params, float *host, const float *device, size_t count);

// Exchanges every value with its moving average, to use the averaged network between steps. A
// second call undoes it.
void params_swap_average(struct params *params);
// 1 if all of the parameter's values on the host are finite.
int param_finite(const struct param *param);
// A value on the host.
static inline float param_at(const struct param *param, size_t i)
{
    return param->half ? bf16_to_f32(param->half[i]) : param->value[i];
}
// Sets the rate of all parameters whose names begin with `prefix`.
void params_set_rate(struct params *params, const char *prefix, float rate);
// The number of values of all trainable parameters. For tests.
size_t params_count(const struct params *params);

// Allocates gradients, Adam's moments and moving averages. Averages start at the values.
int params_train(struct params *params, swatch_error *error);
// Forgets the gradients. Call it before the backward passes of a step.
void params_clear_gradients(struct params *params);

struct adam {
    float rate, beta1, beta2, epsilon;
    float decay;         // decoupled weight decay (AdamW) of parameters of rank 2 and more; 0: none
    float average_decay; // of the moving average: average += (1 - d) * (value - average)
};
// One step of Adam (Kingma, Ba 2015; bias-corrected; decay as Loshchilov, Hutter 2019). `step`
// counts from 1. If a gradient is not finite, weights, moments and averages stay as they were.
// Running statistics have changed all the same, in the forward pass.
void params_adam(struct params *params, const struct adam *adam, uint64_t step);

// The same in parts. params_begin writes the numbers that change from step to step; the other two
// can be recorded.
struct params_step {
    float scalars[ADAM_SCALARS];
    int finite; // 1 until params_check finds a number that is not finite
};
void params_begin(struct params *params, const struct adam *adam, uint64_t step);
// Both are queued. `flag` is params->step of this set or of another, so that several sets are
// updated together or not at all.
void params_check(struct params *params, struct params_step *flag);
void params_update(struct params *params, const struct adam *adam, const struct params_step *flag);
// Waits and returns 1 if everything that was checked with this set's flag is finite. For tests.
int params_passed(const struct params *params);

enum param_part { PARAM_VALUE, PARAM_M, PARAM_V, PARAM_AVERAGE };
// Reads a part of every parameter that has it from the file's tensor prefix + name. If any are
// missing or misshapen, fails, lists them and changes nothing.
int params_load(struct params *params, const struct safetensors *file, const char *prefix,
                enum param_part part, swatch_error *error);
// Makes a parameter of every tensor of the file whose name begins with `prefix`, and closes the
// set. What backends pack, and nobody else reads, stays in bf16 where the file has it so.
int params_from_file(struct params *params, const struct safetensors *file, const char *prefix,
                     swatch_error *error);

#endif
