// The generators of the article and of the paper. They are U-Nets with seven levels, so the sides
// of the photo must be multiples of 128; the paper's also comes with eight.

#include <stdio.h>

#include "model/networks/networks.h"

#define LEVELS 7
#define LEVELS_MOST 8

// Channels at each level, in units of `filters`.
static const size_t widths[LEVELS_MOST] = {1, 2, 4, 8, 8, 8, 8, 8};

// Keras-GAN's settings.
static const struct norm keras_norm = {.epsilon = 1e-3f, .momentum = 0.8f};

struct tensor *generator_keras_gan(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape, struct tensor **garments)
{
    (void)garments;
    struct tensor *skips[LEVELS], *x = photo;
    char name[32];
    graph_init(g, PARAM_GLOROT_UNIFORM);
    for (size_t i = 0; i < LEVELS; i++) {
        snprintf(name, sizeof name, "down%zu.conv", i + 1);
        x = conv2d(g, x, name,
                   (struct conv2d){.channels = widths[i] * shape.filters,
                                   .kernel = 4,
                                   .stride = 2,
                                   .same = 1,
                                   .bias = 1});
        x = activation(g, x, ACTIVATION_LEAKY);
        snprintf(name, sizeof name, "down%zu.norm", i + 1);
        if (i > 0)
            x = batch_norm(g, x, name, keras_norm);
        skips[i] = x;
    }
    for (size_t i = LEVELS - 1; i > 0; i--) {
        x = upsample_nearest(g, x, 2);
        snprintf(name, sizeof name, "up%zu.conv", i);
        x = conv2d(
            g, x, name,
            (struct conv2d){
                .channels = widths[i - 1] * shape.filters, .kernel = 4, .same = 1, .bias = 1});
        x = activation(g, x, ACTIVATION_RELU);
        snprintf(name, sizeof name, "up%zu.norm", i);
        x = batch_norm(g, x, name, keras_norm);
        x = concat(g, x, skips[i - 1]);
    }
    x = upsample_nearest(g, x, 2);
    x = conv2d(g, x, "out",
               (struct conv2d){.channels = shape.outputs, .kernel = 4, .same = 1, .bias = 1});
    return shape.rgb ? activation(g, x, ACTIVATION_TANH) : x;
}

static struct tensor *pix2pix(struct graph *g, struct tensor *photo, struct generator_shape shape,
                              size_t levels)
{
    struct tensor *skips[LEVELS_MOST], *x = photo;
    const struct conv2d half = {.kernel = 4, .stride = 2, .pad = 1};
    char name[32];
    graph_init(g, PARAM_NORMAL_002);
    for (size_t i = 0; i < levels; i++) {
        struct conv2d o = half;
        o.channels = widths[i] * shape.filters;
        o.bias = i == 0 || i == levels - 1; // these have no normalization
        if (i > 0)
            x = activation(g, x, ACTIVATION_LEAKY);
        snprintf(name, sizeof name, "down%zu.conv", i + 1);
        x = conv2d(g, x, name, o);
        snprintf(name, sizeof name, "down%zu.norm", i + 1);
        if (!o.bias)
            x = batch_norm(g, x, name, (struct norm){0});
        skips[i] = x;
    }
    for (size_t i = levels - 1; i > 0; i--) {
        struct conv2d o = half;
        o.channels = widths[i - 1] * shape.filters;
        x = activation(g, x, ACTIVATION_RELU);
        snprintf(name, sizeof name, "up%zu.conv", i);
        x = conv_transpose2d(g, x, name, o);
        snprintf(name, sizeof name, "up%zu.norm", i);
        x = batch_norm(g, x, name, (struct norm){0});
        if (i >= 4 && i <= 6)
            x = dropout(g, x, 0.5f);
        x = concat(g, x, skips[i - 1]);
    }
    struct conv2d last = half;
    last.channels = shape.outputs;
    last.bias = 1;
    x = conv_transpose2d(g, activation(g, x, ACTIVATION_RELU), "out", last);
    return shape.rgb ? activation(g, x, ACTIVATION_TANH) : x;
}

struct tensor *generator_pix2pix(struct graph *g, struct tensor *photo,
                                 struct generator_shape shape, struct tensor **garments)
{
    (void)garments;
    return pix2pix(g, photo, shape, LEVELS);
}

struct tensor *generator_pix2pix_256(struct graph *g, struct tensor *photo,
                                     struct generator_shape shape, struct tensor **garments)
{
    (void)garments;
    return pix2pix(g, photo, shape, LEVELS_MOST);
}
