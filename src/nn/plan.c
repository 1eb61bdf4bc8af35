// The arena's plan. Time runs over the layers forward and then backward; a buffer lives from the
// step that writes it to the last step that reads it, and buffers whose lives do not meet may share
// memory. Placement is greedy: largest buffer first, at the lowest offset free for its whole life.
//
// A tensor read by several layers gets its gradient in parts. The first part (of the layer that is
// last in order) is written straight into the tensor's gradient, each further one into a buffer
// that lives for one step and is added.

#include "nn/layer.h"

#include <stdlib.h>

#include "base/error.h"

#define ALIGNMENT 64

struct buffer {
    size_t bytes, first, last, offset;
    size_t *out; // where the offset goes
};

struct plan {
    struct buffer *buffers;
    size_t count, room;
};

static int plan_add(struct plan *plan, size_t bytes, size_t first, size_t last, size_t *out)
{
    if (plan->count == plan->room) {
        size_t room = plan->room ? 2 * plan->room : 256;
        struct buffer *buffers = realloc(plan->buffers, room * sizeof *buffers);
        if (!buffers)
            return SWATCH_FAILED;
        plan->buffers = buffers;
        plan->room = room;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    plan->buffers[plan->count++] = (struct buffer){bytes, first, last, 0, out};
    return SWATCH_OK;
}

static int by_size(const void *a, const void *b)
{
    const struct buffer *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->out < y->out ? -1 : x->out > y->out;
}

static int by_offset(const void *a, const void *b)
{
    const struct buffer *const *x = a, *const *y = b;
    return (*x)->offset < (*y)->offset ? -1 : (*x)->offset > (*y)->offset;
}

// Returns the arena's size, or SIZE_MAX when memory is lacking.
static size_t plan_place(struct plan *plan)
{
    struct buffer **placed = malloc((plan->count + 1) * sizeof *placed);
    size_t top = 0;
    if (!placed)
        return SIZE_MAX;
    qsort(plan->buffers, plan->count, sizeof *plan->buffers, by_size);
    for (size_t i = 0; i < plan->count; i++) {
        struct buffer *b = &plan->buffers[i];
        for (size_t k = 0; k < i; k++) {
            const struct buffer *p = placed[k];
            if (p->first > b->last || b->first > p->last)
                continue;
            if (b->offset + b->bytes <= p->offset)
                break;
            if (p->offset + p->bytes > b->offset)
                b->offset = p->offset + p->bytes;
        }
        placed[i] = b;
        qsort(placed, i + 1, sizeof *placed, by_offset);
        if (b->offset + b->bytes > top)
            top = b->offset + b->bytes;
    }
    for (size_t i = 0; i < plan->count; i++)
        *plan->buffers[i].out = plan->buffers[i].offset;
    free(placed);
    return top;
}

// The place of `x` among the inputs of `layer` if its gradient flows back through it.
static int gives_gradient(const struct layer *layer, size_t i)
{
    return layer->output->needs_grad && layer->inputs[i]->needs_grad;
}

int graph_plan(struct graph *g, swatch_error *error)
{
    struct plan plan = {0};
    size_t layers = 0, top;
    int failed = 0;

    for (struct layer *layer = g->first; layer; layer = layer->next)
        layers++;
    const int training = g->mode == GRAPH_TRAIN;
    const size_t end = training ? 2 * layers : layers;

    for (size_t t = 0; t < g->tensor_count; t++) {
        struct tensor *x = g->tensors[t];
        size_t first = 0, last = 0, step = 0, grad_first = end, grad_last = end;
        int wants_grad = 0, used = 0;
        for (struct layer *layer = g->first; layer; layer = layer->next, step++) {
            const size_t back = 2 * layers - 1 - step;
            const int goes_back = training && layer->output->needs_grad;
            if (layer->output == x) {
                first = step;
                used = 1;
                if (last < step)
                    last = step;
                if (goes_back && layer->backward_reads & LAYER_READS_OUTPUT)
                    last = back;
                grad_last = back;
            }
            for (size_t i = 0; i < layer->input_count; i++) {
                if (layer->inputs[i] != x)
                    continue;
                used = 1;
                if (last < step)
                    last = step;
                if (goes_back && layer->backward_reads & LAYER_READS_INPUT && last < back)
                    last = back;
                if (training && gives_gradient(layer, i)) {
                    wants_grad = 1;
                    grad_first = back; // ends as that of the last layer, which goes back first
                    layer->dx_adds[i] = 0;
                }
            }
        }
        if (!used)
            continue;
        if (!x->producer || x->kept) {
            first = x->producer ? first : 0;
            last = end;
        }
        failed |=
            plan_add(&plan, tensor_count(x) * dtype_size(x->dtype), first, last, &x->data_offset);
        if (!wants_grad)
            continue;
        if (x->kept)
            grad_last = end;
        failed |= plan_add(&plan, tensor_count(x) * dtype_size(x->dtype), grad_first, grad_last,
                           &x->grad_offset);
        x->grad = x; // marks it; the pointer follows below
        // All but the last reader's part go through buffers of their own.
        step = 0;
        for (struct layer *layer = g->first; layer; layer = layer->next, step++)
            for (size_t i = 0; i < layer->input_count; i++)
                if (layer->inputs[i] == x && gives_gradient(layer, i)) {
                    const size_t back = 2 * layers - 1 - step;
                    int twin = 0; // an input of the same layer before this one
                    for (size_t k = 0; k < i; k++)
                        twin |= layer->inputs[k] == x;
                    layer->dx[i] = x; // marks it, too
                    layer->dx_adds[i] = back != grad_first || twin;
                    if (layer->dx_adds[i])
                        failed |= plan_add(&plan, tensor_count(x) * dtype_size(x->dtype), back,
                                           back, &layer->dx_offset[i]);
                }
    }
    size_t step = 0;
    for (struct layer *layer = g->first; layer; layer = layer->next, step++) {
        if (layer->saved_bytes)
            failed |= plan_add(&plan, layer->saved_bytes, step,
                               training ? 2 * layers - 1 - step : step, &layer->saved_offset);
        if (layer->kept_bytes)
            failed |= plan_add(&plan, layer->kept_bytes, 0, end, &layer->kept_offset);
    }
    failed |= plan_add(&plan, sizeof *g->step, 0, end, &g->step_offset);

    top = failed ? SIZE_MAX : plan_place(&plan);
    free(plan.buffers);
    if (top == SIZE_MAX)
        return error_memory(error);
    g->arena_bytes = top + ALIGNMENT;
    g->scratch_bytes = (g->scratch_bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (g->backend->alloc(g->arena_bytes, &g->arena, NULL) ||
        g->backend->alloc(g->scratch_bytes, &g->scratch, NULL))
        return error_set(error, SWATCH_FAILED, "out of memory: the network needs %zu MB",
                         (g->arena_bytes + g->scratch_bytes) >> 20);
    // But for what layers keep no buffer is read before it is written; there zeros only make a
    // mistake repeatable.
    g->backend->zero(g->arena, g->arena_bytes);

    char *arena = g->arena;
    g->step = (void *)(arena + g->step_offset);
    for (size_t t = 0; t < g->tensor_count; t++) {
        struct tensor *x = g->tensors[t];
        x->data = arena + x->data_offset;
        if (x->grad)
            x->grad = arena + x->grad_offset;
    }
    for (struct layer *layer = g->first; layer; layer = layer->next) {
        layer->saved = layer->saved_bytes ? arena + layer->saved_offset : NULL;
        layer->kept = layer->kept_bytes ? arena + layer->kept_offset : NULL;
        for (size_t i = 0; i < layer->input_count; i++)
            if (layer->dx[i])
                layer->dx[i] =
                    layer->dx_adds[i] ? arena + layer->dx_offset[i] : layer->inputs[i]->grad;
    }
    return SWATCH_OK;
}
