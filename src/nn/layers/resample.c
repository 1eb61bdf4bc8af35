// Layers that change the sides: nearest and bilinear upsampling, max pooling.

#include "nn/layer.h"

static void upsample_forward(struct layer *layer)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->upsample_forward(x->dtype, layer->state, x->data, layer->output->data);
}

static void upsample_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    layer->graph->backend->upsample_backward(y->dtype, layer->state, y->grad, layer->dx[0]);
}

static const struct layer_ops layer_upsample = {
    .name = "upsample",
    .forward = upsample_forward,
    .backward = upsample_backward,
};

int layer_doubles(const struct layer *layer)
{
    if (layer->ops != &layer_upsample)
        return 0;
    const struct upsample_shape *s = layer->state;
    return !s->bilinear && s->out_h == 2 * s->h && s->out_w == 2 * s->w;
}

static struct tensor *upsample(struct graph *g, struct tensor *x, size_t factor, int bilinear)
{
    if (x && (factor == 0 || factor > 64))
        return graph_fault(g, "an upsampling factor of %zu is not in 1 .. 64", factor);
    struct layer *layer =
        x ? layer_new(g, &layer_upsample, NULL, x, NULL, sizeof(struct upsample_shape)) : NULL;
    if (!layer)
        return NULL;
    struct upsample_shape *s = layer->state;
    *s = (struct upsample_shape){bilinear, x->n, x->h, x->w, x->c, x->h * factor, x->w * factor};
    return layer_output(layer, s->n, s->out_h, s->out_w, s->c);
}

struct tensor *upsample_nearest(struct graph *g, struct tensor *x, size_t factor)
{
    return upsample(g, x, factor, 0);
}

struct tensor *upsample_bilinear(struct graph *g, struct tensor *x, size_t factor)
{
    return upsample(g, x, factor, 1);
}

static int pool_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    layer->saved_bytes = tensor_count(layer->output);
    return SWATCH_OK;
}

static void pool_forward(struct layer *layer)
{
    const struct tensor *x = layer->inputs[0];
    layer->graph->backend->pool_forward(x->dtype, layer->state, x->data, layer->output->data,
                                        layer->saved);
}

static void pool_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    layer->graph->backend->pool_backward(y->dtype, layer->state, layer->saved, y->grad,
                                         layer->dx[0]);
}

static const struct layer_ops layer_max_pool = {
    .name = "max_pool",
    .prepare = pool_prepare,
    .forward = pool_forward,
    .backward = pool_backward,
};

static struct tensor *pool(struct graph *g, struct tensor *x, size_t kernel, size_t stride,
                           size_t before, size_t after)
{
    if (!x)
        return NULL;
    const size_t pad = before + after;
    if (kernel == 0 || kernel > 15 || stride == 0 || before >= kernel || after >= kernel ||
        x->h + pad < kernel || x->w + pad < kernel)
        return graph_fault(g, "a %zu x %zu window of stride %zu and padding %zu does not pool",
                           kernel, kernel, stride, after);
    struct layer *layer = layer_new(g, &layer_max_pool, NULL, x, NULL, sizeof(struct conv_shape));
    if (!layer)
        return NULL;
    struct conv_shape *s = layer->state;
    *s = (struct conv_shape){.n = x->n,
                             .h = x->h,
                             .w = x->w,
                             .c = x->c,
                             .out_h = (x->h + pad - kernel) / stride + 1,
                             .out_w = (x->w + pad - kernel) / stride + 1,
                             .out_c = x->c,
                             .kernel_h = kernel,
                             .kernel_w = kernel,
                             .stride = stride,
                             .dilation = 1,
                             .groups = 1,
                             .top = before,
                             .left = before,
                             .bottom = after,
                             .right = after};
    return layer_output(layer, x->n, s->out_h, s->out_w, x->c);
}

struct tensor *max_pool(struct graph *g, struct tensor *x, size_t kernel, size_t stride, size_t pad)
{
    return pool(g, x, kernel, stride, pad, pad);
}

struct tensor *max_pool_end(struct graph *g, struct tensor *x, size_t kernel, size_t stride,
                            size_t pad)
{
    return pool(g, x, kernel, stride, 0, pad);
}
