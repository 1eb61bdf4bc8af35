// The networks, as functions that add layers to a graph. A model file has the name of its network.
#ifndef MODEL_NETWORKS_NETWORKS_H
#define MODEL_NETWORKS_NETWORKS_H

#include "nn/layers.h"

// The sizes and the output of a generator.
struct generator_shape {
    size_t filters;  // of the first layer; the others are multiples of it. Not 0
    size_t outputs;  // channels of the output
    int rgb;         // 1: the output is a map in colors, -1..1; 0: class scores
    size_t garments; // classes of the second head; 0: there is none
};

// A network that turns a photo (N, H, W, 3) in -1..1 into (N, H, W, outputs). H and W must be
// multiples of `multiple`. One with has_encoder may have a second head, which tells garments apart:
// *garments gets its scores (N, H/2, W/2, shape.garments). `garments` is NULL where there is none.
struct generator {
    const char *name;
    size_t multiple;
    size_t filters;  // the usual ones
    int has_encoder; // 1: names of parameters begin with "encoder.", which may have an own rate
    struct tensor *(*build)(struct graph *g, struct tensor *photo, struct generator_shape shape,
                            struct tensor **garments);
};

// Keras-GAN's pix2pix, which the article used: seven 4x4 convolutions of stride 2 down (leaky ReLU,
// then batch normalization), seven times nearest upsampling and a 4x4 convolution up, skip
// connections between.
struct tensor *generator_keras_gan(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape, struct tensor **garments);
// The paper's pix2pix (Isola et al., arXiv 1611.07004): transposed convolutions, normalization
// before the activation, dropout in three of the inner levels up.
struct tensor *generator_pix2pix(struct graph *g, struct tensor *photo,
                                 struct generator_shape shape, struct tensor **garments);
// The same with eight levels in place of seven, the default of PyTorch's pix2pix (unet_256).
struct tensor *generator_pix2pix_256(struct graph *g, struct tensor *photo,
                                     struct generator_shape shape, struct tensor **garments);
// A U-Net on EfficientNet-Lite0, whose encoder can start from ImageNet. `filters` are the
// decoder's.
struct tensor *generator_lite_unet(struct graph *g, struct tensor *photo,
                                   struct generator_shape shape, struct tensor **garments);
// The same on EfficientNet-Lite2: 5.1 million parameters in place of 3.7.
struct tensor *generator_lite2_unet(struct graph *g, struct tensor *photo,
                                    struct generator_shape shape, struct tensor **garments);

enum efficientnet_lite {
    EFFICIENTNET_LITE0, // features have 16, 24, 40, 112 and 320 channels
    EFFICIENTNET_LITE2, // features have 16, 24, 48, 120 and 352 channels
};

// Adds EfficientNet-Lite without its head. The features are at 1/2, 1/4, 1/8, 1/16 and 1/32 of the
// photo's size. Names of parameters begin with "encoder.". The first `frozen` of the 7 stages do
// not learn, and with the first one the stem; the first 2 are those up to 1/4.
void encoder_lite(struct graph *g, struct tensor *photo, enum efficientnet_lite size, size_t frozen,
                  struct tensor *features[5]);
// A convolution STEM.conv, a batch normalization STEM.norm with the encoder's settings, then f.
struct tensor *lite_conv_norm(struct graph *g, struct tensor *x, const char *stem,
                              struct conv2d options, enum activation f);

// Returns NULL if there is none of that name.
const struct generator *generator_find(const char *name);
// The names of all generators, for messages.
#define GENERATOR_NAMES "keras-gan, pix2pix, pix2pix-256, lite-unet, lite2-unet"

// The discriminators judge each patch of a photo and its map: (N, H/16, W/16, 1) and (N, H/8 - 2,
// W/8 - 2, 1). The article's (Keras-GAN's) has four 4x4 convolutions of stride 2, and batch
// normalization after the activation.
struct tensor *discriminator_keras_gan(struct graph *g, struct tensor *photo, struct tensor *map,
                                       size_t filters);
// The paper's 70x70 PatchGAN has three convolutions of stride 2 and two of stride 1.
struct tensor *discriminator_patchgan(struct graph *g, struct tensor *photo, struct tensor *map,
                                      size_t filters);

#endif
