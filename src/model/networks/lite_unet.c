// A U-Net whose way down is EfficientNet-Lite0 without its head, and whose way up is one 3x3
// convolution a level. Scores are made at half the photo's size and enlarged: CCP's labels, drawn
// along superpixels, are no finer than that. Layer names of the encoder carry the prefix "encoder."
// so that `swatch train --start-from` finds the ImageNet weights.

#include <stdio.h>

#include "model/networks/networks.h"

struct tensor *generator_lite_unet(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape)
{
    // The decoder's width at 1/2, 1/4, 1/8 and 1/16, in units of filters.
    static const size_t widths[4] = {1, 2, 3, 4};
    struct tensor *features[5] = {NULL}, *x;
    char stem[64];

    graph_init(g, PARAM_HE_NORMAL);
    encoder_lite(g, photo, EFFICIENTNET_LITE0, 0, features);
    x = features[4];
    for (size_t level = 4; level-- > 0;) {
        x = concat(g, upsample_nearest(g, x, 2), features[level]);
        snprintf(stem, sizeof stem, "decoder.up%zu", level + 1);
        x = lite_conv_norm(
            g, x, stem,
            (struct conv2d){.channels = widths[level] * shape.filters, .kernel = 3, .pad = 1},
            ACTIVATION_RELU);
    }
    x = conv2d(g, x, "out",
               (struct conv2d){.channels = shape.outputs, .kernel = 3, .pad = 1, .bias = 1});
    x = upsample_bilinear(g, x, 2);
    return shape.rgb ? activation(g, x, ACTIVATION_TANH) : x;
}
