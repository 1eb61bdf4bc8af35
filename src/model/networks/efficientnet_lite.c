// EfficientNet-Lite without its head (Tan, Le, arXiv 1905.11946). The Lite variants have ReLU6 and
// no squeeze-and-excitation. Names of layers begin with "encoder.".

#include <stdio.h>

#include "model/networks/networks.h"

struct stage {
    size_t blocks, kernel, stride, expand, channels;
};

#define STAGES 7

static const struct stage sizes[][STAGES] = {
    [EFFICIENTNET_LITE0] = {{1, 3, 1, 1, 16},
                            {2, 3, 2, 6, 24},
                            {2, 5, 2, 6, 40},
                            {3, 3, 2, 6, 80},
                            {3, 5, 1, 6, 112},
                            {4, 5, 2, 6, 192},
                            {1, 3, 1, 6, 320}},
    [EFFICIENTNET_LITE2] = {{1, 3, 1, 1, 16},
                            {3, 3, 2, 6, 24},
                            {3, 5, 2, 6, 48},
                            {4, 3, 2, 6, 88},
                            {4, 5, 1, 6, 120},
                            {5, 5, 2, 6, 208},
                            {1, 3, 1, 6, 352}},
};

// The settings of the normalization are TensorFlow's, with which the weights were trained.
static struct tensor *conv_norm(struct graph *g, struct tensor *x, const char *stem,
                                struct conv2d o, enum activation f, int frozen)
{
    char name[PARAM_NAME_MAX];
    snprintf(name, sizeof name, "%s.conv", stem);
    x = conv2d(g, x, name, o);
    snprintf(name, sizeof name, "%s.norm", stem);
    x = batch_norm(g, x, name, (struct norm){.epsilon = 1e-3f, .momentum = 0.9f, .fixed = frozen});
    return f == ACTIVATION_NONE ? x : activation(g, x, f);
}

struct tensor *lite_conv_norm(struct graph *g, struct tensor *x, const char *stem, struct conv2d o,
                              enum activation f)
{
    return conv_norm(g, x, stem, o, f, 0);
}

// The inverted bottleneck of MobileNetV2: expand, a depthwise convolution, project.
static struct tensor *bottleneck(struct graph *g, struct tensor *x, size_t number,
                                 const struct stage *s, size_t stride, int frozen)
{
    struct tensor *start = x;
    char stem[64];
    if (!x)
        return NULL;
    const size_t wide = x->c * s->expand;
    if (s->expand > 1) {
        snprintf(stem, sizeof stem, "encoder.block%zu.expand", number);
        x = conv_norm(g, x, stem, (struct conv2d){.channels = wide, .kernel = 1}, ACTIVATION_RELU6,
                      frozen);
    }
    snprintf(stem, sizeof stem, "encoder.block%zu.depthwise", number);
    x = conv_norm(
        g, x, stem,
        (struct conv2d){
            .channels = wide, .kernel = s->kernel, .stride = stride, .groups = wide, .same = 1},
        ACTIVATION_RELU6, frozen);
    snprintf(stem, sizeof stem, "encoder.block%zu.project", number);
    x = conv_norm(g, x, stem, (struct conv2d){.channels = s->channels, .kernel = 1},
                  ACTIVATION_NONE, frozen);
    return x && stride == 1 && x->c == start->c ? add(g, start, x) : x;
}

void encoder_lite(struct graph *g, struct tensor *photo, enum efficientnet_lite size, size_t frozen,
                  struct tensor *features[5])
{
    const struct stage *stages = sizes[size];
    size_t level = 0, number = 0;
    if (frozen)
        graph_freeze(g, 1);
    struct tensor *x =
        conv_norm(g, photo, "encoder.stem",
                  (struct conv2d){.channels = 32, .kernel = 3, .stride = 2, .same = 1},
                  ACTIVATION_RELU6, frozen > 0);
    for (size_t s = 0; s < STAGES; s++) {
        if (frozen)
            graph_freeze(g, s < frozen);
        for (size_t b = 0; b < stages[s].blocks; b++) {
            const size_t stride = b == 0 ? stages[s].stride : 1;
            if (stride == 2)
                features[level++] = x;
            x = bottleneck(g, x, number++, &stages[s], stride, s < frozen);
        }
    }
    if (frozen)
        graph_freeze(g, 0);
    features[level] = x;
}
