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
// The building functions report no errors. After a fault they return NULL, and NULL as an input
// gives NULL; graph_finish reports the first fault. graph_finish also fuses layers and plans the
// memory. After it, forward and backward passes allocate nothing and cannot fail. Shapes are
// (N, H, W, C).
#ifndef NN_GRAPH_H
#define NN_GRAPH_H

#include "base/ranks.h"
#include "nn/backend.h"
#include "nn/params.h"

enum graph_mode {
    GRAPH_INFER, // normalizes by running statistics; no dropout, no backward pass
    GRAPH_TRAIN, // normalizes by the batch's statistics
};

struct graph;
struct layer;

struct tensor {
    struct graph *graph;
    size_t n, h, w, c;
    enum dtype dtype;
    void *data;             // in the graph's memory, from graph_finish on
    void *grad;             // the same; NULL where no gradient is wanted
    struct layer *producer; // the layer that writes it; NULL: an input
    int needs_grad;         // 1: a gradient is wanted; set it on an input to get the input's
    int leads_to_loss;
    int kept;         // 1: an output, which keeps its memory to itself until the end
    size_t consumers; // layers that read it
    size_t data_offset, grad_offset;
};

// An empty graph on a device, with activations of type `dtype`. `seed` is for dropout. Returns NULL
// without memory.
struct graph *graph_new(const struct backend *backend, enum dtype dtype, enum graph_mode mode,
                        uint64_t seed);
void graph_free(struct graph *graph); // NULL is fine

// Sets where the layers that follow take their parameters from. `params` must outlive the graph and
// be on its device. frozen: these parameters get no gradient, and their running statistics stay as
// they are (a discriminator while the generator learns).
void graph_params(struct graph *graph, struct params *params, int frozen);
// Changes `frozen` for the layers that follow.
void graph_freeze(struct graph *graph, int frozen);
// Sets how the weights of the layers that follow are initialized.
void graph_init(struct graph *graph, enum param_init init);

// Makes the batch one of equal parts of a larger batch, of which each rank has one, in order. Call
// it before the layers. Losses and gradients are then divided so that their sums over the ranks are
// those of the whole batch. Dropout depends on a photo's place in the whole batch, and Dice is
// taken over the whole batch. sync_norm: 1 if batch normalization is, too; 0 if it takes the part's
// statistics. ranks NULL: the batch is whole.
void graph_share(struct graph *graph, struct ranks *ranks, int sync_norm);

// Inputs: of activations, of labels (bytes), and of numbers that are f32 even where activations are
// bf16 (coordinates, targets of a regression).
struct tensor *graph_input(struct graph *graph, size_t n, size_t h, size_t w, size_t c);
struct tensor *graph_input_labels(struct graph *graph, size_t n, size_t h, size_t w, size_t c);
struct tensor *graph_input_f32(struct graph *graph, size_t n, size_t h, size_t w, size_t c);
// Declares that graph_get will read `tensor`, and returns it.
struct tensor *graph_output(struct graph *graph, struct tensor *tensor);

// Reports the first fault of building. For a graph that is only built to be checked. A graph of
// NULL is a lack of memory.
int graph_check(const struct graph *graph, swatch_error *error);
// Reports the first fault of building, or makes the graph ready to run.
int graph_finish(struct graph *graph, swatch_error *error);
// After graph_finish: packs the weights now, which the first graph_forward would do.
void graph_pack(struct graph *graph);

// Copies host numbers into an input, all of it.
void graph_set(struct tensor *input, const float *values);
void graph_set_labels(struct tensor *input, const uint8_t *labels);
// Copies a tensor into an input of another graph. Both have one type, one shape and one device.
void graph_copy(struct tensor *to, const struct tensor *from);
// Copies an output to the host and waits for it.
void graph_get(const struct tensor *tensor, float *values);
// The same with the gradient of a tensor. For tests.
void graph_get_grad(const struct tensor *tensor, float *values);

void graph_forward(struct graph *graph);
// Runs the layers behind the one that makes `after` (NULL: from the start) up to the one that makes
// `last` (NULL: to the end). Both are outputs of the graph. It is for networks whose later layers
// need inputs that the host makes from the results of earlier ones. A part may run again with other
// inputs if the tensors that it reads from before are outputs.
void graph_forward_part(struct graph *graph, const struct tensor *after, const struct tensor *last);
// Runs the backward pass of all losses. It adds to the gradients of parameters; see
// params_clear_gradients.
void graph_backward(struct graph *graph);
// Makes graph_backward call `complete` for each parameter as soon as its gradient is whole. Call it
// after graph_finish.
void graph_watch(struct graph *graph, void (*complete)(void *user, struct param *param),
                 void *user);
// Waits for a loss after graph_forward and returns its value. For tests.
double graph_loss(const struct tensor *loss);
// The same in two steps, to read many losses at once. The first queues a copy to `to`, in device
// memory. The second turns the copied number into the loss's value.
void graph_loss_copy(const struct tensor *loss, double *to);
double graph_loss_of(const struct tensor *loss, double copied);
// Sets which share of the whole batch's mean this part has, 0-1. Call it before graph_forward, for
// losses that are means over things whose number differs between the parts. The share of other
// losses is 1 / ranks.
void graph_loss_share(struct tensor *loss, double share);
// Sets the number of the step, on which dropout's draws depend, so that a resumed run draws the
// same. Call it after graph_finish.
void graph_set_step(struct graph *graph, uint64_t step);

// Floating point operations of the convolutions in one forward pass, and with_backward in one
// backward pass besides.
double graph_flops(const struct graph *graph, int with_backward);
// Bytes of device memory of a graph, from graph_plan on: its arena and its scratch.
size_t graph_memory(const struct graph *graph);
// From graph_finish on: more bytes than these (0: no limit) are SWATCH_TOO_LARGE before they are
// taken.
void graph_limit(struct graph *graph, size_t bytes);

#endif
