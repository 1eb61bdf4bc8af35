// Fuses layers once the whole graph is known: a layer does the work of the one behind it, too, if
// nobody else reads the tensor between them. layer_ops.fuse decides which layers can. And a layer
// may do the work of an upsampling before it, and of a concatenation in between (layer_ops.join),
// which only copy.

#include "nn/layer.h"

#include <stdlib.h>

// Takes a layer out of the graph. `producer` makes its output now; NULL: nobody does or needs it.
static void drop(struct graph *g, struct layer *producer, struct layer *layer)
{
    layer->output->producer = producer;
    if (producer)
        producer->output = layer->output;
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

// Takes out the upsampling and the concatenation before a layer that can read what they read.
static void join(struct graph *g, struct layer *layer)
{
    struct layer *before = feeder(layer);
    struct layer *concat = before && layer_concats(before) ? before : NULL;
    struct layer *upsample = concat ? feeder(concat) : before;
    if (!layer->ops->join || !upsample || !layer_doubles(upsample) ||
        !layer->ops->join(layer, upsample->inputs[0]->c))
        return;
    layer->inputs[0] = upsample->inputs[0];
    if (concat) {
        layer->inputs[1] = concat->inputs[1];
        layer->input_count = 2;
        drop(g, NULL, concat);
    }
    drop(g, NULL, upsample);
}

void graph_fuse(struct graph *g)
{
    for (struct layer *layer = g->first, *next; layer; layer = next) {
        next = layer->next;
        join(g, layer);
        struct layer *before = feeder(layer);
        if (before && before->activation == ACTIVATION_NONE && layer->ops->fuse &&
            layer->ops->fuse(layer, before))
            drop(g, before, layer);
    }
}
