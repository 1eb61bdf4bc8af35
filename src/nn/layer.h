// What a layer is to the graph: the inside of the engine, for src/nn alone.
//
// To add a layer: declare its builder in layers.h; write one file here with a static layer_ops and
// the builder, which calls layer_new, fills in the output's shape and its own state; add a row to
// tests/nn/cases.h.
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include "nn/layers.h"

#define LAYER_INPUTS 6
#define LAYER_PARAMS 6 // a convolution's two and a folded normalization's four

enum { // what a backward pass reads besides the gradient of its output
    LAYER_READS_INPUT = 1,
    LAYER_READS_OUTPUT = 2,
};

struct layer_ops {
    const char *name;
    unsigned backward_reads; // assuming nothing is fused; layer.backward_reads is what counts
    // Makes primitives and sets saved_bytes and kept_bytes; called once, after fusion. NULL:
    // nothing to do.
    int (*prepare)(struct layer *layer, swatch_error *error);
    // Brings parameters that have changed into the form that forward wants; forward does so, too.
    // NULL: nothing to do.
    void (*pack)(struct layer *layer);
    void (*forward)(struct layer *layer);
    // Writes layer->dx[i] for each that is not NULL, and adds to the gradients of parameters.
    void (*backward)(struct layer *layer);
    void (*free)(struct layer *layer); // of what `state` holds; NULL: nothing
    int is_loss; // backward starts here; forward puts a double, the value, at the start of `kept`
    // Lets `before`, which makes this layer's input for it alone, do this layer's work as well; 1
    // if it can. NULL: never.
    int (*fuse)(struct layer *layer, struct layer *before);
    // Lets this layer apply a batch normalization of running statistics by itself, whose parameters
    // (scale, shift, mean, variance) and epsilon these are; 1 if it can. NULL: never.
    int (*fold_norm)(struct layer *layer, struct param *const params[4], float epsilon);
    int fuses_activation; // forward and backward heed layer->activation
    unsigned fused_reads; // what backward reads besides, when they do
};

struct layer {
    const struct layer_ops *ops;
    struct graph *graph;
    struct layer *next;
    const char *name; // the stem of the parameters' names, owned
    struct tensor *inputs[LAYER_INPUTS];
    size_t input_count;
    struct tensor *output;
    void *dx[LAYER_INPUTS];
    struct params *set; // where the parameters are from, for its version
    struct param *params[LAYER_PARAMS];
    int frozen;
    unsigned backward_reads;
    enum activation activation; // fused behind this layer (or what an activation layer is)
    size_t saved_bytes;         // from forward to backward
    void *saved;
    size_t kept_bytes; // the layer's own for good; zeros at first
    void *kept;
    double forward_flops, backward_flops;
    double share;       // of a loss: see graph_loss_share
    unsigned completes; // parameters (as bits) whose gradient is whole after this one's backward
    void *state;        // the layer's own struct, owned
    // Plan: offsets into the arena.
    size_t saved_offset, kept_offset, dx_offset[LAYER_INPUTS];
    int dx_adds[LAYER_INPUTS]; // dx is a buffer of its own, to be added to the tensor's gradient
};

struct graph {
    const struct backend *backend;
    enum dtype dtype;
    enum graph_mode mode;
    uint64_t seed;
    uint64_t *step; // in the arena
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
    void *arena, *scratch; // the device's
    size_t arena_bytes, scratch_bytes, step_offset;
};

// A layer with `state_bytes` of zeroed state, or NULL (with the graph's error set) if an input is
// NULL or memory lacks. `stem` may be NULL.
struct layer *layer_new(struct graph *g, const struct layer_ops *ops, const char *stem,
                        struct tensor *a, struct tensor *b, size_t state_bytes);
// A third input and further ones.
void layer_input(struct layer *layer, struct tensor *x);
// Gives the layer its output and appends it to the graph. Sides of 0 or overflow: an error.
struct tensor *layer_output(struct layer *layer, size_t n, size_t h, size_t w, size_t c);
// Adds parameter number `index`, called stem + suffix; 0 if that worked.
int layer_param(struct layer *layer, size_t index, const char *suffix, size_t rank,
                const size_t *shape, enum param_init init, size_t fan_in, size_t fan_out,
                int trainable);
// Keeps the first fault of building and returns NULL.
struct tensor *graph_fault(struct graph *g, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline size_t tensor_rows(const struct tensor *t)
{
    return t->n * t->h * t->w;
}
static inline size_t tensor_count(const struct tensor *t)
{
    return t->n * t->h * t->w * t->c;
}
// Whether this layer's parameters learn in this graph.
static inline int layer_learns(const struct layer *layer)
{
    return layer->graph->mode == GRAPH_TRAIN && !layer->frozen;
}
// Where a parameter's gradient goes on the device and whether to add; marks it as present.
static inline float *param_grad(struct param *param, int *adds)
{
    *adds = param->has_grad;
    param->has_grad = 1;
    return param->device.grad;
}

// plan.c: gives every buffer of the graph its place in the arena, sharing memory by lifetime.
int graph_plan(struct graph *g, swatch_error *error);
// fuse.c: lets layers do the work of those behind them.
void graph_fuse(struct graph *g);

#endif
