// Batch and instance normalization. In training the statistics are the batch's (or the photo's) and
// the pass is y = f(gamma (x - mean) / deviation + beta); backward recomputes what it needs from x.
// Batch normalization at inference is an affine map by the running statistics, unless a convolution
// before it does its work (batch_norm_fuse).

#include <math.h>
#include <stdlib.h>

#include "nn/layer.h"

enum { GAMMA, BETA, MEAN, VARIANCE };

struct norm_state {
    float epsilon, momentum;
    int fixed;
    int by_photo; // instance normalization
    uint64_t affine_version;
    // On the host, for what all ranks share: sums (2, channels), and numbers (4, channels).
    double *sums;
    float *numbers;
};

static size_t groups_of(const struct layer *layer)
{
    return ((const struct norm_state *)layer->state)->by_photo ? layer->inputs[0]->n : 1;
}

// Batch normalization that goes by the running statistics.
static int is_fixed(const struct layer *layer)
{
    const struct norm_state *s = layer->state;
    return !s->by_photo && (s->fixed || layer->graph->mode == GRAPH_INFER);
}

// What the layer keeps: scale and shift, and zeros for the way back, (3, channels); or two means.
static float *affine_of(const struct layer *layer)
{
    return layer->kept;
}

// And behind it, where sums are taken over all ranks: these sums (2, channels).
static double *sums_of(const struct layer *layer)
{
    return (double *)((char *)layer->kept + 4 * layer->output->c * sizeof(float));
}

static int norm_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    struct graph *g = layer->graph;
    const size_t channels = layer->output->c, groups = groups_of(layer);
    const size_t sum = g->backend->sum_scratch(groups, channels);
    if (g->scratch_bytes < sum)
        g->scratch_bytes = sum;
    layer->saved_bytes = groups * 2 * channels * sizeof(float);
    layer->kept_bytes = channels * (4 * sizeof(float) + (g->sync_norm ? 2 * sizeof(double) : 0));
    return SWATCH_OK;
}

// y = f(x scale + shift) by the running statistics.
static void batch_norm_affine(struct layer *layer)
{
    struct norm_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    const struct backend *backend = layer->graph->backend;
    float *affine = affine_of(layer);
    if (s->affine_version != layer->set->version) {
        backend->norm_affine(layer->params[GAMMA]->device.value, layer->params[BETA]->device.value,
                             layer->params[MEAN]->device.value,
                             layer->params[VARIANCE]->device.value, s->epsilon, x->c, affine,
                             affine + x->c);
        s->affine_version = layer->set->version;
    }
    backend->affine_forward(x->dtype, x->data, tensor_rows(x), x->c, affine, affine + x->c,
                            layer->activation, layer->output->data);
}

static int is_synchronized(const struct layer *layer)
{
    const struct norm_state *s = layer->state;
    return layer->graph->sync_norm && !s->by_photo && !is_fixed(layer);
}

// From the statistics of this rank's part, and the output by them, to those of the whole batch.
static void synchronize(struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0];
    const double epsilon = (double)s->epsilon, share = 1 / (double)ranks_count(g->ranks);
    const struct backend *backend = g->backend;
    const size_t bytes = x->c * sizeof(float);
    float *stats = s->numbers, *affine = s->numbers + 2 * x->c;
    double *mean = s->sums, *square = s->sums + x->c;
    backend->read(stats, layer->saved, 2 * bytes);
    backend->read(affine, layer->params[GAMMA]->device.value, bytes);
    backend->read(affine + x->c, layer->params[BETA]->device.value, bytes);
    for (size_t c = 0; c < x->c; c++) {
        const double deviation = 1 / (double)stats[x->c + c];
        mean[c] = (double)stats[c];
        square[c] = mean[c] * mean[c] + deviation * deviation - epsilon;
    }
    ranks_sum(g->ranks, s->sums, 2 * x->c);
    for (size_t c = 0; c < x->c; c++) {
        const double m = mean[c] * share, variance = fmax(square[c] * share - m * m, 0);
        stats[c] = (float)m;
        stats[x->c + c] = (float)(1 / sqrt(variance + epsilon));
        affine[c] *= stats[x->c + c];
        affine[x->c + c] -= stats[c] * affine[c];
    }
    backend->write(layer->saved, stats, 2 * bytes);
    backend->write(affine_of(layer), affine, 2 * bytes);
    backend->affine_forward(x->dtype, x->data, tensor_rows(x), x->c, affine_of(layer),
                            affine_of(layer) + x->c, layer->activation, layer->output->data);
}

static void norm_forward(struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0];
    const size_t groups = groups_of(layer);
    size_t rows = tensor_rows(x) / groups;
    float *stats = layer->saved;
    if (is_fixed(layer)) {
        batch_norm_affine(layer);
        return;
    }
    g->backend->norm_forward(x->dtype, x->data, groups, rows, x->c,
                             layer->params[GAMMA]->device.value, layer->params[BETA]->device.value,
                             s->epsilon, layer->activation, stats, layer->output->data, g->scratch);
    if (is_synchronized(layer)) {
        synchronize(layer);
        rows *= ranks_count(g->ranks);
    }
    if (s->by_photo || layer->frozen)
        return;
    g->backend->norm_running(stats, rows, x->c, s->epsilon, s->momentum,
                             layer->params[MEAN]->device.value,
                             layer->params[VARIANCE]->device.value);
}

// dx from the means over the whole batch; the parameters' gradients are this part's.
static void synchronized_backward(struct layer *layer, void *dx, float *dgamma, float *dbeta,
                                  int adds)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0], *y = layer->output;
    const size_t rows = tensor_rows(x);
    const struct backend *backend = g->backend;
    const float *gamma = layer->params[GAMMA]->device.value;
    const float *beta = layer->params[BETA]->device.value;
    const size_t bytes = x->c * sizeof(float);
    float *means = s->numbers, *own[] = {dbeta, dgamma};
    backend->norm_backward_sums(x->dtype, x->data, y->grad, rows, x->c, gamma, beta,
                                layer->activation, layer->saved, sums_of(layer), g->scratch);
    backend->read(s->sums, sums_of(layer), 2 * x->c * sizeof *s->sums);
    for (size_t i = 0; dgamma && i < 2; i++) {
        float *sum = s->numbers;
        if (adds)
            backend->read(sum, own[i], bytes);
        for (size_t c = 0; c < x->c; c++)
            sum[c] = (adds ? sum[c] : 0) + (float)s->sums[i * x->c + c];
        backend->write(own[i], sum, bytes);
    }
    ranks_sum(g->ranks, s->sums, 2 * x->c);
    for (size_t c = 0; c < 2 * x->c; c++)
        means[c] = (float)(s->sums[c] / (double)(rows * ranks_count(g->ranks)));
    backend->write(affine_of(layer), means, 2 * bytes);
    backend->norm_backward_data(x->dtype, x->data, y->grad, rows, x->c, gamma, beta,
                                layer->activation, layer->saved, affine_of(layer), dx);
}

static void norm_backward(struct layer *layer)
{
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0], *y = layer->output;
    const size_t groups = groups_of(layer);
    const struct norm_state *s = layer->state;
    if (s->fixed) {
        if (!layer->dx[0])
            return;
        g->backend->activation_backward(y->dtype, layer->activation, y->data, y->grad, layer->dx[0],
                                        tensor_count(y));
        g->backend->affine_forward(y->dtype, layer->dx[0], tensor_rows(y), y->c, affine_of(layer),
                                   affine_of(layer) + 2 * y->c, ACTIVATION_NONE, layer->dx[0]);
        return;
    }
    float *dgamma = NULL, *dbeta = NULL;
    int adds = 0;
    if (layer_learns(layer)) {
        dgamma = param_grad(layer->params[GAMMA], &adds);
        dbeta = param_grad(layer->params[BETA], &adds);
    }
    // Without a reader of dx the gradient may as well replace dy.
    void *dx = layer->dx[0] ? layer->dx[0] : y->grad;
    if (is_synchronized(layer))
        synchronized_backward(layer, dx, dgamma, dbeta, adds);
    else
        g->backend->norm_backward(x->dtype, x->data, y->grad, groups, tensor_rows(x) / groups, x->c,
                                  layer->params[GAMMA]->device.value,
                                  layer->params[BETA]->device.value, layer->activation,
                                  layer->saved, dx, dgamma, dbeta, adds, g->scratch);
}

static void norm_free(struct layer *layer)
{
    struct norm_state *s = layer->state;
    free(s->sums);
    free(s->numbers);
}

// Normalization by fixed statistics, behind which no gradient is wanted, is a scale and a shift. A
// convolution can apply those through its weights and bias, where the host may change them.
static int batch_norm_fuse(struct layer *layer, struct layer *before)
{
    const struct norm_state *s = layer->state;
    return layer->graph->backend->folds_norm && !layer->output->needs_grad && is_fixed(layer) &&
           before->ops->fold_norm && before->ops->fold_norm(before, layer->params, s->epsilon);
}

static const struct layer_ops layer_batch_norm = {
    .name = "batch_norm",
    .backward_reads = LAYER_READS_INPUT,
    .prepare = norm_prepare,
    .forward = norm_forward,
    .backward = norm_backward,
    .free = norm_free,
    .fuse = batch_norm_fuse,
    .fuses_activation = 1,
};

static const struct layer_ops layer_instance_norm = {
    .name = "instance_norm",
    .backward_reads = LAYER_READS_INPUT,
    .prepare = norm_prepare,
    .forward = norm_forward,
    .backward = norm_backward,
    .free = norm_free,
    .fuses_activation = 1,
};

static struct layer *norm_layer(struct graph *g, const struct layer_ops *ops, struct tensor *x,
                                const char *name, struct norm o)
{
    struct layer *layer = x ? layer_new(g, ops, name, x, NULL, sizeof(struct norm_state)) : NULL;
    if (!layer)
        return NULL;
    struct norm_state *s = layer->state;
    *s = (struct norm_state){.epsilon = o.epsilon > 0 ? o.epsilon : 1e-5f,
                             .momentum = o.momentum > 0 ? o.momentum : 0.9f,
                             .fixed = o.fixed,
                             .by_photo = ops == &layer_instance_norm,
                             .affine_version = UINT64_MAX};
    if (g->sync_norm) {
        s->sums = calloc(2 * x->c, sizeof *s->sums);
        s->numbers = calloc(4 * x->c, sizeof *s->numbers);
        if (!s->sums || !s->numbers)
            return (void *)graph_fault(g, "out of memory");
    }
    if (g->sync_norm && !g->backend->norm_backward_sums)
        return (void *)graph_fault(g, "%s: batch normalization cannot be synchronized on the %s",
                                   name, g->backend->name);
    if (layer_param(layer, GAMMA, ".weight", 1, &x->c, PARAM_ONE, 1, 1, !o.fixed) ||
        layer_param(layer, BETA, ".bias", 1, &x->c, PARAM_ZERO, 1, 1, !o.fixed))
        return NULL;
    if (o.fixed) {
        layer->frozen = 1;
        layer->backward_reads = LAYER_READS_OUTPUT;
    }
    return layer;
}

struct tensor *batch_norm(struct graph *g, struct tensor *x, const char *name, struct norm options)
{
    struct layer *layer = norm_layer(g, &layer_batch_norm, x, name, options);
    if (!layer || layer_param(layer, MEAN, ".running_mean", 1, &x->c, PARAM_ZERO, 1, 1, 0) ||
        layer_param(layer, VARIANCE, ".running_var", 1, &x->c, PARAM_ONE, 1, 1, 0))
        return NULL;
    return layer_output(layer, x->n, x->h, x->w, x->c);
}

struct tensor *instance_norm(struct graph *g, struct tensor *x, const char *name,
                             struct norm options)
{
    struct layer *layer = norm_layer(g, &layer_instance_norm, x, name, options);
    return layer ? layer_output(layer, x->n, x->h, x->w, x->c) : NULL;
}
