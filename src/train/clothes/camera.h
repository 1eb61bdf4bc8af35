// What a poor camera and a chat program do to a picture: too little light, light of a color, a soft
// lens, noise, JPEG. Training sees such samples so that extraction copes with such photos.
#ifndef TRAIN_CLOTHES_CAMERA_H
#define TRAIN_CLOTHES_CAMERA_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "base/rng.h"

struct camera {
    float light[3]; // each channel is multiplied by it, 0..1 scale: color and amount of light
    float noise;    // deviation of the noise of single channels, in 0..1
    size_t shrink;  // the picture is shrunk by this and enlarged again: 1 (sharp) to 3
    int quality;    // of JPEG, 1-100; 0: no JPEG
};

// Draws a camera. Each of the four faults comes in about half of the draws.
void camera_draw(struct rng *rng, struct camera *camera);

// Takes the picture anew, in place: photo (height, width, 3) in -1..1. What labels (height, width)
// call SOURCE_OUTSIDE stays 0. `rng` gives the noise. Only lack of memory and libvips can fail.
int camera_take(const struct camera *camera, float *photo, const uint8_t *labels, size_t height,
                size_t width, struct rng *rng, swatch_error *error);

#endif
