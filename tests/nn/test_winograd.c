// Convolutions of 3x3 at inference, whose input may be half an upsampling and a concatenation, are
// compared with the same layers in a graph for training, where oneDNN computes each by itself.

#include "nn/layer.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

// The bias and the weights are about 1. Sums of 1,000 products are off by 1e-5 at most.
#define CLOSE 5e-5

struct sample {
    size_t n, h, w, doubled, own, out;
    enum activation f;
    int joins; // 1: the three layers become one
};

static const struct sample samples[] = {
    {1, 6, 10, 0, 8, 16, ACTIVATION_NONE, 0},     {2, 7, 9, 0, 16, 24, ACTIVATION_RELU, 0},
    {3, 1, 1, 0, 8, 8, ACTIVATION_NONE, 0},       {1, 5, 33, 0, 24, 4, ACTIVATION_RELU6, 0},
    {1, 34, 50, 0, 8, 19, ACTIVATION_TANH, 0},    {2, 14, 14, 0, 112, 3, ACTIVATION_LEAKY, 0},
    {1, 6, 10, 0, 5, 16, ACTIVATION_NONE, 0}, // 5 channels: oneDNN in both graphs
    {1, 2, 2, 8, 8, 16, ACTIVATION_NONE, 1},      {2, 8, 12, 16, 8, 32, ACTIVATION_RELU, 1},
    {1, 32, 48, 8, 24, 4, ACTIVATION_SIGMOID, 1}, {1, 6, 4, 320, 112, 40, ACTIVATION_RELU, 1},
    {1, 8, 8, 12, 4, 16, ACTIVATION_RELU, 0}, // no multiples of 8: nothing is joined
};

struct run {
    struct graph *g;
    struct tensor *low, *full, *y;
};

static struct run run_new(const struct sample *s, enum graph_mode mode, struct params *params)
{
    struct run r = {.g = graph_new(backend_cpu(), DTYPE_F32, mode, 1)};
    graph_params(r.g, params, 0);
    graph_init(r.g, PARAM_HE_NORMAL);
    struct tensor *x = r.full = graph_input(r.g, s->n, s->h, s->w, s->own);
    if (s->doubled) {
        r.low = graph_input(r.g, s->n, s->h / 2, s->w / 2, s->doubled);
        x = concat(r.g, upsample_nearest(r.g, r.low, 2), r.full);
    }
    x = conv2d(r.g, x, "c", (struct conv2d){.channels = s->out, .kernel = 3, .pad = 1, .bias = 1});
    r.y = graph_output(r.g, s->f == ACTIVATION_NONE ? x : activation(r.g, x, s->f));
    CHECK(graph_finish(r.g, NULL) == 0);
    return r;
}

static void fill(struct tensor *input, uint64_t seed)
{
    struct rng rng = {.seed = seed};
    if (!input)
        return;
    float *values = malloc(tensor_count(input) * sizeof *values);
    for (size_t i = 0; i < tensor_count(input); i++)
        values[i] = rng_normal(&rng);
    graph_set(input, values);
    free(values);
}

static float *answer(struct run *r)
{
    fill(r->low, 5);
    fill(r->full, 6);
    graph_forward(r->g);
    float *y = malloc(tensor_count(r->y) * sizeof *y);
    graph_get(r->y, y);
    return y;
}

static void check_sample(const struct sample *s)
{
    struct rng rng = {.seed = 3};
    struct params params;
    params_init(&params, 4);
    struct run plain = run_new(s, GRAPH_TRAIN, &params), fast = run_new(s, GRAPH_INFER, &params);
    CHECK((fast.g->first->next == NULL) == (s->joins || !s->doubled));
    for (int round = 0; round < 2; round++) { // new weights are packed again
        for (struct param *p = params.first; p; p = p->next)
            for (size_t i = 0; p->rank == 1 && i < p->count; i++)
                p->value[i] = rng_normal(&rng);
        params.first->value[0] += 1;
        params.version++;
        float *right = answer(&plain), *found = answer(&fast);
        double worst = 0;
        for (size_t i = 0; i < tensor_count(fast.y); i++)
            worst = test_worse(worst, (double)right[i], (double)found[i]);
        if (!(worst <= CLOSE))
            fprintf(stderr, "%zux%zu, %zu and %zu channels: off by %g\n", s->h, s->w, s->doubled,
                    s->own, worst);
        CHECK(worst <= CLOSE);
        free(right);
        free(found);
    }
    graph_free(plain.g);
    graph_free(fast.g);
    params_free(&params);
}

int main(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        check_sample(&samples[i]);
    return test_end();
}
