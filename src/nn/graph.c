// Builds, runs and frees graphs. plan.c plans their memory, fuse.c fuses layers.

#include "nn/layer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

struct graph *graph_new(const struct backend *backend, enum dtype dtype, enum graph_mode mode,
                        uint64_t seed)
{
    struct graph *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->backend = backend;
    g->dtype = dtype;
    g->mode = mode;
    g->seed = seed;
    g->init = PARAM_NORMAL_002;
    g->end = &g->first;
    return g;
}

void graph_free(struct graph *g)
{
    if (!g)
        return;
    for (struct layer *layer = g->first, *next; layer; layer = next) {
        next = layer->next;
        if (layer->ops->free)
            layer->ops->free(layer);
        free(layer->state);
        free((char *)layer->name);
        free(layer);
    }
    for (size_t i = 0; i < g->tensor_count; i++)
        free(g->tensors[i]);
    free(g->tensors);
    if (g->shares)
        graph_shares_no_more(g);
    else
        g->backend->release(g->arena);
    free(g);
}

void graph_params(struct graph *g, struct params *params, int frozen)
{
    if (params && params->backend != g->backend)
        graph_fault(g, "a network on the %s with parameters on the %s", g->backend->name,
                    params->backend->name);
    g->params = params;
    g->frozen = frozen;
}

void graph_freeze(struct graph *g, int frozen)
{
    g->frozen = frozen;
}

void graph_init(struct graph *g, enum param_init init)
{
    g->init = init;
}

void graph_share(struct graph *g, struct ranks *ranks, int sync_norm)
{
    g->ranks = ranks;
    g->sync_norm = ranks && sync_norm;
}

struct tensor *graph_fault(struct graph *g, const char *format, ...)
{
    if (!g->failed) {
        char text[sizeof g->error.message];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        error_set(&g->error, SWATCH_FAILED, "%s", text);
        g->failed = 1;
    }
    return NULL;
}

struct tensor *graph_no_memory(struct graph *g)
{
    if (!g->failed)
        error_memory(&g->error);
    g->failed = 1;
    return NULL;
}

static struct tensor *tensor_new(struct graph *g, enum dtype dtype, size_t n, size_t h, size_t w,
                                 size_t c)
{
    size_t count;
    if (__builtin_mul_overflow(n, h, &count) || __builtin_mul_overflow(count, w, &count) ||
        __builtin_mul_overflow(count, c, &count) || count == 0 || count > SIZE_MAX / 64)
        return graph_fault(g, "a tensor of %zu x %zu x %zu x %zu is empty or too large", n, h, w,
                           c);
    if (g->tensor_count == g->tensor_room) {
        size_t room = g->tensor_room ? 2 * g->tensor_room : 64;
        struct tensor **tensors = realloc(g->tensors, room * sizeof *tensors);
        if (!tensors)
            return graph_no_memory(g);
        g->tensors = tensors;
        g->tensor_room = room;
    }
    struct tensor *t = calloc(1, sizeof *t);
    if (!t)
        return graph_no_memory(g);
    *t = (struct tensor){.graph = g, .n = n, .h = h, .w = w, .c = c, .dtype = dtype};
    return g->tensors[g->tensor_count++] = t;
}

struct tensor *graph_input(struct graph *g, size_t n, size_t h, size_t w, size_t c)
{
    return tensor_new(g, g->dtype, n, h, w, c);
}

struct tensor *graph_input_labels(struct graph *g, size_t n, size_t h, size_t w, size_t c)
{
    return tensor_new(g, DTYPE_U8, n, h, w, c);
}

struct tensor *graph_input_f32(struct graph *g, size_t n, size_t h, size_t w, size_t c)
{
    return tensor_new(g, DTYPE_F32, n, h, w, c);
}

struct tensor *graph_output(struct graph *g, struct tensor *tensor)
{
    (void)g;
    if (tensor)
        tensor->kept = 1;
    return tensor;
}

struct layer *layer_new(struct graph *g, const struct layer_ops *ops, const char *stem,
                        struct tensor *a, struct tensor *b, size_t state_bytes)
{
    if (g->failed)
        return NULL;
    struct layer *layer = calloc(1, sizeof *layer);
    void *state = calloc(1, state_bytes ? state_bytes : 1);
    char *name = strdup(stem ? stem : "");
    if (!layer || !state || !name) {
        free(layer);
        free(state);
        free(name);
        graph_no_memory(g);
        return NULL;
    }
    layer->ops = ops;
    layer->graph = g;
    layer->name = name;
    layer->set = g->params;
    layer->frozen = g->frozen;
    layer->share = 1 / (double)ranks_count(g->ranks);
    layer->backward_reads = ops->backward_reads;
    layer->state = state;
    layer->inputs[0] = a;
    layer->inputs[1] = b;
    layer->input_count = b ? 2 : 1;
    // In the list at once, so that graph_free finds it even after a fault.
    *g->end = layer;
    g->end = &layer->next;
    return layer;
}

void layer_input(struct layer *layer, struct tensor *x)
{
    if (layer->input_count == LAYER_INPUTS)
        graph_fault(layer->graph, "%s has more than %d inputs", layer->ops->name, LAYER_INPUTS);
    else
        layer->inputs[layer->input_count++] = x;
}

struct tensor *layer_output(struct layer *layer, size_t n, size_t h, size_t w, size_t c)
{
    struct graph *g = layer->graph;
    if (g->failed)
        return NULL;
    struct tensor *y = tensor_new(g, g->dtype, n, h, w, c);
    if (!y)
        return NULL;
    for (size_t i = 0; i < layer->input_count; i++) {
        layer->inputs[i]->consumers++;
        y->needs_grad |= layer->inputs[i]->needs_grad;
    }
    y->needs_grad |= layer->params[0] && layer_learns(layer);
    y->producer = layer;
    layer->output = y;
    return y;
}

int layer_param(struct layer *layer, size_t index, const char *suffix,
                const struct param_spec *spec)
{
    struct graph *g = layer->graph;
    if (g->failed)
        return 1;
    if (!layer->set) {
        graph_fault(g, "%s: no parameters were given to the graph", layer->name);
        return 1;
    }
    char name[PARAM_NAME_MAX];
    if ((size_t)snprintf(name, sizeof name, "%s%s", layer->name, suffix) >= sizeof name) {
        graph_fault(g, "%s%s: name too long", layer->name, suffix);
        return 1;
    }
    if (params_get(layer->set, name, spec, &layer->params[index], &g->error)) {
        g->failed = 1;
        return 1;
    }
    return 0;
}

int graph_check(const struct graph *g, swatch_error *error)
{
    if (!g)
        return error_memory(error);
    return g->failed ? error_set(error, g->error.status, "%s", g->error.message) : SWATCH_OK;
}

// Takes the wish for a gradient from tensors that lead to no loss. Tensors are in the order in
// which they were made, so going backwards meets the readers of a tensor before the tensor.
static void forget_dead_ends(struct graph *g)
{
    for (size_t t = g->tensor_count; t-- > 0;) {
        struct tensor *x = g->tensors[t];
        if (!x->producer || x->producer->output != x)
            continue;
        x->needs_grad &= x->leads_to_loss || x->producer->ops->is_loss;
        for (size_t i = 0; x->needs_grad && i < x->producer->input_count; i++)
            x->producer->inputs[i]->leads_to_loss = 1;
    }
}

int graph_finish(struct graph *g, swatch_error *error)
{
    if (graph_check(g, error))
        return SWATCH_FAILED;
    graph_fuse(g);
    if (graph_check(g, error))
        return SWATCH_FAILED;
    forget_dead_ends(g);
    for (struct layer *layer = g->first; layer; layer = layer->next)
        if (layer->ops->prepare &&
            (memory_probe(0, "the network", error) || layer->ops->prepare(layer, error)))
            return SWATCH_FAILED;
    return graph_plan(g, error);
}

void graph_pack(struct graph *g)
{
    for (struct layer *layer = g->first; layer; layer = layer->next)
        if (layer->ops->pack)
            layer->ops->pack(layer);
}

void graph_set(struct tensor *input, const float *values)
{
    input->graph->backend->upload(input->dtype, values, input->data, tensor_count(input));
}

void graph_set_labels(struct tensor *input, const uint8_t *labels)
{
    input->graph->backend->write(input->data, labels, tensor_count(input));
}

void graph_copy(struct tensor *to, const struct tensor *from)
{
    to->graph->backend->copy(to->data, from->data, tensor_count(to) * dtype_size(to->dtype));
}

void graph_get(const struct tensor *tensor, float *values)
{
    tensor->graph->backend->download(tensor->dtype, tensor->data, values, tensor_count(tensor));
}

void graph_get_grad(const struct tensor *tensor, float *values)
{
    tensor->graph->backend->download(tensor->dtype, tensor->grad, values, tensor_count(tensor));
}

void graph_forward_part(struct graph *g, const struct tensor *after, const struct tensor *last)
{
    const struct layer *end = last ? last->producer->next : NULL;
    for (struct layer *layer = after ? after->producer->next : g->first; layer != end;
         layer = layer->next)
        layer->ops->forward(layer);
}

void graph_forward(struct graph *g)
{
    graph_forward_part(g, NULL, NULL);
}

static void backward_from(struct graph *g, struct layer *layer)
{
    if (!layer)
        return;
    // Recursion goes through the singly linked list backwards; graphs have a few hundred layers.
    backward_from(g, layer->next);
    if (!layer->output->needs_grad)
        return;
    layer->ops->backward(layer);
    for (size_t i = 0; i < layer->input_count; i++)
        if (layer->dx_adds[i]) {
            struct tensor *x = layer->inputs[i];
            g->backend->add_forward(x->dtype, ACTIVATION_NONE, x->grad, layer->dx[i], x->grad,
                                    tensor_count(x));
        }
    for (size_t i = 0; g->complete && i < LAYER_PARAMS; i++)
        if (layer->completes & 1u << i)
            g->complete(g->complete_user, layer->params[i]);
}

// 1 if a layer before `end` adds to the parameter's gradient, which it does later.
static int learned_before(const struct graph *g, const struct layer *end, const struct param *p)
{
    for (const struct layer *layer = g->first; layer != end; layer = layer->next)
        for (size_t i = 0; i < LAYER_PARAMS; i++)
            if (layer->params[i] == p && layer_learns(layer) && layer->output->needs_grad)
                return 1;
    return 0;
}

void graph_watch(struct graph *g, void (*complete)(void *user, struct param *param), void *user)
{
    g->complete = complete;
    g->complete_user = user;
    for (struct layer *layer = g->first; layer; layer = layer->next)
        for (size_t i = 0; i < LAYER_PARAMS; i++) {
            const struct param *p = layer->params[i];
            if (p && p->trainable && layer_learns(layer) && layer->output->needs_grad &&
                !learned_before(g, layer, p))
                layer->completes |= 1u << i;
        }
}

void graph_backward(struct graph *g)
{
    backward_from(g, g->first);
}

double graph_loss(const struct tensor *loss)
{
    double value;
    loss->graph->backend->read(&value, loss->producer->kept, sizeof value);
    return graph_loss_of(loss, value);
}

void graph_loss_copy(const struct tensor *loss, double *to)
{
    loss->graph->backend->copy(to, loss->producer->kept, sizeof *to);
}

double graph_loss_of(const struct tensor *loss, double copied)
{
    return loss->producer->share * copied;
}

void graph_loss_share(struct tensor *loss, double share)
{
    loss->producer->share = share;
}

void graph_set_step(struct graph *g, uint64_t step)
{
    g->backend->write(g->step, &step, sizeof step);
}

double graph_flops(const struct graph *g, int with_backward)
{
    double flops = 0;
    for (const struct layer *layer = g->first; layer; layer = layer->next)
        flops += layer->forward_flops + (with_backward ? layer->backward_flops : 0);
    return flops;
}

size_t graph_memory(const struct graph *g)
{
    return g->arena_bytes + g->scratch_bytes;
}

void graph_limit(struct graph *g, size_t bytes)
{
    g->most_bytes = bytes;
}
