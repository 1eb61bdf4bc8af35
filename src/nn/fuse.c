// Fuses layers once the whole graph is known: a layer does the work of the one behind it, too, if
// nobody else reads the tensor between them. layer_ops.fuse decides which layers can.

#include "nn/layer.h"

#include <stdlib.h>

// Takes a fused layer out of the graph.
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

// The layer before this one if nothing else reads its output, else NULL.
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
        if (before && before->activation == ACTIVATION_NONE && layer->ops->fuse &&
            layer->ops->fuse(layer, before))
            drop(g, before, layer);
    }
}
