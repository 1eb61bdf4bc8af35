// Batch normalization. In training it computes y = f(gamma (x - mean) / deviation + beta) with the
// statistics of the batch; the backward pass computes again from x what it needs. At inference it
// is a scale and a shift by the running statistics, unless the convolution before it does that
// (batch_norm_fuse).

#include <math.h>
#include <stdlib.h>

#include "nn/layer.h"

enum { GAMMA, BETA, MEAN, VARIANCE };

struct norm_state {
    float epsilon, momentum;
    int fixed;
    uint64_t affine_version; // of the parameters that affine_of was computed from
    // On the host, where ranks synchronize: sums (2, channels) and numbers (4, channels).
    double *sums;
    float *numbers;
};

static struct norm_pass pass_of(const struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct tensor *x = layer->inputs[0];
    return (struct norm_pass){.dtype = x->dtype,
                              .rows = tensor_rows(x),
                              .channels = x->c,
                              .gamma = layer->params[GAMMA]->device.value,
                              .beta = layer->params[BETA]->device.value,
                              .epsilon = s->epsilon,
                              .f = layer->activation,
                              .stats = layer->saved};
}

// 1 if the layer normalizes by the running statistics.
static int is_fixed(const struct layer *layer)
{
    const struct norm_state *s = layer->state;
    return s->fixed || layer->graph->mode == GRAPH_INFER;
}

static int is_synchronized(const struct layer *layer)
{
    return layer->graph->sync_norm && !is_fixed(layer);
}

// What the layer keeps, (4, channels). A fixed layer: scale and shift, then zeros for its backward
// pass. A synchronized one: scale and shift, which its backward pass overwrites with two means.
static float *affine_of(const struct layer *layer)
{
    return layer->kept;
}

// Behind it, where ranks synchronize: two sums (2, channels).
static double *sums_of(const struct layer *layer)
{
    return (double *)((char *)layer->kept + 4 * layer->output->c * sizeof(float));
}

static int norm_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    struct graph *g = layer->graph;
    const size_t channels = layer->output->c, sum = g->backend->sum_scratch(channels);
    if (g->scratch_bytes < sum)
        g->scratch_bytes = sum;
    layer->saved_bytes = 2 * channels * sizeof(float);
    layer->kept_bytes = channels * (4 * sizeof(float) + (g->sync_norm ? 2 * sizeof(double) : 0));
    return SWATCH_OK;
}

// y = f(x scale + shift).
static void apply_affine(const struct layer *layer)
{
    const struct tensor *x = layer->inputs[0];
    const float *affine = affine_of(layer);
    layer->graph->backend->affine_forward(x->dtype, x->data, tensor_rows(x), x->c, affine,
                                          affine + x->c, layer->activation, layer->output->data);
}

static void fixed_forward(struct layer *layer)
{
    struct norm_state *s = layer->state;
    const size_t channels = layer->output->c;
    float *affine = affine_of(layer);
    if (s->affine_version != layer->set->version) {
        layer->graph->backend->norm_affine(
            layer->params[GAMMA]->device.value, layer->params[BETA]->device.value,
            layer->params[MEAN]->device.value, layer->params[VARIANCE]->device.value, s->epsilon,
            channels, affine, affine + channels);
        s->affine_version = layer->set->version;
    }
    apply_affine(layer);
}

// Turns the statistics of this rank's part into those of the whole batch, and computes the output
// from them.
static void synchronize(struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct backend *backend = g->backend;
    const double epsilon = (double)s->epsilon, share = 1 / (double)ranks_count(g->ranks);
    const size_t channels = layer->output->c, bytes = channels * sizeof(float);
    float *stats = s->numbers, *affine = s->numbers + 2 * channels;
    double *mean = s->sums, *square = s->sums + channels;
    backend->read(stats, layer->saved, 2 * bytes);
    backend->read(affine, layer->params[GAMMA]->device.value, bytes);
    backend->read(affine + channels, layer->params[BETA]->device.value, bytes);
    for (size_t c = 0; c < channels; c++) {
        const double deviation = 1 / (double)stats[channels + c];
        mean[c] = (double)stats[c];
        square[c] = mean[c] * mean[c] + deviation * deviation - epsilon;
    }
    ranks_sum(g->ranks, s->sums, 2 * channels);
    for (size_t c = 0; c < channels; c++) {
        const double m = mean[c] * share, variance = fmax(square[c] * share - m * m, 0);
        stats[c] = (float)m;
        stats[channels + c] = (float)(1 / sqrt(variance + epsilon));
        affine[c] *= stats[channels + c];
        affine[channels + c] -= stats[c] * affine[c];
    }
    backend->write(layer->saved, stats, 2 * bytes);
    backend->write(affine_of(layer), affine, 2 * bytes);
    apply_affine(layer);
}

static void norm_forward(struct layer *layer)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    if (is_fixed(layer)) {
        fixed_forward(layer);
        return;
    }
    struct norm_pass pass = pass_of(layer);
    g->backend->norm_forward(&pass, layer->inputs[0]->data, layer->output->data, g->scratch);
    if (is_synchronized(layer)) {
        synchronize(layer);
        pass.rows *= ranks_count(g->ranks);
    }
    if (!layer->frozen)
        g->backend->norm_running(&pass, s->momentum, layer->params[MEAN]->device.value,
                                 layer->params[VARIANCE]->device.value);
}

// Computes dx from the means over the whole batch. The parameters' gradients are this part's.
static void synchronized_backward(struct layer *layer, void *dx, float *dgamma, float *dbeta,
                                  int adds)
{
    const struct norm_state *s = layer->state;
    const struct graph *g = layer->graph;
    const struct norm_pass pass = pass_of(layer);
    const struct tensor *x = layer->inputs[0], *y = layer->output;
    const struct backend *backend = g->backend;
    const size_t bytes = x->c * sizeof(float);
    float *means = s->numbers, *own[] = {dbeta, dgamma};
    backend->norm_backward_sums(&pass, x->data, y->grad, sums_of(layer), g->scratch);
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
        means[c] = (float)(s->sums[c] / (double)(pass.rows * ranks_count(g->ranks)));
    backend->write(affine_of(layer), means, 2 * bytes);
    backend->norm_backward_data(&pass, x->data, y->grad, affine_of(layer), dx);
}

static void norm_backward(struct layer *layer)
{
    const struct graph *g = layer->graph;
    const struct tensor *x = layer->inputs[0], *y = layer->output;
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
    // If nobody wants dx it overwrites dy.
    void *dx = layer->dx[0] ? layer->dx[0] : y->grad;
    const struct norm_pass pass = pass_of(layer);
    if (is_synchronized(layer))
        synchronized_backward(layer, dx, dgamma, dbeta, adds);
    else
        g->backend->norm_backward(&pass, x->data, y->grad, dx, dgamma, dbeta, adds, g->scratch);
}

static void norm_free(struct layer *layer)
{
    struct norm_state *s = layer->state;
    free(s->sums);
    free(s->numbers);
}

// A normalization with fixed statistics that needs no gradient is a scale and a shift, which a
// convolution can apply through its weights and bias.
static int batch_norm_fuse(struct layer *layer, struct layer *before)
{
    const struct norm_state *s = layer->state;
    return layer->graph->backend->host_weights && !layer->output->needs_grad && is_fixed(layer) &&
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

struct tensor *batch_norm(struct graph *g, struct tensor *x, const char *name, struct norm o)
{
    struct layer *layer =
        x ? layer_new(g, &layer_batch_norm, name, x, NULL, sizeof(struct norm_state)) : NULL;
    if (!layer)
        return NULL;
    struct norm_state *s = layer->state;
    *s = (struct norm_state){.epsilon = o.epsilon > 0 ? o.epsilon : 1e-5f,
                             .momentum = o.momentum > 0 ? o.momentum : 0.9f,
                             .fixed = o.fixed,
                             .affine_version = UINT64_MAX};
    if (g->sync_norm) {
        s->sums = calloc(2 * x->c, sizeof *s->sums);
        s->numbers = calloc(4 * x->c, sizeof *s->numbers);
        if (!s->sums || !s->numbers)
            return graph_no_memory(g);
    }
    if (g->sync_norm && !g->backend->norm_backward_sums)
        return graph_fault(g, "%s: batch normalization cannot be synchronized on the %s", name,
                           g->backend->name);
    const struct param_spec ones = {.rank = 1, .shape = {x->c}, .init = PARAM_ONE};
    const struct param_spec zeros = {.rank = 1, .shape = {x->c}, .init = PARAM_ZERO};
    struct param_spec scale = ones, shift = zeros;
    scale.trainable = shift.trainable = !o.fixed;
    if (layer_param(layer, GAMMA, ".weight", &scale) || layer_param(layer, BETA, ".bias", &shift))
        return NULL;
    if (o.fixed) {
        layer->frozen = 1;
        layer->backward_reads = LAYER_READS_OUTPUT;
    }
    if (layer_param(layer, MEAN, ".running_mean", &zeros) ||
        layer_param(layer, VARIANCE, ".running_var", &ones))
        return NULL;
    return layer_output(layer, x->n, x->h, x->w, x->c);
}
