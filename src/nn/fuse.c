// Fusion, once the whole graph is known. A layer's only reader may be drawn into it:
//   convolution, batch normalization -> convolution with scaled weights and new bias: at inference,
//     and in training where no gradient passes and the statistics are fixed; where the backend
//     lets the host do so;
//   always: a layer that can, activation -> the layer with its activation fused.
// A tensor that someone else reads, or that is an output of the graph, is left alone.

#include "nn/layer.h"

#include <stdlib.h>

static void drop(struct graph *g, struct layer *before, struct layer *layer)
{
    layer->output->producer = before;
    before->output = layer->output;
    for (struct layer **p = &g->first; *p; p = &(*p)->next)
        if (*p == layer) {
            *p = layer->next;
            if (!*p)
                g->end = p;
            break;
        }
    if (layer->ops->free)
        layer->ops->free(layer);
    free(layer->state);
    free((char *)layer->name);
    free(layer);
}

// The layer whose output only `layer` reads, or NULL.
static struct layer *feeder(const struct layer *layer)
{
    const struct tensor *x = layer->inputs[0];
    return x->consumers == 1 && !x->kept ? x->producer : NULL;
}

void graph_fuse(struct graph *g)
{
    for (struct layer *layer = g->first, *next; layer; layer = next) {
        next = layer->next;
        struct layer *before = feeder(layer);
        if (!before || before->activation != ACTIVATION_NONE)
            continue;
        if (g->backend->folds_norm && layer->ops == &layer_batch_norm &&
            !layer->output->needs_grad && batch_norm_fixed(layer) && before->ops == &layer_conv2d &&
            !before->params[2]) {
            conv2d_fold(before, layer);
            drop(g, before, layer);
        } else if (layer->ops == &layer_activation && before->ops->fuses_activation) {
            before->activation = layer->activation;
            before->backward_reads |= before->ops->fused_reads;
            drop(g, before, layer);
        }
    }
}
