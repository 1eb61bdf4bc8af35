// Fusion, once the whole graph is known. A layer may do the work of the one behind it as well, if
// only that one reads what lies between and the graph does not give it out. Which layers can is
// their own affair (layer_ops.fuse): activations and batch normalization know how.

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
        if (before && before->activation == ACTIVATION_NONE && layer->ops->fuse &&
            layer->ops->fuse(layer, before))
            drop(g, before, layer);
    }
}
