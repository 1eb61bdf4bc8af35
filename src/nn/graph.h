// A network as a graph of layers for one input shape.
//
//     struct graph *g = graph_new(backend_cpu(), DTYPE_BF16, GRAPH_TRAIN, seed);
//     graph_params(g, &params, 0);
//     struct tensor *x = graph_input(g, 1, 256, 256, 3);
//     struct tensor *y = conv2d(g, x, "down1", (struct conv2d){.channels = 64, .kernel = 4,
//                                                             .stride = 2, .pad = 1, .bias = 1});
//     ...
//     if (graph_finish(g, &error)) ...
//     graph_set(x, photo); graph_forward(g); graph_get(y, map);
//
// Building never fails in between: a layer given a NULL tensor gives NULL, the first fault is kept,
// and graph_finish reports it. graph_finish fuses what can be fused, plans one arena in which
// buffers share memory by lifetime, and makes the primitives; forward and backward then allocate
// nothing and cannot fail. Shapes are (N, H, W, C).
#ifndef NN_GRAPH_H
#define NN_GRAPH_H

#include "base/ranks.h"
#include "nn/backend.h"
#include "nn/params.h"

enum graph_mode {
    GRAPH_INFER, // running statistics, folded into the convolutions where possible; no dropout
    GRAPH_TRAIN, // batch statistics, dropout, backward passes
};

struct graph;
struct layer;

struct tensor {
    struct graph *graph;
    size_t n, h, w, c;
    enum dtype dtype;
    void *data;             // these two: into the arena, from graph_finish on
    void *grad;             // NULL where no gradient is wanted
    struct layer *producer; // NULL: an input
    int needs_grad;
    int leads_to_loss;
    int kept; // 1: read from outside after forward, so its memory is its own to the end
    size_t consumers;
    size_t data_offset, grad_offset; // into the arena
};

// NULL when memory is lacking. `seed` feeds dropout.
struct graph *graph_new(const struct backend *backend, enum dtype dtype, enum graph_mode mode,
                        uint64_t seed);
void graph_free(struct graph *graph);

// The layers that follow take their parameters from `params`, which must outlive the graph and be
// on its device.
// frozen: their parameters get no gradient and running statistics stay (a discriminator while the
// generator learns).
void graph_params(struct graph *graph, struct params *params, int frozen);
// Freezes the parameters of the layers that follow, or no more, as graph_params does.
void graph_freeze(struct graph *graph, int frozen);
// How the weights of the layers that follow are initialized.
void graph_init(struct graph *graph, enum param_init init);

// Before the layers: the batch is one of equal parts of a larger one, the parts lying in order on
// the ranks. Losses are then what the part adds to the whole batch's, gradients as well, so that
// their sums over the ranks are the whole batch's; dropout draws by a photo's place in the whole
// batch, and Dice counts over it. sync_norm: so does batch normalization, whose statistics are the
// part's otherwise. ranks may be NULL: the batch is whole.
void graph_share(struct graph *graph, struct ranks *ranks, int sync_norm);

// An input of activations, of labels (one byte each), or of numbers that stay f32 whatever the
// activations are (coordinates, targets of a regression).
struct tensor *graph_input(struct graph *graph, size_t n, size_t h, size_t w, size_t c);
struct tensor *graph_input_labels(struct graph *graph, size_t n, size_t h, size_t w, size_t c);
struct tensor *graph_input_f32(struct graph *graph, size_t n, size_t h, size_t w, size_t c);
// Declares that `tensor` will be read with graph_get.
struct tensor *graph_output(struct graph *graph, struct tensor *tensor);

// The first fault of building, if there was one; for a graph that is built only to be checked.
int graph_check(const struct graph *graph, swatch_error *error);
int graph_finish(struct graph *graph, swatch_error *error);
// After graph_finish: packs the weights now, which the first graph_forward would do.
void graph_pack(struct graph *graph);

void graph_set(struct tensor *input, const float *values);
void graph_set_labels(struct tensor *input, const uint8_t *labels);
// Of one type and shape, on one device; `to` is an input, of another graph.
void graph_copy(struct tensor *to, const struct tensor *from);
void graph_get(const struct tensor *tensor, float *values);
// Copies out the gradient that `tensor` received. For tests.
void graph_get_grad(const struct tensor *tensor, float *values);

void graph_forward(struct graph *graph);
// A part of it, for a network whose later stages get inputs that are made, outside the graph, from
// what its earlier ones found: from behind the layer that makes `after` (NULL: from the start) to
// the one that makes `last` (NULL: the end), both outputs of the graph. A part may be run again, on
// other inputs, if what it reads from before is declared an output.
void graph_forward_part(struct graph *graph, const struct tensor *after, const struct tensor *last);
// Runs every loss backwards. Gradients of parameters are added to; see params_clear_gradients.
void graph_backward(struct graph *graph);
// After graph_finish: graph_backward calls `complete` for each parameter as soon as it has all of
// its gradient.
void graph_watch(struct graph *graph, void (*complete)(void *user, struct param *param),
                 void *user);
// The value of a loss layer after graph_forward; waits for it. For tests.
double graph_loss(const struct tensor *loss);
// The same in parts, for many that are to be read at once: queues a copy of what the layer found to
// the device's memory; what is read from there makes the loss's value.
void graph_loss_copy(const struct tensor *loss, double *to);
double graph_loss_of(const struct tensor *loss, double copied);
// Before graph_forward: how much of what the loss is a mean over, in the whole batch, is in this
// part. Only for losses whose mean is over a number of things that differs between the parts; that
// of the others is 1 / ranks.
void graph_loss_share(struct tensor *loss, double share);
// After graph_finish. Counts draws of dropout: set it to the step's number so that a resumed run
// draws the same.
void graph_set_step(struct graph *graph, uint64_t step);

// Floating point operations of one forward pass, and of forward and backward, in convolutions.
double graph_flops(const struct graph *graph, int with_backward);
// Bytes of the arena and of scratch. For tests.
size_t graph_memory(const struct graph *graph);

#endif
