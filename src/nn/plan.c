// Plans the arena, the one block of memory in which all buffers of a graph lie, the scratch of its
// calls behind them.
//
// Time is counted in steps: each layer forward, then each layer backward. A buffer lives from the
// step that writes it to the last step that reads it. Buffers that do not live at the same time may
// share memory. The largest buffer is placed first, each at the lowest offset that is free for its
// whole life.
//
// If several layers read a tensor, each computes a part of its gradient. The backward pass meets
// the last reader first, and its part goes straight into the tensor's gradient. Each other part
// goes into a buffer that lives for one step and is added.

#include "nn/layer.h"

#include <stdlib.h>

#include "base/error.h"

#define ALIGNMENT 64
#define SCRATCH_ALIGNMENT 256 // GPUs like that

struct buffer {
    size_t bytes, first, last, offset;
    size_t number; // counts the calls of plan_add
    size_t *out;   // gets the offset
};

struct plan {
    struct buffer *buffers;
    size_t count, room;
    int failed; // 1: memory was lacking
    int training;
    size_t layers;
    size_t end; // the step behind all layers
};

static size_t rounded(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

static void plan_add(struct plan *plan, size_t bytes, size_t first, size_t last, size_t *out)
{
    if (plan->count == plan->room) {
        size_t room = plan->room ? 2 * plan->room : 256;
        struct buffer *buffers = realloc(plan->buffers, room * sizeof *buffers);
        if (!buffers) {
            plan->failed = 1;
            return;
        }
        plan->buffers = buffers;
        plan->room = room;
    }
    bytes = rounded(bytes, ALIGNMENT);
    plan->buffers[plan->count] = (struct buffer){bytes, first, last, 0, plan->count, out};
    plan->count++;
}

// Largest first. Of equals the one added first, so that a graph has the same plan in each run
// (docs/decisions.md, "A graph's plan is the same in every run").
static int by_size(const void *a, const void *b)
{
    const struct buffer *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->number < y->number ? -1 : 1;
}

static int is_behind(const struct buffer *a, const struct buffer *b)
{
    return a->offset != b->offset ? a->offset > b->offset : a->number > b->number;
}

// Chooses the offsets. Returns the arena's size, or SIZE_MAX without memory.
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
        size_t at = i;
        for (; at > 0 && is_behind(placed[at - 1], b); at--)
            placed[at] = placed[at - 1];
        placed[at] = b;
        if (b->offset + b->bytes > top)
            top = b->offset + b->bytes;
    }
    for (size_t i = 0; i < plan->count; i++)
        *plan->buffers[i].out = plan->buffers[i].offset;
    free(placed);
    return top;
}

// The step of the backward pass of the layer whose forward pass is step number `step`.
static size_t back(const struct plan *plan, size_t step)
{
    return 2 * plan->layers - 1 - step;
}

// 1 if the layer computes a gradient of its input number i.
static int gives_gradient(const struct layer *layer, size_t i)
{
    return layer->output->needs_grad && layer->inputs[i]->needs_grad;
}

static size_t later(size_t a, size_t b)
{
    return a > b ? a : b;
}

// The first and the last step in which a tensor and its gradient are needed.
struct life {
    int used, wants_grad;
    size_t first, last, grad_first, grad_last;
};

static struct life life_of(const struct plan *plan, const struct graph *g, const struct tensor *x)
{
    struct life l = {.grad_first = plan->end, .grad_last = plan->end};
    size_t step = 0;
    for (const struct layer *layer = g->first; layer; layer = layer->next, step++) {
        const int goes_back = plan->training && layer->output->needs_grad;
        if (layer->output == x) {
            const int read_back = goes_back && layer->backward_reads & LAYER_READS_OUTPUT;
            l.used = 1;
            l.first = step;
            l.last = later(l.last, read_back ? back(plan, step) : step);
            l.grad_last = back(plan, step);
        }
        for (size_t i = 0; i < layer->input_count; i++) {
            if (layer->inputs[i] != x)
                continue;
            const int read_back = goes_back && layer->backward_reads & LAYER_READS_INPUT;
            l.used = 1;
            l.last = later(l.last, read_back ? back(plan, step) : step);
            if (plan->training && gives_gradient(layer, i)) {
                l.wants_grad = 1;
                l.grad_first = back(plan, step); // the last reader's remains
            }
        }
    }
    if (x->kept)
        l.last = l.grad_last = plan->end;
    if (!x->producer) { // an input, set before the first step
        l.first = 0;
        l.last = g->shares ? l.last : plan->end; // what shares memory is set for each run
    }
    return l;
}

// Plans a buffer for each part of a tensor's gradient but that of the last reader.
static void plan_parts(struct plan *plan, struct graph *g, struct tensor *x, size_t grad_first)
{
    size_t step = 0;
    for (struct layer *layer = g->first; layer; layer = layer->next, step++)
        for (size_t i = 0; i < layer->input_count; i++) {
            if (layer->inputs[i] != x || !gives_gradient(layer, i))
                continue;
            const size_t at = back(plan, step);
            int twin = 0; // 1: the layer reads the tensor twice, and this is not the first time
            for (size_t k = 0; k < i; k++)
                twin |= layer->inputs[k] == x;
            layer->dx[i] = x; // any pointer; hand_out replaces it
            layer->dx_adds[i] = at != grad_first || twin;
            if (layer->dx_adds[i])
                plan_add(plan, tensor_count(x) * dtype_size(x->dtype), at, at,
                         &layer->dx_offset[i]);
        }
}

static void plan_tensor(struct plan *plan, struct graph *g, struct tensor *x)
{
    const struct life l = life_of(plan, g, x);
    const size_t bytes = tensor_count(x) * dtype_size(x->dtype);
    if (!l.used)
        return;
    plan_add(plan, bytes, l.first, l.last, &x->data_offset);
    if (!l.wants_grad)
        return;
    plan_add(plan, bytes, l.grad_first, l.grad_last, &x->grad_offset);
    x->grad = x; // any pointer; hand_out replaces it
    plan_parts(plan, g, x, l.grad_first);
}

static void plan_layers(struct plan *plan, struct graph *g)
{
    size_t step = 0;
    for (struct layer *layer = g->first; layer; layer = layer->next, step++) {
        if (layer->saved_bytes)
            plan_add(plan, layer->saved_bytes, step, plan->training ? back(plan, step) : step,
                     &layer->saved_offset);
        if (layer->kept_bytes)
            plan_add(plan, layer->kept_bytes, 0, plan->end, &layer->kept_offset);
    }
}

void graph_hand_out(struct graph *g)
{
    char *arena = g->arena;
    g->step = (void *)(arena + g->step_offset);
    g->scratch = arena + g->arena_bytes;
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
}

int graph_plan(struct graph *g, swatch_error *error)
{
    struct plan plan = {.training = g->mode == GRAPH_TRAIN};
    for (struct layer *layer = g->first; layer; layer = layer->next) {
        plan.layers++;
        g->shares = g->shares && !layer->kept_bytes;
    }
    plan.end = plan.training ? 2 * plan.layers : plan.layers;
    for (size_t t = 0; t < g->tensor_count; t++)
        plan_tensor(&plan, g, g->tensors[t]);
    plan_layers(&plan, g);
    plan_add(&plan, sizeof *g->step, 0, plan.end, &g->step_offset);
    const size_t top = plan.failed ? SIZE_MAX : plan_place(&plan);
    free(plan.buffers);
    if (top == SIZE_MAX)
        return error_memory(error);
    g->arena_bytes = rounded(top + ALIGNMENT, SCRATCH_ALIGNMENT);
    g->scratch_bytes = rounded(g->scratch_bytes + ALIGNMENT, ALIGNMENT);
    if (g->most_bytes && graph_memory(g) > g->most_bytes)
        return error_set(error, SWATCH_TOO_LARGE, "the network needs %zu MB of memory",
                         graph_memory(g) >> 20);
    if (!g->shares && g->backend->alloc(graph_memory(g), &g->arena, NULL))
        return error_set(error, SWATCH_NO_MEMORY, "out of memory: the network needs %zu MB",
                         graph_memory(g) >> 20);
    if (g->shares) {
        graph_shares(g);
        return SWATCH_OK;
    }
    // What layers keep starts as zeros. Other buffers are written before they are read; zeros there
    // make a mistake repeatable.
    g->backend->zero(g->arena, g->arena_bytes);
    graph_hand_out(g);
    return SWATCH_OK;
}
