// Changes a sample as a poor camera and a chat program change a picture: too little or colored
// light, a soft lens, noise, JPEG. Extraction meets such photos, so training must see them.
#ifndef TRAIN_CLOTHES_CAMERA_H
#define TRAIN_CLOTHES_CAMERA_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "base/rng.h"

struct camera {
    float light[3]; // factors of the channels: color and amount of light
    float noise;    // deviation of a channel's noise, of 0..1
    size_t shrink;  // the picture is shrunk by this, 1 (sharp) to 3, and enlarged again
    int quality;    // of JPEG, 1-100; 0: no JPEG
};

// Draws a camera. Each of the four faults comes in about half of the draws.
void camera_draw(struct rng *rng, struct camera *camera);

// Changes photo (height, width, 3), in -1..1, as the camera does, with noise from `rng`. Pixels
// whose label is SOURCE_OUTSIDE stay 0. Errors are those of memory and of libvips.
int camera_take(const struct camera *camera, float *photo, const uint8_t *labels, size_t height,
                size_t width, struct rng *rng, swatch_error *error);

#endif
