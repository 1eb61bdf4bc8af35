// The discriminators, which judge patch by patch whether a map belongs to a photo.

#include <stdio.h>

#include "model/networks/networks.h"

struct tensor *discriminator_keras_gan(struct graph *g, struct tensor *photo, struct tensor *map,
                                       size_t filters)
{
    struct tensor *x = concat(g, photo, map);
    char name[32];
    graph_init(g, PARAM_GLOROT_UNIFORM);
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "layer%zu.conv", i + 1);
        x = conv2d(g, x, name,
                   (struct conv2d){
                       .channels = filters << i, .kernel = 4, .stride = 2, .same = 1, .bias = 1});
        x = activation(g, x, ACTIVATION_LEAKY);
        snprintf(name, sizeof name, "layer%zu.norm", i + 1);
        if (i > 0)
            x = batch_norm(g, x, name, (struct norm){.epsilon = 1e-3f, .momentum = 0.8f});
    }
    return conv2d(g, x, "out", (struct conv2d){.channels = 1, .kernel = 4, .same = 1, .bias = 1});
}

struct tensor *discriminator_patchgan(struct graph *g, struct tensor *photo, struct tensor *map,
                                      size_t filters)
{
    struct tensor *x = concat(g, photo, map);
    char name[32];
    graph_init(g, PARAM_NORMAL_002);
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "layer%zu.conv", i + 1);
        x = conv2d(g, x, name,
                   (struct conv2d){.channels = filters << i,
                                   .kernel = 4,
                                   .stride = i < 3 ? 2 : 1,
                                   .pad = 1,
                                   .bias = i == 0});
        snprintf(name, sizeof name, "layer%zu.norm", i + 1);
        if (i > 0)
            x = batch_norm(g, x, name, (struct norm){0});
        x = activation(g, x, ACTIVATION_LEAKY);
    }
    return conv2d(g, x, "out", (struct conv2d){.channels = 1, .kernel = 4, .pad = 1, .bias = 1});
}
