// One network with every layer, for tests of the whole graph. Its tensors have one, two and three
// readers. The sides of x are multiples of 8.
#ifndef TESTS_NN_ZOO_H
#define TESTS_NN_ZOO_H

#include "nn/last_dtype.h"
#include "nn/layer.h"
#include "test.h"

#include "base/rng.h"

#define ZOO_CLASSES 5

static inline struct tensor *zoo_scores(struct graph *g, struct tensor *x)
{
    const struct conv2d half = {.channels = 8, .kernel = 4, .stride = 2, .pad = 1};
    const struct conv2d same = {.channels = 8, .kernel = 3, .same = 1, .bias = 1};
    struct tensor *d1 = activation(g, conv2d(g, x, "d1", half), ACTIVATION_LEAKY);
    struct tensor *d2 = batch_norm(g, conv2d(g, d1, "d2", half), "n2", (struct norm){0});
    d2 = dropout(g, activation(g, d2, ACTIVATION_RELU), 0.25f);
    struct tensor *d3 = conv2d(g, max_pool(g, d2, 3, 2, 1), "d3", same);
    d3 = activation(g, d3, ACTIVATION_TANH);
    struct tensor *r = activation(g, add(g, upsample_bilinear(g, d3, 2), d2), ACTIVATION_RELU6);
    struct tensor *u = conv_transpose2d(g, concat(g, r, d2), "u1", half);
    u = activation(g, batch_norm(g, u, "m1", (struct norm){0}), ACTIVATION_LEAKY);
    struct tensor *c = conv2d(g, concat(g, u, d1), "c1", same);
    c = activation(g, batch_norm(g, c, "m2", (struct norm){0}), ACTIVATION_SIGMOID);
    return conv2d(g, upsample_nearest(g, c, 2), "out",
                  (struct conv2d){.channels = ZOO_CLASSES, .kernel = 4, .same = 1, .bias = 1});
}

struct zoo {
    struct graph *g;
    struct tensor *x, *labels, *scores, *loss;
    float *values;
    uint8_t *classes;
    size_t count; // of scores
};

// Builds the network on the parameters' device, without finishing it. It ends in two losses, the
// second through softmax and a small discriminator.
static inline void zoo_build(struct zoo *z, struct params *params, enum dtype dtype, size_t h,
                             size_t w)
{
    *z = (struct zoo){.g = graph_new(params->backend, dtype, GRAPH_TRAIN, 3)};
    if (!z->g)
        return;
    graph_params(z->g, params, 0);
    graph_init(z->g, PARAM_HE_NORMAL);
    z->x = graph_input(z->g, 2, h, w, 3);
    z->labels = graph_input_labels(z->g, 2, h, w, 1);
    z->scores = graph_output(z->g, zoo_scores(z->g, z->x));
    z->loss = loss_cross_entropy(z->g, z->scores, z->labels, NULL, NULL, 0, 1);
    struct tensor *judged = linear(z->g, softmax(z->g, z->scores), "judge", 4);
    loss_gan(z->g, judged, GAN_LEAST_SQUARES, 1, 0.1f);
    z->count = 2 * h * w * ZOO_CLASSES;
}

// Sets inputs that depend on `seed`.
static inline void zoo_inputs(struct zoo *z, uint64_t seed)
{
    const size_t rows = z->count / ZOO_CLASSES;
    struct rng rng = {.seed = seed};
    z->values = malloc(rows * 3 * sizeof *z->values);
    z->classes = malloc(rows);
    for (size_t i = 0; i < rows * 3; i++)
        z->values[i] = rng_normal(&rng);
    for (size_t i = 0; i < rows; i++)
        z->classes[i] = (uint8_t)rng_below(&rng, ZOO_CLASSES);
    graph_set(z->x, z->values);
    graph_set_labels(z->labels, z->classes);
}

static inline void zoo_free(struct zoo *z)
{
    graph_free(z->g);
    free(z->values);
    free(z->classes);
    *z = (struct zoo){0};
}

#endif
