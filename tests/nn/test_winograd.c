// Convolutions of 3x3 in f32, whose input may be half an upsampling and a concatenation: all three
// passes are compared with plain loops over the whole input.

#include "nn/activation.h"
#include "nn/layer.h"
#include "oracle.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

// The bias and the weights are about 1. Sums of 1,000 products are off by 1e-5 at most; gradients
// of weights are sums over all pixels.
#define CLOSE 5e-5

struct sample {
    size_t n, h, w, doubled, own, out;
    enum activation f;
    int joins[2]; // 1: the three layers become one, at inference and in training
    size_t dilation;
};

static const struct sample samples[] = {
    {1, 6, 10, 0, 8, 16, ACTIVATION_NONE, {0}, 1},
    {2, 7, 9, 0, 16, 24, ACTIVATION_RELU, {0}, 1},
    {3, 1, 1, 0, 8, 8, ACTIVATION_NONE, {0}, 1},
    {1, 5, 33, 0, 24, 4, ACTIVATION_RELU6, {0}, 1},
    {1, 34, 50, 0, 8, 19, ACTIVATION_TANH, {0}, 1},
    {2, 14, 14, 0, 112, 3, ACTIVATION_LEAKY, {0}, 1},
    {1, 6, 10, 0, 5, 16, ACTIVATION_NONE, {0}, 1}, // 5 channels: oneDNN
    {1, 2, 2, 8, 8, 16, ACTIVATION_NONE, {1, 1}, 1},
    {2, 8, 12, 16, 8, 32, ACTIVATION_RELU, {1, 1}, 1},
    {1, 32, 48, 8, 24, 4, ACTIVATION_SIGMOID, {1, 0}, 1},
    {1, 6, 4, 320, 112, 40, ACTIVATION_RELU, {1, 1}, 1},
    {2, 10, 14, 24, 16, 8, ACTIVATION_LEAKY, {1, 1}, 1},
    {1, 8, 8, 12, 4, 16, ACTIVATION_RELU, {0}, 1}, // no multiples of 8: nothing is joined
    {2, 28, 28, 0, 16, 16, ACTIVATION_RELU, {0}, 2},
    {1, 28, 30, 0, 8, 16, ACTIVATION_NONE, {0}, 4},
    {2, 11, 7, 0, 8, 8, ACTIVATION_NONE, {0}, 3},
    {1, 1, 3, 0, 8, 8, ACTIVATION_TANH, {0}, 5},
};

// A sample's numbers, and what plain loops make of them.
struct right {
    float *low, *full, *x, *weights, *bias, *dy;
    double *y, *dx, *dw;
    struct size4 in, out;
    size_t inputs, outputs, count; // numbers of x, y and the weights
};

static float *normals(struct rng *rng, size_t count)
{
    float *values = malloc((count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = rng_normal(rng);
    return values;
}

// The concatenation: number c of pixel (i, j) is that of `low` or of `full`.
static float *whole_input(const struct sample *s, const float *low, const float *full)
{
    const size_t c = s->doubled + s->own;
    float *x = malloc(s->n * s->h * s->w * c * sizeof *x);
    for (size_t r = 0; r < s->n * s->h * s->w; r++) {
        const size_t n = r / (s->h * s->w), i = r / s->w % s->h, j = r % s->w;
        const size_t half = (n * (s->h / 2) + i / 2) * (s->w / 2) + j / 2;
        if (s->doubled)
            memcpy(x + r * c, low + half * s->doubled, s->doubled * sizeof *x);
        memcpy(x + r * c + s->doubled, full + r * s->own, s->own * sizeof *x);
    }
    return x;
}

static struct right right_new(const struct sample *s)
{
    struct rng rng = {.seed = 3};
    const long d = (long)s->dilation;
    const struct window k = {3, 3, 1, d, 1, d, d};
    const size_t c = s->doubled + s->own, rows = s->n * s->h * s->w;
    struct right r = {.inputs = rows * c, .outputs = rows * s->out, .count = s->out * c * 9};
    r.in = (struct size4){(long)s->n, (long)s->h, (long)s->w, (long)c};
    r.out = r.in;
    r.out.c = (long)s->out;
    r.low = normals(&rng, rows / 4 * s->doubled);
    r.full = normals(&rng, rows * s->own);
    r.x = whole_input(s, r.low, r.full);
    r.weights = normals(&rng, r.count);
    for (size_t i = 0; i < r.count; i++)
        r.weights[i] *= sqrtf(2 / (float)(9 * c));
    r.bias = normals(&rng, s->out);
    r.dy = normals(&rng, r.outputs);
    r.y = malloc(r.outputs * sizeof *r.y);
    r.dx = calloc(r.inputs, sizeof *r.dx);
    r.dw = calloc(r.count, sizeof *r.dw);
    oracle_conv(r.x, r.in, r.weights, r.bias, k, r.y, r.out);
    for (size_t i = 0; i < r.outputs; i++)
        r.y[i] = (double)activation_of(s->f, (float)r.y[i]);
    oracle_conv_backward(r.x, r.in, r.weights, k, r.dy, r.out, r.dx, r.dw);
    return r;
}

static void right_free(struct right *r)
{
    void *all[] = {r->low, r->full, r->x, r->weights, r->bias, r->dy, r->y, r->dx, r->dw};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void check_close(const struct sample *s, const char *what, const double *right,
                        const float *found, size_t count, double scale)
{
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        worst = test_worse(worst, right[i] / scale, (double)found[i] / scale);
    if (!(worst <= CLOSE))
        fprintf(stderr, "%zux%zu, %zu and %zu to %zu channels, %s: off by %g\n", s->h, s->w,
                s->doubled, s->own, s->out, what, worst);
    CHECK(worst <= CLOSE);
}

static void set_params(struct params *params, const struct right *r)
{
    for (struct param *p = params->first; p; p = p->next)
        memcpy(p->value, p->rank == 1 ? r->bias : r->weights, p->count * sizeof *p->value);
    params->version++;
}

static struct conv_shape shape_of(const struct sample *s, int joined)
{
    const size_t d = s->dilation;
    return (struct conv_shape){.n = s->n,
                               .h = s->h,
                               .w = s->w,
                               .c = s->doubled + s->own,
                               .out_h = s->h,
                               .out_w = s->w,
                               .out_c = s->out,
                               .kernel_h = 3,
                               .kernel_w = 3,
                               .stride = 1,
                               .dilation = d,
                               .groups = 1,
                               .top = d,
                               .left = d,
                               .bottom = d,
                               .right = d,
                               .doubled = joined ? s->doubled : 0};
}

// 1: this processor has vectors for it. Else oneDNN does all samples, and nothing is joined.
static int joins(const struct sample *s, int training)
{
    const struct conv_shape plain = shape_of(&samples[0], 0);
    return s->joins[training] && backend_cpu()->conv_doubles(&plain, DTYPE_F32, 0);
}

static void check_forward(const struct sample *s, const struct right *r, enum graph_mode mode)
{
    struct params params;
    struct tensor *low = NULL, *full, *x, *y;
    params_init(&params, 4);
    struct graph *g = graph_new(backend_cpu(), DTYPE_F32, mode, 1);
    graph_params(g, &params, 0);
    x = full = graph_input(g, s->n, s->h, s->w, s->own);
    if (s->doubled) {
        low = graph_input(g, s->n, s->h / 2, s->w / 2, s->doubled);
        x = concat(g, upsample_nearest(g, low, 2), full);
    }
    y = conv2d(g, x, "c",
               (struct conv2d){.channels = s->out,
                               .kernel = 3,
                               .pad = s->dilation,
                               .dilation = s->dilation,
                               .bias = 1});
    y = graph_output(g, s->f == ACTIVATION_NONE ? y : activation(g, y, s->f));
    CHECK(graph_finish(g, NULL) == 0);
    CHECK((g->first->next == NULL) == (joins(s, mode == GRAPH_TRAIN) || !s->doubled));
    if (low)
        graph_set(low, r->low);
    graph_set(full, r->full);
    float *found = malloc(r->outputs * sizeof *found);
    for (int round = 0; round < 2; round++) { // new weights are packed again
        if (round)
            set_params(&params, r);
        graph_forward(g);
    }
    graph_get(y, found);
    check_close(s, mode == GRAPH_TRAIN ? "forward in training" : "forward", r->y, found, r->outputs,
                1);
    free(found);
    graph_free(g);
    params_free(&params);
}

// dx of doubled channels is the sum of what the four pixels would get.
static void check_data(const struct sample *s, const struct right *r, const struct backend *b,
                       struct conv *conv, int joined, void *scratch)
{
    const size_t rows = s->n * s->h * s->w, c = s->doubled + s->own;
    const size_t doubled = joined ? s->doubled : 0, own = c - doubled;
    double *low = calloc(rows / 4 * doubled + 1, sizeof *low);
    double *full = malloc(rows * own * sizeof *full);
    for (size_t p = 0; p < rows; p++) {
        const size_t n = p / (s->h * s->w), i = p / s->w % s->h, j = p % s->w;
        const size_t half = (n * (s->h / 2) + i / 2) * (s->w / 2) + j / 2;
        for (size_t k = 0; k < doubled; k++)
            low[half * doubled + k] += r->dx[p * c + k];
        memcpy(full + p * own, r->dx + p * c + doubled, own * sizeof *full);
    }
    float *dlow = malloc((rows / 4 * doubled + 1) * sizeof *dlow);
    float *dfull = malloc(rows * own * sizeof *dfull);
    b->conv_backward_data(conv, r->dy, joined ? dlow : dfull, joined ? dfull : NULL, scratch);
    check_close(s, "backward to the doubled data", low, dlow, rows / 4 * doubled, 1);
    check_close(s, "backward to the data", full, dfull, rows * own, 1);
    if (joined) { // one of them alone
        memset(dlow, 0, rows / 4 * doubled * sizeof *dlow);
        memset(dfull, 0, rows * own * sizeof *dfull);
        b->conv_backward_data(conv, r->dy, dlow, NULL, scratch);
        b->conv_backward_data(conv, r->dy, NULL, dfull, scratch);
        check_close(s, "backward to the doubled data alone", low, dlow, rows / 4 * doubled, 1);
        check_close(s, "backward to the others alone", full, dfull, rows * own, 1);
    }
    free(low);
    free(full);
    free(dlow);
    free(dfull);
}

static void check_weights(const struct sample *s, const struct right *r, const struct backend *b,
                          struct conv *conv, int joined, void *scratch)
{
    float *dw = malloc(r->count * sizeof *dw);
    double *twice = malloc(r->count * sizeof *twice);
    const double scale = sqrt((double)(s->n * s->h * s->w));
    for (int add = 0; add < 2; add++) {
        b->conv_backward_weights(conv, joined ? r->low : r->x, joined ? r->full : NULL, r->dy, dw,
                                 add, scratch);
        for (size_t i = 0; i < r->count; i++)
            twice[i] = (add + 1) * r->dw[i];
        check_close(s, add ? "weights, added" : "weights", twice, dw, r->count, scale);
    }
    free(dw);
    free(twice);
}

static void check_backward(const struct sample *s, const struct right *r, int joined)
{
    const struct backend *b = backend_cpu();
    const struct conv_shape shape = shape_of(s, joined);
    struct conv *conv = NULL;
    void *scratch = NULL;
    size_t bytes = 1;
    CHECK(!joined || b->conv_doubles(&shape, DTYPE_F32, 1) == joins(s, 1));
    if (joined && !joins(s, 1))
        return;
    CHECK(b->conv_new(&shape, DTYPE_F32, 0, 0, ACTIVATION_NONE, 1, 1, &bytes, &conv, NULL) == 0);
    CHECK(b->alloc(bytes, &scratch, NULL) == 0);
    b->conv_pack(conv, r->weights);
    check_data(s, r, b, conv, joined, scratch);
    check_weights(s, r, b, conv, joined, scratch);
    b->release(scratch);
    b->conv_free(conv);
}

int main(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        struct right r = right_new(s);
        check_forward(s, &r, GRAPH_INFER);
        check_forward(s, &r, GRAPH_TRAIN);
        check_backward(s, &r, 0);
        if (s->doubled)
            check_backward(s, &r, 1);
        right_free(&r);
    }
    return test_end();
}
