// Batch and instance normalization. In training the statistics are the batch's (or the photo's) and
// the pass is y = f(gamma (x - mean) / deviation + beta); backward recomputes what it needs from x.
// Batch normalization at inference is an affine map by the running statistics, unless fuse.c has
// folded it into the convolution before it.

#include <math.h>
#include <stdlib.h>

#include "nn/layer.h"

enum { GAMMA, BETA, MEAN, VARIANCE };

struct norm_state {
    float epsilon, momentum;
    int fixed;
    float *affine; // scale and shift, and zeros for the way back, (3, channels); or two means
    uint64_t affine_version;
    double *sums; // (2, channels), where they are taken over all ranks
};

static size_t groups_of(const struct layer *layer)
{
    return layer->ops == &layer_batch_norm ? 1 : layer->inputs[0]->n;
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
    return SWATCH_OK;
}

// y = f(x scale + shift) by the running statistics.
static void batch_norm_affine(struct layer *layer)
{
    struct norm_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    if (s->affine_version != layer->set->version) {
        for (size_t i = 0; i < x->c; i++) {
            const float scale = layer->params[GAMMA]->value[i] /
                                sqrtf(layer->params[VARIANCE]->value[i] + s->epsilon);
            s->affine[i] = scale;
            s->affine[x->c + i] =
                layer->params[BETA]->value[i] - layer->params[MEAN]->value[i] * scale;
        }
        s->affine_version = layer->set->version;
    }
    layer->graph->backend->affine_forward(x->dtype, x->data, tensor_rows(x), x->c, s->affine,
                                          s->affine + x->c, layer->activation, layer->output->data);
}

static int is_synchronized(const struct layer *layer)
{
    return layer->graph->sync_norm && layer->ops == &layer_batch_norm && !batch_norm_fixed(layer);
}

// From the statistics of this rank's part, and the output by them, to those of the whole batch.
static void synchronize(struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0];
    const double epsilon = (double)s->epsilon, share = 1 / (double)ranks_count(g->ranks);
    float *stats = layer->saved;
    double *mean = s->sums, *square = s->sums + x->c;
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
        s->affine[c] = layer->params[GAMMA]->value[c] * stats[x->c + c];
        s->affine[x->c + c] = layer->params[BETA]->value[c] - stats[c] * s->affine[c];
    }
    g->backend->affine_forward(x->dtype, x->data, tensor_rows(x), x->c, s->affine, s->affine + x->c,
                               layer->activation, layer->output->data);
}

static void norm_forward(struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0];
    const size_t groups = groups_of(layer);
    size_t rows = tensor_rows(x) / groups;
    float *stats = layer->saved;
    if (layer->ops == &layer_batch_norm && batch_norm_fixed(layer)) {
        batch_norm_affine(layer);
        return;
    }
    g->backend->norm_forward(x->dtype, x->data, groups, rows, x->c, layer->params[GAMMA]->value,
                             layer->params[BETA]->value, s->epsilon, layer->activation, stats,
                             layer->output->data, g->scratch);
    if (is_synchronized(layer)) {
        synchronize(layer);
        rows *= ranks_count(g->ranks);
    }
    if (layer->ops != &layer_batch_norm || layer->frozen)
        return;
    const float keep = s->momentum, take = 1 - keep;
    const float unbias = rows > 1 ? (float)rows / (float)(rows - 1) : 1;
    for (size_t i = 0; i < x->c; i++) {
        const float deviation = 1 / stats[x->c + i];
        const float variance = fmaxf(deviation * deviation - s->epsilon, 0) * unbias;
        float *mean = &layer->params[MEAN]->value[i], *running = &layer->params[VARIANCE]->value[i];
        *mean = keep * *mean + take * stats[i];
        *running = keep * *running + take * variance;
    }
}

// dx from the means over the whole batch; the parameters' gradients are this part's.
static void synchronized_backward(struct layer *layer, void *dx, float *dgamma, float *dbeta,
                                  int adds)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0], *y = layer->output;
    const size_t rows = tensor_rows(x);
    const float *gamma = layer->params[GAMMA]->value, *beta = layer->params[BETA]->value;
    g->backend->norm_backward_sums(x->dtype, x->data, y->grad, rows, x->c, gamma, beta,
                                   layer->activation, layer->saved, s->sums, g->scratch);
    for (size_t c = 0; dgamma && c < x->c; c++) {
        dbeta[c] = (adds ? dbeta[c] : 0) + (float)s->sums[c];
        dgamma[c] = (adds ? dgamma[c] : 0) + (float)s->sums[x->c + c];
    }
    ranks_sum(g->ranks, s->sums, 2 * x->c);
    for (size_t c = 0; c < 2 * x->c; c++)
        s->affine[c] = (float)(s->sums[c] / (double)(rows * ranks_count(g->ranks)));
    g->backend->norm_backward_data(x->dtype, x->data, y->grad, rows, x->c, gamma, beta,
                                   layer->activation, layer->saved, s->affine, dx);
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
        g->backend->affine_forward(y->dtype, layer->dx[0], tensor_rows(y), y->c, s->affine,
                                   s->affine + 2 * y->c, ACTIVATION_NONE, layer->dx[0]);
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
                                  layer->params[GAMMA]->value, layer->params[BETA]->value,
                                  layer->activation, layer->saved, dx, dgamma, dbeta, adds,
                                  g->scratch);
}

static void norm_free(struct layer *layer)
{
    struct norm_state *s = layer->state;
    free(s->affine);
    free(s->sums);
}

const struct layer_ops layer_batch_norm = {
    .name = "batch_norm",
    .backward_reads = LAYER_READS_INPUT,
    .prepare = norm_prepare,
    .forward = norm_forward,
    .backward = norm_backward,
    .free = norm_free,
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

int batch_norm_fixed(const struct layer *batch_norm)
{
    return batch_norm->graph->mode == GRAPH_INFER ||
           ((const struct norm_state *)batch_norm->state)->fixed;
}

float batch_norm_epsilon(const struct layer *batch_norm)
{
    return ((const struct norm_state *)batch_norm->state)->epsilon;
}

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
                             .affine = calloc(3 * x->c, sizeof(float)),
                             .affine_version = UINT64_MAX};
    if (g->sync_norm)
        s->sums = calloc(2 * x->c, sizeof *s->sums);
    if (!s->affine || (g->sync_norm && !s->sums)) {
        graph_fault(g, "out of memory");
        return NULL;
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
