// Layers whose output has the shape of their input: activation, dropout and add.

#include "base/number.h"
#include "nn/layer.h"

static void activation_forward(struct layer *layer)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->activation_forward(x->dtype, layer->activation, x->data,
                                              layer->output->data, tensor_count(x));
}

static void activation_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    layer->graph->backend->activation_backward(y->dtype, layer->activation, y->data, y->grad,
                                               layer->dx[0], tensor_count(y));
}

static int activation_fuse(struct layer *layer, struct layer *before)
{
    if (!before->ops->fuses_activation)
        return 0;
    before->activation = layer->activation;
    before->backward_reads |= before->ops->fused_reads;
    return 1;
}

static const struct layer_ops layer_activation = {
    .name = "activation",
    .fuse = activation_fuse,
    .backward_reads = LAYER_READS_OUTPUT,
    .forward = activation_forward,
    .backward = activation_backward,
};

struct tensor *activation(struct graph *g, struct tensor *x, enum activation f)
{
    struct layer *layer = x ? layer_new(g, &layer_activation, NULL, x, NULL, 0) : NULL;
    if (!layer)
        return NULL;
    layer->activation = f;
    return layer_output(layer, x->n, x->h, x->w, x->c);
}

struct dropout_state {
    float rate;
    uint64_t place; // number of this layer's output in the graph, so that layers draw differently
};

static void dropout_run(struct layer *layer, const void *from, void *to)
{
    const struct dropout_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *y = layer->output;
    const float rate = g->mode == GRAPH_TRAIN ? s->rate : 0;
    const uint64_t seed = g->seed + 0x9e3779b97f4a7c15u * (s->place + 1);
    const size_t count = y->h * y->w * y->c, bytes = count * dtype_size(y->dtype);
    for (size_t n = 0; n < y->n; n++) {
        const uint64_t photo = ranks_number(g->ranks) * y->n + n; // in the whole batch
        g->backend->dropout(y->dtype, rate, seed + 0xd1342543de82ef95u * photo, g->step,
                            (const char *)from + n * bytes, (char *)to + n * bytes, count);
    }
}

static void dropout_forward(struct layer *layer)
{
    dropout_run(layer, layer->inputs[0]->data, layer->output->data);
}

static void dropout_backward(struct layer *layer)
{
    dropout_run(layer, layer->output->grad, layer->dx[0]);
}

static const struct layer_ops layer_dropout = {
    .name = "dropout",
    .forward = dropout_forward,
    .backward = dropout_backward,
};

struct tensor *dropout(struct graph *g, struct tensor *x, float rate)
{
    if (x && !(rate >= 0 && rate < 1))
        return graph_fault(g, "a dropout rate of %s is not in 0 .. 1", SHORT(rate, 6));
    struct layer *layer =
        x ? layer_new(g, &layer_dropout, NULL, x, NULL, sizeof(struct dropout_state)) : NULL;
    if (!layer)
        return NULL;
    *(struct dropout_state *)layer->state =
        (struct dropout_state){.rate = rate, .place = g->tensor_count};
    return layer_output(layer, x->n, x->h, x->w, x->c);
}

static void add_forward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    layer->graph->backend->add_forward(y->dtype, layer->activation, layer->inputs[0]->data,
                                       layer->inputs[1]->data, y->data, tensor_count(y));
}

static void add_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    for (size_t i = 0; i < 2; i++)
        if (layer->dx[i])
            layer->graph->backend->activation_backward(y->dtype, layer->activation, y->data,
                                                       y->grad, layer->dx[i], tensor_count(y));
}

static const struct layer_ops layer_add = {
    .name = "add",
    .forward = add_forward,
    .backward = add_backward,
    .fuses_activation = 1,
    .fused_reads = LAYER_READS_OUTPUT,
};

struct tensor *add(struct graph *g, struct tensor *a, struct tensor *b)
{
    if (!a || !b)
        return NULL;
    if (a->n != b->n || a->h != b->h || a->w != b->w || a->c != b->c)
        return graph_fault(g, "add: %zux%zux%zux%zu and %zux%zux%zux%zu differ", a->n, a->h, a->w,
                           a->c, b->n, b->h, b->w, b->c);
    struct layer *layer = layer_new(g, &layer_add, NULL, a, b, 0);
    return layer ? layer_output(layer, a->n, a->h, a->w, a->c) : NULL;
}
