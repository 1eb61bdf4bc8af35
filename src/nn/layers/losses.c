// The losses. Forward measures, backward starts the gradient; each keeps its value where
// graph_loss finds it, and its output tensor is a place in the graph only.

#include <math.h>

#include "nn/layer.h"

struct loss_state {
    float weight, target;
    enum gan_loss kind;
    float *class_weights; // the device's; NULL: all are 1
    size_t divisor;
    float beta;
};

// A part of a batch counts by its share.
static float weight_of(const struct layer *layer)
{
    const struct loss_state *s = layer->state;
    return s->weight * (float)layer->share;
}

static double *value_of(const struct layer *layer)
{
    return layer->kept;
}

static int loss_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    layer->kept_bytes = sizeof(double);
    return SWATCH_OK;
}

static void cross_entropy_run(struct layer *layer, void *dx, double *value)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->cross_entropy(x->dtype, x->data, layer->inputs[1]->data,
                                         s->class_weights, tensor_rows(x), x->c, weight_of(layer),
                                         dx, value);
}

static void l1_run(struct layer *layer, void *dx, double *value)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->l1(x->dtype, x->data, layer->inputs[1]->data, tensor_count(x),
                              weight_of(layer), dx, value);
}

static void gan_run(struct layer *layer, void *dx, double *value)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->gan(x->dtype, s->kind, x->data, s->target, tensor_count(x),
                               weight_of(layer), dx, value);
}

static void binary_run(struct layer *layer, void *dx, double *value)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->binary_cross_entropy(x->dtype, x->data, layer->inputs[1]->data,
                                                tensor_count(x), s->divisor, weight_of(layer), dx,
                                                value);
}

static void smooth_l1_run(struct layer *layer, void *dx, double *value)
{
    const struct loss_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->smooth_l1(x->dtype, x->data, layer->inputs[1]->data, s->beta,
                                     tensor_count(x), s->divisor, weight_of(layer), dx, value);
}

static void cross_entropy_forward(struct layer *layer)
{
    cross_entropy_run(layer, NULL, value_of(layer));
}
static void cross_entropy_backward(struct layer *layer)
{
    cross_entropy_run(layer, layer->dx[0], NULL);
}
static void l1_forward(struct layer *layer)
{
    l1_run(layer, NULL, value_of(layer));
}
static void l1_backward(struct layer *layer)
{
    l1_run(layer, layer->dx[0], NULL);
}
static void gan_forward(struct layer *layer)
{
    gan_run(layer, NULL, value_of(layer));
}
static void gan_backward(struct layer *layer)
{
    gan_run(layer, layer->dx[0], NULL);
}

static void binary_forward(struct layer *layer)
{
    binary_run(layer, NULL, value_of(layer));
}
static void binary_backward(struct layer *layer)
{
    binary_run(layer, layer->dx[0], NULL);
}
static void smooth_l1_forward(struct layer *layer)
{
    smooth_l1_run(layer, NULL, value_of(layer));
}
static void smooth_l1_backward(struct layer *layer)
{
    smooth_l1_run(layer, layer->dx[0], NULL);
}

static void loss_free(struct layer *layer)
{
    struct loss_state *s = layer->state;
    layer->graph->backend->release(s->class_weights);
}

static const struct layer_ops layer_cross_entropy = {.name = "loss_cross_entropy",
                                                     .backward_reads = LAYER_READS_INPUT,
                                                     .prepare = loss_prepare,
                                                     .forward = cross_entropy_forward,
                                                     .free = loss_free,
                                                     .backward = cross_entropy_backward,
                                                     .is_loss = 1};
static const struct layer_ops layer_l1 = {.name = "loss_l1",
                                          .backward_reads = LAYER_READS_INPUT,
                                          .prepare = loss_prepare,
                                          .forward = l1_forward,
                                          .backward = l1_backward,
                                          .is_loss = 1};
static const struct layer_ops layer_gan = {.name = "loss_gan",
                                           .backward_reads = LAYER_READS_INPUT,
                                           .prepare = loss_prepare,
                                           .forward = gan_forward,
                                           .backward = gan_backward,
                                           .is_loss = 1};

static const struct layer_ops layer_binary = {.name = "loss_binary_cross_entropy",
                                              .backward_reads = LAYER_READS_INPUT,
                                              .prepare = loss_prepare,
                                              .forward = binary_forward,
                                              .backward = binary_backward,
                                              .is_loss = 1};
static const struct layer_ops layer_smooth_l1 = {.name = "loss_smooth_l1",
                                                 .backward_reads = LAYER_READS_INPUT,
                                                 .prepare = loss_prepare,
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
    struct tensor *y =
        loss(g, &layer_cross_entropy, scores, labels, (struct loss_state){.weight = weight});
    if (y && class_weights) {
        struct loss_state *s = y->producer->state;
        void *memory;
        if (g->backend->alloc(scores->c * sizeof *class_weights, &memory, NULL))
            return graph_fault(g, "out of memory");
        s->class_weights = memory;
        loss_weigh(y, class_weights);
    }
    return y;
}

void loss_weigh(struct tensor *loss, const float *class_weights)
{
    const struct layer *layer = loss->producer;
    const struct loss_state *s = layer->state;
    layer->graph->backend->write(s->class_weights, class_weights,
                                 layer->inputs[0]->c * sizeof *class_weights);
}

struct dice_state {
    float weight;
};

// What a Dice loss keeps.
struct dice_kept {
    double value;
    double sums[3 * DICE_CHANNELS_MAX];
    float slopes[2 * DICE_CHANNELS_MAX]; // for the backend's dice_backward
};

static int dice_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    layer->kept_bytes = sizeof(struct dice_kept);
    return SWATCH_OK;
}

static void dice_forward(struct layer *layer)
{
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0];
    struct dice_kept *kept = layer->kept;
    g->backend->dice_sums(x->dtype, x->data, layer->inputs[1]->data, tensor_rows(x), x->c,
                          kept->sums);
    if (g->ranks) {
        double sums[3 * DICE_CHANNELS_MAX];
        g->backend->read(sums, kept->sums, 3 * x->c * sizeof *sums);
        ranks_sum(g->ranks, sums, 3 * x->c);
        g->backend->write(kept->sums, sums, 3 * x->c * sizeof *sums);
    }
    g->backend->dice_slopes(kept->sums, x->c, kept->slopes, &kept->value);
}

static void dice_backward(struct layer *layer)
{
    const struct dice_state *s = layer->state;
    const struct dice_kept *kept = layer->kept;
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->dice_backward(x->dtype, x->data, layer->inputs[1]->data, kept->slopes,
                                         tensor_rows(x), x->c, s->weight, layer->dx[0]);
}

static const struct layer_ops layer_dice = {.name = "loss_dice",
                                            .backward_reads = LAYER_READS_INPUT,
                                            .prepare = dice_prepare,
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
