// The losses. Forward measures, backward starts the gradient; each keeps its value in layer->loss,
// and its output tensor is a place in the graph only.

#include <math.h>

#include "nn/layer.h"

struct loss_state {
    float weight, target;
    enum gan_loss kind;
    const float *class_weights;
    size_t divisor;
    float beta;
};

// A part of a batch counts by its share.
static float weight_of(const struct layer *layer)
{
    const struct loss_state *s = layer->state;
    return s->weight * (float)layer->share;
}

static void cross_entropy_run(struct layer *layer, void *dx)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->loss = layer->share * layer->graph->backend->cross_entropy(
                                     x->dtype, x->data, layer->inputs[1]->data, s->class_weights,
                                     tensor_rows(x), x->c, weight_of(layer), dx);
}

static void l1_run(struct layer *layer, void *dx)
{
    const struct tensor *x = layer->inputs[0];
    layer->loss =
        layer->share * layer->graph->backend->l1(x->dtype, x->data, layer->inputs[1]->data,
                                                 tensor_count(x), weight_of(layer), dx);
}

static void gan_run(struct layer *layer, void *dx)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->loss = layer->share * layer->graph->backend->gan(x->dtype, s->kind, x->data, s->target,
                                                            tensor_count(x), weight_of(layer), dx);
}

static void binary_run(struct layer *layer, void *dx)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->loss = layer->share * layer->graph->backend->binary_cross_entropy(
                                     x->dtype, x->data, layer->inputs[1]->data, tensor_count(x),
                                     s->divisor, weight_of(layer), dx);
}

static void smooth_l1_run(struct layer *layer, void *dx)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->loss = layer->share * layer->graph->backend->smooth_l1(
                                     x->dtype, x->data, layer->inputs[1]->data, s->beta,
                                     tensor_count(x), s->divisor, weight_of(layer), dx);
}

static void cross_entropy_forward(struct layer *layer)
{
    cross_entropy_run(layer, NULL);
}
static void cross_entropy_backward(struct layer *layer)
{
    cross_entropy_run(layer, layer->dx[0]);
}
static void l1_forward(struct layer *layer)
{
    l1_run(layer, NULL);
}
static void l1_backward(struct layer *layer)
{
    l1_run(layer, layer->dx[0]);
}
static void gan_forward(struct layer *layer)
{
    gan_run(layer, NULL);
}
static void gan_backward(struct layer *layer)
{
    gan_run(layer, layer->dx[0]);
}

static void binary_forward(struct layer *layer)
{
    binary_run(layer, NULL);
}
static void binary_backward(struct layer *layer)
{
    binary_run(layer, layer->dx[0]);
}
static void smooth_l1_forward(struct layer *layer)
{
    smooth_l1_run(layer, NULL);
}
static void smooth_l1_backward(struct layer *layer)
{
    smooth_l1_run(layer, layer->dx[0]);
}

static const struct layer_ops layer_cross_entropy = {.name = "loss_cross_entropy",
                                                     .backward_reads = LAYER_READS_INPUT,
                                                     .forward = cross_entropy_forward,
                                                     .backward = cross_entropy_backward,
                                                     .is_loss = 1};
static const struct layer_ops layer_l1 = {.name = "loss_l1",
                                          .backward_reads = LAYER_READS_INPUT,
                                          .forward = l1_forward,
                                          .backward = l1_backward,
                                          .is_loss = 1};
static const struct layer_ops layer_gan = {.name = "loss_gan",
                                           .backward_reads = LAYER_READS_INPUT,
                                           .forward = gan_forward,
                                           .backward = gan_backward,
                                           .is_loss = 1};

static const struct layer_ops layer_binary = {.name = "loss_binary_cross_entropy",
                                              .backward_reads = LAYER_READS_INPUT,
                                              .forward = binary_forward,
                                              .backward = binary_backward,
                                              .is_loss = 1};
static const struct layer_ops layer_smooth_l1 = {.name = "loss_smooth_l1",
                                                 .backward_reads = LAYER_READS_INPUT,
                                                 .forward = smooth_l1_forward,
                                                 .backward = smooth_l1_backward,
                                                 .is_loss = 1};

static struct tensor *loss(struct graph *g, const struct layer_ops *ops, struct tensor *x,
                           struct tensor *target, struct loss_state state)
{
    struct layer *layer = layer_new(g, ops, NULL, x, target, sizeof state);
    if (!layer)
        return NULL;
    *(struct loss_state *)layer->state = state;
    return layer_output(layer, 1, 1, 1, 1);
}

struct tensor *loss_cross_entropy(struct graph *g, struct tensor *scores, struct tensor *labels,
                                  const float *class_weights, float weight)
{
    if (!scores || !labels)
        return NULL;
    if (labels->dtype != DTYPE_U8 || tensor_rows(scores) != tensor_rows(labels))
        return graph_fault(g, "cross-entropy needs one label for each row of scores");
    if (scores->c > SOFTMAX_CHANNELS_MAX)
        return graph_fault(g, "cross-entropy over %zu channels; at most %d", scores->c,
                           SOFTMAX_CHANNELS_MAX);
    return loss(g, &layer_cross_entropy, scores, labels,
                (struct loss_state){.weight = weight, .class_weights = class_weights});
}

struct dice_state {
    float weight, slopes[2 * DICE_CHANNELS_MAX]; // for the backend's dice_backward
};

// 1 minus the mean, over the classes that are the label of some row, of 2 I / (P + T): I, P and T
// as the backend's dice_sums gives them, over all ranks.
static void dice_forward(struct layer *layer)
{
    struct dice_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0];
    double sums[3 * DICE_CHANNELS_MAX], loss = 0;
    const double *probable = sums, *inside = sums + x->c, *true_rows = sums + 2 * x->c;
    size_t present = 0;
    g->backend->dice_sums(x->dtype, x->data, layer->inputs[1]->data, tensor_rows(x), x->c, sums);
    ranks_sum(g->ranks, sums, 3 * x->c);
    for (size_t c = 0; c < x->c; c++)
        present += true_rows[c] > 0;
    for (size_t c = 0; c < x->c; c++) {
        const double both = inside[c], all = probable[c] + true_rows[c];
        const double share = true_rows[c] > 0 ? 1 / (double)present : 0;
        loss += share * (1 - 2 * both / fmax(all, 1));
        s->slopes[c] = (float)(share * 2 * both / fmax(all * all, 1));
        s->slopes[x->c + c] = (float)(-share * 2 / fmax(all, 1));
    }
    layer->loss = loss * layer->share;
}

static void dice_backward(struct layer *layer)
{
    const struct dice_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->dice_backward(x->dtype, x->data, layer->inputs[1]->data, s->slopes,
                                         tensor_rows(x), x->c, s->weight, layer->dx[0]);
}

static const struct layer_ops layer_dice = {.name = "loss_dice",
                                            .backward_reads = LAYER_READS_INPUT,
                                            .forward = dice_forward,
                                            .backward = dice_backward,
                                            .is_loss = 1};

struct tensor *loss_dice(struct graph *g, struct tensor *scores, struct tensor *labels,
                         float weight)
{
    if (!scores || !labels)
        return NULL;
    if (labels->dtype != DTYPE_U8 || tensor_rows(scores) != tensor_rows(labels))
        return graph_fault(g, "Dice needs one label for each row of scores");
    if (scores->c > DICE_CHANNELS_MAX)
        return graph_fault(g, "Dice over %zu channels; at most %d", scores->c, DICE_CHANNELS_MAX);
    struct layer *layer =
        layer_new(g, &layer_dice, NULL, scores, labels, sizeof(struct dice_state));
    if (!layer)
        return NULL;
    ((struct dice_state *)layer->state)->weight = weight;
    return layer_output(layer, 1, 1, 1, 1);
}

struct tensor *loss_l1(struct graph *g, struct tensor *x, struct tensor *target, float weight)
{
    if (!x || !target)
        return NULL;
    if (tensor_count(x) != tensor_count(target) || target->needs_grad)
        return graph_fault(g, "L1 needs a fixed target of its input's shape");
    return loss(g, &layer_l1, x, target, (struct loss_state){.weight = weight});
}

struct tensor *loss_gan(struct graph *g, struct tensor *x, enum gan_loss kind, float target,
                        float weight)
{
    return x ? loss(g, &layer_gan, x, NULL,
                    (struct loss_state){.weight = weight, .target = target, .kind = kind})
             : NULL;
}

struct tensor *loss_binary_cross_entropy(struct graph *g, struct tensor *x, struct tensor *target,
                                         size_t divisor, float weight)
{
    if (!x || !target)
        return NULL;
    if (target->dtype != DTYPE_U8 || tensor_count(x) != tensor_count(target))
        return graph_fault(g, "binary cross-entropy needs one byte for each number");
    return loss(g, &layer_binary, x, target,
                (struct loss_state){.weight = weight, .divisor = divisor});
}

struct tensor *loss_smooth_l1(struct graph *g, struct tensor *x, struct tensor *target, float beta,
                              size_t divisor, float weight)
{
    if (!x || !target)
        return NULL;
    if (target->dtype != DTYPE_F32 || target->producer || tensor_count(x) != tensor_count(target) ||
        !(beta > 0) || divisor == 0)
        return graph_fault(g, "smooth L1 needs an f32 target for each number, beta and divisor");
    return loss(g, &layer_smooth_l1, x, target,
                (struct loss_state){.weight = weight, .beta = beta, .divisor = divisor});
}
