// Layers that combine channels: concatenation and softmax.

#include "nn/layer.h"

static void concat_forward(struct layer *layer)
{
    const struct tensor *a = layer->inputs[0], *b = layer->inputs[1], *y = layer->output;
    const struct backend *backend = layer->graph->backend;
    backend->copy_channels(y->dtype, a->data, a->c, 0, y->data, y->c, 0, a->c, tensor_rows(y));
    backend->copy_channels(y->dtype, b->data, b->c, 0, y->data, y->c, a->c, b->c, tensor_rows(y));
}

static void concat_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    size_t first = 0;
    for (size_t i = 0; i < 2; i++) {
        const size_t channels = layer->inputs[i]->c;
        if (layer->dx[i])
            layer->graph->backend->copy_channels(y->dtype, y->grad, y->c, first, layer->dx[i],
                                                 channels, 0, channels, tensor_rows(y));
        first += channels;
    }
}

static const struct layer_ops layer_concat = {
    .name = "concat",
    .forward = concat_forward,
    .backward = concat_backward,
};

int layer_concats(const struct layer *layer)
{
    return layer->ops == &layer_concat;
}

struct tensor *concat(struct graph *g, struct tensor *a, struct tensor *b)
{
    if (!a || !b)
        return NULL;
    if (a->n != b->n || a->h != b->h || a->w != b->w)
        return graph_fault(g, "concat: %zux%zux%zu and %zux%zux%zu differ", a->n, a->h, a->w, b->n,
                           b->h, b->w);
    struct layer *layer = layer_new(g, &layer_concat, NULL, a, b, 0);
    return layer ? layer_output(layer, a->n, a->h, a->w, a->c + b->c) : NULL;
}

static void softmax_forward(struct layer *layer)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->softmax_forward(x->dtype, x->data, tensor_rows(x), x->c,
                                           layer->output->data);
}

static void softmax_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    layer->graph->backend->softmax_backward(y->dtype, y->data, y->grad, tensor_rows(y), y->c,
                                            layer->dx[0]);
}

static const struct layer_ops layer_softmax = {
    .name = "softmax",
    .backward_reads = LAYER_READS_OUTPUT,
    .forward = softmax_forward,
    .backward = softmax_backward,
};

struct tensor *softmax(struct graph *g, struct tensor *x)
{
    if (x && x->c > SOFTMAX_CHANNELS_MAX)
        return graph_fault(g, "softmax over %zu channels; at most %d", x->c, SOFTMAX_CHANNELS_MAX);
    struct layer *layer = x ? layer_new(g, &layer_softmax, NULL, x, NULL, 0) : NULL;
    return layer ? layer_output(layer, x->n, x->h, x->w, x->c) : NULL;
}
