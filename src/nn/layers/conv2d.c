// Convolution, transposed convolution, and the fully connected layer, a convolution whose kernel
// covers the whole input. The backend keeps packed copies of the weights, which the forward pass
// renews when the parameters' version has changed. Where they never change, convolutions of all
// graphs, in all threads, share the copies that are alike.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "nn/layer.h"

enum { WEIGHT, BIAS, GAMMA, BETA, MEAN, VARIANCE };

struct conv2d_state {
    struct conv *conv;
    struct conv_shape shape;
    int transposed;
    int flat;           // 1: the device gets a photo as one pixel of many channels; see flatten
    int wide;           // 1: an upsampling before it is its own work; see widen
    float *wide_grad;   // gradient of the wider weights, where they learn
    float *folded_bias; // with the folded normalization; NULL without one
    float fold_epsilon;
    uint64_t packed_version;
    struct layer *next_packed; // see struct param
};

// A kernel that covers the whole input is a product of matrices, which is faster as a convolution
// of 1x1: a photo becomes a pixel, and its pixels' channels become channels. The weights' order
// changes with it (write_flat). Only at inference, where nobody reads the gradients in that order,
// and for a device that takes weights from host memory.
static void flatten(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct conv_shape c = s->shape;
    if (g->mode != GRAPH_INFER || !g->backend->host_weights || s->transposed || s->folded_bias ||
        c.groups != 1 || c.kernel_h != c.h || c.kernel_w != c.w || c.h * c.w == 1 || c.out_h != 1 ||
        c.out_w != 1 || c.top || c.left || c.doubled)
        return;
    s->flat = 1;
    s->shape = (struct conv_shape){.n = 1,
                                   .h = 1,
                                   .w = c.n,
                                   .c = c.h * c.w * c.c,
                                   .out_h = 1,
                                   .out_w = c.n,
                                   .out_c = c.out_c,
                                   .kernel_h = 1,
                                   .kernel_w = 1,
                                   .stride = 1,
                                   .dilation = 1,
                                   .groups = 1};
}

// (O, I, KH, KW) -> (O, KH, KW, I).
static void write_flat(const struct param *w, float *to)
{
    const size_t channels = w->shape[1], area = w->shape[2] * w->shape[3];
    for (size_t o = 0; o < w->shape[0]; o++)
        for (size_t i = 0; i < channels; i++)
            for (size_t k = 0; k < area; k++)
                to[(o * area + k) * channels + i] = param_at(w, (o * channels + i) * area + k);
}

// To repeat each pixel, twice in both directions, and then convolve is one transposed convolution
// of stride 2. Its kernel is one wider than the convolution's, and each of its weights is the sum
// of those that meet the same pixel (write_wide). An output then takes (k + 1)^2 / 4 products a
// channel, not k^2. Kernels of 3x3, which minimal filtering makes as quick, stay as they are. For a
// device that takes weights from host memory.
static int widen(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    const struct conv_shape c = s->shape;
    if (!layer->graph->backend->host_weights || c.groups != 1 || c.stride != 1 || c.dilation != 1 ||
        c.kernel_h < 4 || c.kernel_w < 4 || c.out_h != c.h || c.out_w != c.w)
        return 0;
    s->wide = s->transposed = 1;
    s->shape = (struct conv_shape){.n = c.n,
                                   .h = c.h,
                                   .w = c.w,
                                   .c = c.out_c,
                                   .out_h = c.h / 2,
                                   .out_w = c.w / 2,
                                   .out_c = c.c,
                                   .kernel_h = c.kernel_h + 1,
                                   .kernel_w = c.kernel_w + 1,
                                   .stride = 2,
                                   .dilation = 1,
                                   .groups = 1,
                                   .top = c.kernel_h - 1 - c.top,
                                   .left = c.kernel_w - 1 - c.left,
                                   .bottom = c.top,
                                   .right = c.left};
    return 1;
}

static size_t wide_count(const struct param *w)
{
    return w->shape[0] * w->shape[1] * (w->shape[2] + 1) * (w->shape[3] + 1);
}

// Where the wider weights (I, O, KH + 1, KW + 1) of pair number `pair` of (O, I, KH, KW) begin.
static size_t wide_pair(const struct param *w, size_t pair)
{
    const size_t o = pair / w->shape[1], i = pair % w->shape[1];
    return (i * w->shape[0] + o) * (w->shape[2] + 1) * (w->shape[3] + 1);
}

static void write_wide(const struct param *w, float *to)
{
    const size_t height = w->shape[2], width = w->shape[3], row = width + 1;
    memset(to, 0, wide_count(w) * sizeof *to);
    for (size_t pair = 0, k = 0; pair < w->shape[0] * w->shape[1]; pair++) {
        float *wide = to + wide_pair(w, pair);
        for (size_t y = height; y-- > 0;)
            for (size_t x = width; x-- > 0; k++) {
                const float weight = param_at(w, k);
                wide[y * row + x] += weight;
                wide[y * row + x + 1] += weight;
                wide[(y + 1) * row + x] += weight;
                wide[(y + 1) * row + x + 1] += weight;
            }
    }
}

// The gradient of a weight is the sum of those of the wider weights that it is part of.
static void add_wide(const struct param *w, const float *from, float *gradient, int adds)
{
    const size_t height = w->shape[2], width = w->shape[3], row = width + 1;
    for (size_t pair = 0, k = 0; pair < w->shape[0] * w->shape[1]; pair++) {
        const float *wide = from + wide_pair(w, pair);
        for (size_t y = height; y-- > 0;)
            for (size_t x = width; x-- > 0; k++) {
                const float sum = wide[y * row + x] + wide[y * row + x + 1] +
                                  wide[(y + 1) * row + x] + wide[(y + 1) * row + x + 1];
                gradient[k] = adds ? gradient[k] + sum : sum;
            }
    }
}

// 1 if the backend gets numbers that are computed from the parameter.
static int writes_weights(const struct layer *layer)
{
    const struct conv2d_state *s = layer->state;
    return s->folded_bias || s->flat || s->wide || layer->params[WEIGHT]->half;
}

static int conv2d_prepare(struct layer *layer, swatch_error *error)
{
    struct conv2d_state *s = layer->state;
    struct graph *g = layer->graph;
    const struct tensor *skip = layer->input_count > 1 ? layer->inputs[1] : NULL;
    const int need_dx =
        g->mode == GRAPH_TRAIN && (layer->inputs[0]->needs_grad || (skip && skip->needs_grad));
    const int need_dw = layer_learns(layer);
    const struct conv_shape *c = &s->shape;

    flatten(layer);
    layer->forward_flops = 2.0 * (double)(c->n * c->out_h * c->out_w * c->out_c) *
                           (double)(c->c / c->groups * c->kernel_h * c->kernel_w);
    layer->backward_flops = (need_dx + need_dw) * layer->forward_flops;
    const struct param *w = layer->params[WEIGHT];
    const size_t sums =
        need_dw && layer->params[BIAS] ? g->backend->sum_scratch(layer->output->c) : 0;
    const size_t written =
        writes_weights(layer) ? (s->wide ? wide_count(w) : w->count) * sizeof(float) : 0;
    g->scratch_bytes = size_most(g->scratch_bytes, size_most(sums, written));
    if (s->wide && need_dw && !(s->wide_grad = malloc(wide_count(w) * sizeof(float))))
        return error_memory(error);
    return g->backend->conv_new(c, g->dtype, s->transposed, layer->params[BIAS] || s->folded_bias,
                                layer->activation, need_dx, need_dw, &g->scratch_bytes, &s->conv,
                                error);
}

// w' = w gamma / deviation, b' = beta + (b - mean) gamma / deviation.
static void fold_norm(struct layer *layer, float *weights)
{
    const struct conv2d_state *s = layer->state;
    const struct param *w = layer->params[WEIGHT];
    const size_t window = w->count / w->shape[0];
    for (size_t i = 0; i < w->shape[0]; i++) {
        const float scale = layer->params[GAMMA]->value[i] /
                            sqrtf(layer->params[VARIANCE]->value[i] + s->fold_epsilon);
        const float bias = layer->params[BIAS] ? layer->params[BIAS]->value[i] : 0;
        s->folded_bias[i] =
            layer->params[BETA]->value[i] + (bias - layer->params[MEAN]->value[i]) * scale;
        for (size_t k = i * window; k < (i + 1) * window; k++)
            weights[k] = param_at(w, k) * scale;
    }
}

static void pack(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct param *w = layer->params[WEIGHT];
    float *written = writes_weights(layer) ? g->scratch : NULL;
    if (s->folded_bias)
        fold_norm(layer, written);
    else if (s->flat)
        write_flat(w, written);
    else if (s->wide)
        write_wide(w, written);
    else if (written)
        for (size_t i = 0; i < w->count; i++)
            written[i] = param_at(w, i);
    g->backend->conv_pack(s->conv, written ? written : w->device.value);
}

// 1 if both make the same of the same parameters before the backend packs it.
static int packs_the_same(const struct layer *a, const struct layer *b)
{
    const struct conv2d_state *s = a->state, *t = b->state;
    for (size_t i = 0; i < LAYER_PARAMS; i++)
        if (a->params[i] != b->params[i])
            return 0;
    return s->transposed == t->transposed && s->flat == t->flat &&
           s->fold_epsilon == t->fold_epsilon;
}

// Packs, or takes what another convolution has packed, and lets further ones take it.
static void pack_shared(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    struct layer **list = &layer->params[WEIGHT]->packed, *other;
    pthread_mutex_lock(&layer->set->lock);
    for (other = *list; other; other = ((struct conv2d_state *)other->state)->next_packed) {
        const struct conv2d_state *theirs = other->state;
        if (!packs_the_same(layer, other) ||
            !layer->graph->backend->conv_share(s->conv, theirs->conv))
            continue;
        if (s->folded_bias)
            memcpy(s->folded_bias, theirs->folded_bias, layer->output->c * sizeof(float));
        break;
    }
    if (!other)
        pack(layer);
    s->next_packed = *list;
    *list = layer;
    pthread_mutex_unlock(&layer->set->lock);
}

static int shares(const struct layer *layer)
{
    return layer->graph->mode == GRAPH_INFER && layer->set->closed &&
           layer->graph->backend->conv_share;
}

static void conv2d_pack(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    if (s->packed_version == layer->set->version)
        return;
    if (shares(layer))
        pack_shared(layer);
    else
        pack(layer);
    s->packed_version = layer->set->version;
}

// The second buffer of an input with doubled channels, or NULL.
static const void *skip_of(const struct layer *layer)
{
    return layer->input_count > 1 ? layer->inputs[1]->data : NULL;
}

static void conv2d_forward(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    const struct graph *g = layer->graph;
    const float *bias = s->folded_bias        ? s->folded_bias
                        : layer->params[BIAS] ? layer->params[BIAS]->device.value
                                              : NULL;
    conv2d_pack(layer);
    g->backend->conv_forward(s->conv, layer->inputs[0]->data, skip_of(layer), bias,
                             layer->output->data, g->scratch);
}

static void conv2d_backward(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *y = layer->output;
    int adds;
    if (layer->activation != ACTIVATION_NONE)
        g->backend->activation_backward(y->dtype, layer->activation, y->data, y->grad, y->grad,
                                        tensor_count(y));
    if (layer_learns(layer)) {
        float *dw = param_grad(layer->params[WEIGHT], &adds);
        g->backend->conv_backward_weights(s->conv, layer->inputs[0]->data, skip_of(layer), y->grad,
                                          s->wide ? s->wide_grad : dw, !s->wide && adds,
                                          g->scratch);
        if (s->wide)
            add_wide(layer->params[WEIGHT], s->wide_grad, dw, adds);
        if (layer->params[BIAS]) {
            float *db = param_grad(layer->params[BIAS], &adds);
            g->backend->bias_backward(y->dtype, y->grad, tensor_rows(y), y->c, db, adds,
                                      g->scratch);
        }
    }
    if (layer->dx[0] || layer->dx[1])
        g->backend->conv_backward_data(s->conv, y->grad, layer->dx[0], layer->dx[1], g->scratch);
}

// Lets nobody take this convolution's weights any more.
static void leave(struct layer *layer)
{
    pthread_mutex_lock(&layer->set->lock);
    struct layer **at = &layer->params[WEIGHT]->packed;
    while (*at != layer)
        at = &((struct conv2d_state *)(*at)->state)->next_packed;
    *at = ((struct conv2d_state *)layer->state)->next_packed;
    pthread_mutex_unlock(&layer->set->lock);
}

static void conv2d_free(struct layer *layer)
{
    struct conv2d_state *s = layer->state;
    if (s->packed_version != UINT64_MAX && shares(layer))
        leave(layer);
    layer->graph->backend->conv_free(s->conv);
    free(s->folded_bias);
    free(s->wide_grad);
}

static int conv2d_fold(struct layer *conv, struct param *const params[4], float epsilon)
{
    struct conv2d_state *s = conv->state;
    if (s->folded_bias || s->wide)
        return 0;
    s->folded_bias = malloc(conv->output->c * sizeof(float));
    if (!s->folded_bias)
        graph_no_memory(conv->graph);
    s->fold_epsilon = epsilon;
    for (size_t i = 0; i < 4; i++)
        conv->params[GAMMA + i] = params[i];
    return 1;
}

static int conv2d_join(struct layer *conv, size_t doubled)
{
    struct conv2d_state *s = conv->state;
    const struct backend *backend = conv->graph->backend;
    struct conv_shape shape = s->shape;
    if (doubled == shape.c)
        return widen(conv);
    shape.doubled = doubled;
    if (!backend->conv_doubles ||
        !backend->conv_doubles(&shape, conv->graph->dtype, conv->graph->mode == GRAPH_TRAIN))
        return 0;
    s->shape = shape;
    return 1;
}

static const struct layer_ops layer_conv2d = {
    .name = "conv2d",
    .backward_reads = LAYER_READS_INPUT,
    .prepare = conv2d_prepare,
    .pack = conv2d_pack,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
    .free = conv2d_free,
    .fold_norm = conv2d_fold,
    .join = conv2d_join,
    .fuses_activation = 1,
    .fused_reads = LAYER_READS_OUTPUT,
};

// The same without fold_norm: the output channels are not the weights' first side here.
static const struct layer_ops layer_conv_transpose2d = {
    .name = "conv_transpose2d",
    .backward_reads = LAYER_READS_INPUT,
    .prepare = conv2d_prepare,
    .pack = conv2d_pack,
    .forward = conv2d_forward,
    .backward = conv2d_backward,
    .free = conv2d_free,
    .fuses_activation = 1,
    .fused_reads = LAYER_READS_OUTPUT,
};

// Computes the output's side and the padding of one axis. Returns 0 if the kernel does not fit.
static size_t axis(size_t in, size_t kernel, const struct conv2d *o, size_t *before, size_t *after)
{
    const size_t span = (kernel - 1) * o->dilation + 1;
    if (o->same) {
        const size_t out = (in + o->stride - 1) / o->stride;
        const size_t need = (out - 1) * o->stride + span;
        const size_t total = need > in ? need - in : 0;
        *before = total / 2;
        *after = total - total / 2;
        return out;
    }
    *before = *after = o->pad;
    return in + 2 * o->pad < span ? 0 : (in + 2 * o->pad - span) / o->stride + 1;
}

static struct conv2d with_defaults(struct conv2d o)
{
    o.stride += o.stride == 0;
    o.dilation += o.dilation == 0;
    o.groups += o.groups == 0;
    return o;
}

// Adds parameters and output. `shape` is that of the convolution, also for the transposed one,
// whose input and output are exchanged.
static struct tensor *conv_layer(struct layer *layer, const struct conv_shape *shape, int bias,
                                 size_t out_channels, size_t in_channels)
{
    struct conv2d_state *s = layer->state;
    const size_t window = shape->kernel_h * shape->kernel_w;
    s->shape = *shape;
    s->packed_version = UINT64_MAX;
    const struct param_spec weights = {
        .rank = 4,
        .shape = {shape->out_c, shape->c / shape->groups, shape->kernel_h, shape->kernel_w},
        .init = layer->graph->init,
        .fan_in = in_channels / shape->groups * window,
        .fan_out = out_channels / shape->groups * window,
        .trainable = 1};
    const struct param_spec biases = {
        .rank = 1, .shape = {out_channels}, .init = PARAM_ZERO, .trainable = 1};
    if (layer_param(layer, WEIGHT, ".weight", &weights) ||
        (bias && layer_param(layer, BIAS, ".bias", &biases)))
        return NULL;
    return s->transposed ? layer_output(layer, shape->n, shape->h, shape->w, out_channels)
                         : layer_output(layer, shape->n, shape->out_h, shape->out_w, out_channels);
}

static struct tensor *convolution(struct graph *g, struct tensor *x, const char *name,
                                  struct conv2d o, size_t kernel_h, size_t kernel_w)
{
    if (!x)
        return NULL;
    o = with_defaults(o);
    if (o.channels == 0 || kernel_h == 0 || kernel_w == 0 || x->c % o.groups ||
        o.channels % o.groups)
        return graph_fault(g, "%s: %zu channels from %zu in %zu groups is no convolution", name,
                           o.channels, x->c, o.groups);
    struct conv_shape shape = {.n = x->n,
                               .h = x->h,
                               .w = x->w,
                               .c = x->c,
                               .out_c = o.channels,
                               .kernel_h = kernel_h,
                               .kernel_w = kernel_w,
                               .stride = o.stride,
                               .dilation = o.dilation,
                               .groups = o.groups};
    shape.out_h = axis(x->h, kernel_h, &o, &shape.top, &shape.bottom);
    shape.out_w = axis(x->w, kernel_w, &o, &shape.left, &shape.right);
    if (shape.out_h == 0 || shape.out_w == 0)
        return graph_fault(g, "%s: a %zu x %zu kernel does not fit into %zu x %zu", name, kernel_h,
                           kernel_w, x->h, x->w);
    struct layer *layer = layer_new(g, &layer_conv2d, name, x, NULL, sizeof(struct conv2d_state));
    return layer ? conv_layer(layer, &shape, o.bias, o.channels, x->c) : NULL;
}

struct tensor *conv2d(struct graph *g, struct tensor *x, const char *name, struct conv2d options)
{
    return convolution(g, x, name, options, options.kernel, options.kernel);
}

struct tensor *linear(struct graph *g, struct tensor *x, const char *name, size_t units)
{
    return x ? convolution(g, x, name, (struct conv2d){.channels = units, .bias = 1}, x->h, x->w)
             : NULL;
}

struct tensor *conv_transpose2d(struct graph *g, struct tensor *x, const char *name,
                                struct conv2d options)
{
    if (!x)
        return NULL;
    const struct conv2d o = with_defaults(options);
    if (o.channels == 0 || o.kernel == 0 || o.dilation != 1 || o.groups != 1 || o.same ||
        (x->h - 1) * o.stride + o.kernel <= 2 * o.pad ||
        (x->w - 1) * o.stride + o.kernel <= 2 * o.pad)
        return graph_fault(g, "%s: no transposed convolution has these sizes", name);
    const struct conv_shape shape = {.n = x->n,
                                     .h = (x->h - 1) * o.stride + o.kernel - 2 * o.pad,
                                     .w = (x->w - 1) * o.stride + o.kernel - 2 * o.pad,
                                     .c = o.channels,
                                     .out_h = x->h,
                                     .out_w = x->w,
                                     .out_c = x->c,
                                     .kernel_h = o.kernel,
                                     .kernel_w = o.kernel,
                                     .stride = o.stride,
                                     .dilation = 1,
                                     .groups = 1,
                                     .top = o.pad,
                                     .left = o.pad,
                                     .bottom = o.pad,
                                     .right = o.pad};
    struct layer *layer =
        layer_new(g, &layer_conv_transpose2d, name, x, NULL, sizeof(struct conv2d_state));
    if (!layer)
        return NULL;
    ((struct conv2d_state *)layer->state)->transposed = 1;
    return conv_layer(layer, &shape, o.bias, o.channels, x->c);
}
