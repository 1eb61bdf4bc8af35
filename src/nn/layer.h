// How layers and graphs work inside. For src/nn and its tests only.
//
// A layer has a static layer_ops and a builder (layers.h). The builder checks its inputs, calls
// layer_new, fills in the state, asks for parameters with layer_param and calls layer_output.
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include "nn/layers.h"

#define LAYER_INPUTS 6
#define LAYER_PARAMS 6 // a convolution's two and a folded normalization's four

enum { // which tensors a backward pass reads besides the gradient of its output
    LAYER_READS_INPUT = 1,
    LAYER_READS_OUTPUT = 2,
};

struct layer_ops {
    const char *name;
    unsigned backward_reads; // without fusion; the start value of layer.backward_reads
    // Makes primitives, sets saved_bytes and kept_bytes, and raises the graph's scratch_bytes.
    // graph_finish calls it once, after fusion. NULL: there is nothing to do.
    int (*prepare)(struct layer *layer, swatch_error *error);
    // Brings parameters that have changed into the form that forward wants; forward does so, too.
    // NULL: nothing to do.
    void (*pack)(struct layer *layer);
    void (*forward)(struct layer *layer);
    // Writes each layer->dx[i] that is not NULL, and adds to the gradients of parameters.
    void (*backward)(struct layer *layer);
    void (*free)(struct layer *layer); // frees what `state` holds; NULL: nothing
    // 1: the backward pass starts here, and forward writes the loss, a double, to the start of
    // `kept`.
    int is_loss;
    // Makes `before` do this layer's work, too; returns 1 if it can. No other layer reads what
    // `before` makes. NULL: never.
    int (*fuse)(struct layer *layer, struct layer *before);
    // Makes this layer apply a batch normalization with fixed statistics, too; returns 1 if it can.
    // params: scale, shift, mean, variance. NULL: never.
    int (*fold_norm)(struct layer *layer, struct param *const params[4], float epsilon);
    // Makes this layer read the concatenation of its first input, whose sides are doubled, and a
    // second one, or the first alone; `doubled`: channels of the first. Returns 1 if it can. NULL:
    // never.
    int (*join)(struct layer *layer, size_t doubled);
    int fuses_activation; // 1: forward and backward apply layer->activation
    unsigned fused_reads; // what backward reads besides where an activation is fused
};

struct layer {
    const struct layer_ops *ops;
    struct graph *graph;
    struct layer *next;
    const char *name; // the stem of the parameters' names; owned
    struct tensor *inputs[LAYER_INPUTS];
    size_t input_count;
    struct tensor *output;
    void *dx[LAYER_INPUTS];
    struct params *set; // that the parameters belong to
    struct param *params[LAYER_PARAMS];
    int frozen;
    unsigned backward_reads;
    enum activation activation; // fused into this layer, or what an activation layer computes
    size_t saved_bytes;         // of `saved`, which lasts from forward to backward
    void *saved;
    size_t kept_bytes; // of `kept`, which lasts as long as the graph and starts as zeros
    void *kept;
    double forward_flops, backward_flops;
    double share;       // of a loss: see graph_loss_share
    unsigned completes; // parameters, as bits, whose gradient is whole after this layer's backward
    void *state;        // the layer's own struct; owned
    // Set by plan.c: offsets into the graph's memory.
    size_t saved_offset, kept_offset, dx_offset[LAYER_INPUTS];
    int dx_adds[LAYER_INPUTS]; // 1: dx is a buffer that is added to the tensor's gradient
};

struct graph {
    const struct backend *backend;
    enum dtype dtype;
    enum graph_mode mode;
    uint64_t seed;
    uint64_t *step; // in the arena; see graph_set_step
    struct params *params;
    int frozen;
    enum param_init init;
    struct ranks *ranks;
    int sync_norm;
    void (*complete)(void *user, struct param *param);
    void *complete_user;
    struct layer *first, **end;
    struct tensor **tensors;
    size_t tensor_count, tensor_room;
    swatch_error error; // the first fault of building
    int failed;
    void *arena, *scratch; // device memory: of all buffers, and behind them for the call that runs
    size_t arena_bytes, scratch_bytes, step_offset;
    // lend.h. shares: 1 if both are borrowed, as `loan` (NULL: not now).
    int shares;
    struct loan *loan;
    struct graph *next_sharer;
    size_t most_bytes; // of both; 0: no limit
};

// Makes a layer with one input or two (b NULL) and `state_bytes` of zeroed state. stem NULL: it has
// no parameters. Returns NULL after a fault of the graph or without memory, which is a fault, too.
// The graph owns the layer.
struct layer *layer_new(struct graph *g, const struct layer_ops *ops, const char *stem,
                        struct tensor *a, struct tensor *b, size_t state_bytes);
// Adds one more input; more than LAYER_INPUTS are a fault.
void layer_input(struct layer *layer, struct tensor *x);
// Makes the layer's output. Sides of 0 and sizes that overflow are faults.
struct tensor *layer_output(struct layer *layer, size_t n, size_t h, size_t w, size_t c);
// Sets layer->params[index] to the parameter called stem + suffix; returns 0 if that worked.
int layer_param(struct layer *layer, size_t index, const char *suffix,
                const struct param_spec *spec);
// Keeps the message if it is the graph's first fault. Returns NULL.
struct tensor *graph_fault(struct graph *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// The same for a lack of memory.
struct tensor *graph_no_memory(struct graph *g);

static inline size_t tensor_rows(const struct tensor *t)
{
    return t->n * t->h * t->w;
}
static inline size_t tensor_count(const struct tensor *t)
{
    return t->n * t->h * t->w * t->c;
}
// 1 if this layer's parameters learn in this graph.
static inline int layer_learns(const struct layer *layer)
{
    return layer->graph->mode == GRAPH_TRAIN && !layer->frozen;
}
// Returns where a parameter's gradient goes on the device. *adds: 1 if there is a gradient to add
// to.
static inline float *param_grad(struct param *param, int *adds)
{
    *adds = param->has_grad;
    param->has_grad = 1;
    return param->device.grad;
}

// plan.c: allocates the graph's memory and gives every buffer its place there.
int graph_plan(struct graph *g, swatch_error *error);
// Turns the places into pointers into g->arena, again if that has moved.
void graph_hand_out(struct graph *g);
// lend.c: counts a planned graph among those that share memory, and no longer.
void graph_shares(struct graph *g);
void graph_shares_no_more(struct graph *g);
// channels.c: 1 if the layer concatenates its two inputs.
int layer_concats(const struct layer *layer);
// resample.c: 1 if the layer doubles the sides by repeating each pixel.
int layer_doubles(const struct layer *layer);
// fuse.c: makes layers do the work of those behind them where they can.
void graph_fuse(struct graph *g);

#endif
