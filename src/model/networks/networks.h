// The networks, as functions that add layers to a graph. A network is chosen by its name, which
// stands in the model file.
#ifndef MODEL_NETWORKS_NETWORKS_H
#define MODEL_NETWORKS_NETWORKS_H

#include "nn/layers.h"

// How many numbers a generator puts out for a pixel, and what they are.
struct generator_shape {
    size_t filters; // of the first layer; the others are multiples of it. 0: the network's own
    size_t outputs; // channels of the output
    int rgb;        // 1: a color-coded map through tanh; 0: class scores
};

// The photo (N, H, W, 3) in -1..1, H and W multiples of `multiple`, to (N, H, W, outputs).
struct generator {
    const char *name;
    size_t multiple;
    size_t filters;  // when the shape leaves it open
    int has_encoder; // 1: it has parameters "encoder....", which may learn at a rate of their own
    struct tensor *(*build)(struct graph *g, struct tensor *photo, struct generator_shape shape);
};

// The article's: Keras-GAN's pix2pix. Seven 4x4 convolutions of stride 2 down (leaky ReLU, then
// batch normalization), seven up by nearest upsampling and 4x4 convolution, skips between.
struct tensor *generator_keras_gan(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape);
// The paper's (Isola et al., arXiv 1611.07004): transposed convolutions, normalization before the
// activation, dropout in the three innermost ups.
struct tensor *generator_pix2pix(struct graph *g, struct tensor *photo,
                                 struct generator_shape shape);
// The same with eight halvings, as PyTorch's pix2pix makes it unless told otherwise (unet_256).
struct tensor *generator_pix2pix_256(struct graph *g, struct tensor *photo,
                                     struct generator_shape shape);
// A U-Net on EfficientNet-Lite0 (Tan, Le, arXiv 1905.11946; the Lite variant has ReLU6 and no
// squeeze-and-excitation), whose encoder can start from ImageNet. `filters` is the decoder's.
struct tensor *generator_lite_unet(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape);
// The same on EfficientNet-Lite2: 5.1 instead of 3.7 million parameters.
struct tensor *generator_lite2_unet(struct graph *g, struct tensor *photo,
                                    struct generator_shape shape);

enum efficientnet_lite {
    EFFICIENTNET_LITE0, // features of 16, 24, 40, 112 and 320 channels
    EFFICIENTNET_LITE2, // 16, 24, 48, 120 and 352
};

// EfficientNet-Lite without its head: features at 1/2, 1/4, 1/8, 1/16 and 1/32. Parameters are
// called "encoder....". The first `frozen` of its 7 stages, and the stem with the first, do not
// learn; 2 are all that is finer than 1/4.
void encoder_lite(struct graph *g, struct tensor *photo, enum efficientnet_lite size, size_t frozen,
                  struct tensor *features[5]);
// A convolution "stem.conv", batch normalization "stem.norm" as the encoder's, then f.
struct tensor *lite_conv_norm(struct graph *g, struct tensor *x, const char *stem,
                              struct conv2d options, enum activation f);

// NULL when there is none of that name.
const struct generator *generator_find(const char *name);
// The names, separated by ", ", for messages.
#define GENERATOR_NAMES "keras-gan, pix2pix, pix2pix-256, lite-unet, lite2-unet"

// Photo and map on top of each other to one number for each patch (N, H/16, W/16, 1). The article's
// (Keras-GAN's): four 4x4 convolutions of stride 2, batch normalization after the activation.
struct tensor *discriminator_keras_gan(struct graph *g, struct tensor *photo, struct tensor *map,
                                       size_t filters);
// The paper's 70x70 PatchGAN: three of stride 2, two of stride 1.
struct tensor *discriminator_patchgan(struct graph *g, struct tensor *photo, struct tensor *map,
                                      size_t filters);

#endif
