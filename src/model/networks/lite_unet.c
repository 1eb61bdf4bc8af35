// U-Nets. The encoder is EfficientNet-Lite without its head; the decoder has one 3x3 convolution a
// level. Scores are computed at half the photo's size and enlarged, since CCP's labels, drawn along
// superpixels, are no finer. A second head, "garments", tells garments apart from the same
// features. Names of the encoder's layers begin with "encoder.", so that `swatch train
// --start-from` finds ImageNet's weights for them.

#include <stdio.h>

#include "model/networks/networks.h"

static struct tensor *lite_unet(struct graph *g, struct tensor *photo, enum efficientnet_lite size,
                                struct generator_shape shape, struct tensor **garments)
{
    // The decoder's width at 1/2, 1/4, 1/8 and 1/16, in units of filters.
    static const size_t widths[4] = {1, 2, 3, 4};
    struct tensor *features[5] = {NULL}, *x;
    char stem[64];

    graph_init(g, PARAM_HE_NORMAL);
    encoder_lite(g, photo, size, 0, features);
    x = features[4];
    for (size_t level = 4; level-- > 0;) {
        x = concat(g, upsample_nearest(g, x, 2), features[level]);
        snprintf(stem, sizeof stem, "decoder.up%zu", level + 1);
        x = lite_conv_norm(
            g, x, stem,
            (struct conv2d){.channels = widths[level] * shape.filters, .kernel = 3, .pad = 1},
            ACTIVATION_RELU);
    }
    if (shape.garments)
        *garments =
            conv2d(g, x, "garments",
                   (struct conv2d){.channels = shape.garments, .kernel = 3, .pad = 1, .bias = 1});
    x = conv2d(g, x, "out",
               (struct conv2d){.channels = shape.outputs, .kernel = 3, .pad = 1, .bias = 1});
    x = upsample_bilinear(g, x, 2);
    return shape.rgb ? activation(g, x, ACTIVATION_TANH) : x;
}

struct tensor *generator_lite_unet(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape, struct tensor **garments)
{
    return lite_unet(g, photo, EFFICIENTNET_LITE0, shape, garments);
}

struct tensor *generator_lite2_unet(struct graph *g, struct tensor *photo,
                                    struct generator_shape shape, struct tensor **garments)
{
    return lite_unet(g, photo, EFFICIENTNET_LITE2, shape, garments);
}
