// The losses. The forward pass computes the value, the backward pass the gradient. A loss keeps its
// value where graph_loss finds it; its output tensor only marks its place in the graph.

#include "nn/layer.h"

struct loss_state {
    // Computes the gradient where dx is not NULL, and the value where `value` is not NULL.
    void (*run)(const struct layer *layer, const struct loss_state *s, float weight, void *dx,
                double *value);
    float weight, target, beta;
    enum gan_loss kind;
    size_t divisor;
    float *class_weights; // on the device, of classes and sets; NULL: all are 1
    uint64_t *sets;       // on the device; NULL: none
    size_t set_count;
};

static int loss_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    layer->kept_bytes = sizeof(double);
    return SWATCH_OK;
}

static void loss_run(const struct layer *layer, void *dx, double *value)
{
    const struct loss_state *s = layer->state;
    s->run(layer, s, s->weight * (float)layer->share, dx, value);
}

static void loss_forward(struct layer *layer)
{
    loss_run(layer, NULL, layer->kept);
}

static void loss_backward(struct layer *layer)
{
    loss_run(layer, layer->dx[0], NULL);
}

static void loss_free(struct layer *layer)
{
    const struct loss_state *s = layer->state;
    layer->graph->backend->release(s->class_weights);
    layer->graph->backend->release(s->sets);
}

static const struct layer_ops layer_loss = {.name = "loss",
                                            .backward_reads = LAYER_READS_INPUT,
                                            .prepare = loss_prepare,
                                            .forward = loss_forward,
                                            .backward = loss_backward,
                                            .free = loss_free,
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

static void cross_entropy_run(const struct layer *layer, const struct loss_state *s, float weight,
                              void *dx, double *value)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->cross_entropy(x->dtype, x->data, layer->inputs[1]->data,
                                         s->class_weights, s->sets, s->set_count, tensor_rows(x),
                                         x->c, weight, dx, value);
}

static int check_sets(struct graph *g, size_t classes, const uint64_t *sets, size_t count)
{
    const uint64_t all = classes < 64 ? ((uint64_t)1 << classes) - 1 : ~(uint64_t)0;
    int fits = count <= SETS_MAX && classes <= SET_CLASSES_MAX;
    for (size_t i = 0; fits && i < count; i++)
        fits = sets[i] != 0 && (sets[i] & ~all) == 0;
    if (count && !fits)
        graph_fault(g, "cross-entropy takes at most %d sets, each of some of at most %d classes",
                    SETS_MAX, SET_CLASSES_MAX);
    return count == 0 || fits;
}

struct tensor *loss_cross_entropy(struct graph *g, struct tensor *scores, struct tensor *labels,
                                  const float *class_weights, const uint64_t *sets,
                                  size_t set_count, float weight)
{
    void *memory;
    if (!scores || !labels)
        return NULL;
    if (labels->dtype != DTYPE_U8 || tensor_rows(scores) != tensor_rows(labels))
        return graph_fault(g, "cross-entropy needs one label for each row of scores");
    if (scores->c > SOFTMAX_CHANNELS_MAX)
        return graph_fault(g, "cross-entropy over %zu channels; at most %d", scores->c,
                           SOFTMAX_CHANNELS_MAX);
    if (!check_sets(g, scores->c, sets, set_count))
        return NULL;
    struct tensor *y = loss(g, &layer_loss, scores, labels,
                            (struct loss_state){.run = cross_entropy_run, .weight = weight});
    if (!y)
        return NULL;
    struct loss_state *s = y->producer->state;
    if (set_count) {
        if (g->backend->alloc(set_count * sizeof *sets, &memory, NULL))
            return graph_no_memory(g);
        s->sets = memory;
        s->set_count = set_count;
        g->backend->write(s->sets, sets, set_count * sizeof *sets);
    }
    if (class_weights) {
        if (g->backend->alloc((scores->c + set_count) * sizeof *class_weights, &memory, NULL))
            return graph_no_memory(g);
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
                                 (layer->inputs[0]->c + s->set_count) * sizeof *class_weights);
}

// What a Dice loss keeps.
struct dice_kept {
    double value;
    double sums[3 * DICE_CHANNELS_MAX];  // of the whole batch, see the backend's dice_sums
    float slopes[2 * DICE_CHANNELS_MAX]; // see dice_slopes
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
    const struct loss_state *s = layer->state;
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
    return loss(g, &layer_dice, scores, labels, (struct loss_state){.weight = weight});
}

static void l1_run(const struct layer *layer, const struct loss_state *s, float weight, void *dx,
                   double *value)
{
    const struct tensor *x = layer->inputs[0];
    (void)s;
    layer->graph->backend->l1(x->dtype, x->data, layer->inputs[1]->data, tensor_count(x), weight,
                              dx, value);
}

struct tensor *loss_l1(struct graph *g, struct tensor *x, struct tensor *target, float weight)
{
    if (!x || !target)
        return NULL;
    if (tensor_count(x) != tensor_count(target) || target->needs_grad)
        return graph_fault(g, "L1 needs a fixed target of its input's shape");
    return loss(g, &layer_loss, x, target, (struct loss_state){.run = l1_run, .weight = weight});
}

static void gan_run(const struct layer *layer, const struct loss_state *s, float weight, void *dx,
                    double *value)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->gan(x->dtype, s->kind, x->data, s->target, tensor_count(x), weight, dx,
                               value);
}

struct tensor *loss_gan(struct graph *g, struct tensor *x, enum gan_loss kind, float target,
                        float weight)
{
    return x ? loss(g, &layer_loss, x, NULL,
                    (struct loss_state){
                        .run = gan_run, .weight = weight, .target = target, .kind = kind})
             : NULL;
}

static void binary_run(const struct layer *layer, const struct loss_state *s, float weight,
                       void *dx, double *value)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->binary_cross_entropy(x->dtype, x->data, layer->inputs[1]->data,
                                                tensor_count(x), s->divisor, weight, dx, value);
}

struct tensor *loss_binary_cross_entropy(struct graph *g, struct tensor *x, struct tensor *target,
                                         size_t divisor, float weight)
{
    if (!x || !target)
        return NULL;
    if (target->dtype != DTYPE_U8 || tensor_count(x) != tensor_count(target))
        return graph_fault(g, "binary cross-entropy needs one byte for each number");
    return loss(g, &layer_loss, x, target,
                (struct loss_state){.run = binary_run, .weight = weight, .divisor = divisor});
}

static void smooth_l1_run(const struct layer *layer, const struct loss_state *s, float weight,
                          void *dx, double *value)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->smooth_l1(x->dtype, x->data, layer->inputs[1]->data, s->beta,
                                     tensor_count(x), s->divisor, weight, dx, value);
}

struct tensor *loss_smooth_l1(struct graph *g, struct tensor *x, struct tensor *target, float beta,
                              size_t divisor, float weight)
{
    if (!x || !target)
        return NULL;
    if (target->dtype != DTYPE_F32 || target->producer || tensor_count(x) != tensor_count(target) ||
        !(beta > 0) || divisor == 0)
        return graph_fault(g, "smooth L1 needs an f32 target for each number, beta and divisor");
    return loss(g, &layer_loss, x, target,
                (struct loss_state){
                    .run = smooth_l1_run, .weight = weight, .beta = beta, .divisor = divisor});
}
