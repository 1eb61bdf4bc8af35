// Copies that change the layout, around convolutions.
#ifndef NN_CUDA_PACK_H
#define NN_CUDA_PACK_H

#include "nn/cuda/cuda.h"

// Copies f32 weights (out, in, area) to (out, area, room) of type `dtype`. Channels from `in` to
// `room` are not written.
void pack_weights(enum dtype dtype, const float *weights, size_t out, size_t in, size_t area,
                  size_t room, void *packed);
// The way back.
void unpack_weights(enum dtype dtype, const void *packed, size_t out, size_t in, size_t area,
                    size_t room, int add, float *weights);

// A copy of photos (h, w, c) into frames (out_h, out_w, out_c). The photo's upper left corner goes
// to (top, left), which may be below 0. What lies outside the frame is cut off, and the frame is 0
// outside the photo.
struct frame {
    size_t h, w, c, out_h, out_w, out_c;
    long top, left;
};
void reframe(enum dtype dtype, const struct frame *frame, size_t photos, const void *x, void *y);

#endif
