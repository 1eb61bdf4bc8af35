// Rearrangements around a convolution.
#ifndef NN_CUDA_PACK_H
#define NN_CUDA_PACK_H

#include "nn/cuda/cuda.h"

// From f32 (out, in, area) to (out, area, room) of `dtype`, of which the first `in` are written,
// and back.
void pack_weights(enum dtype dtype, const float *weights, size_t out, size_t in, size_t area,
                  size_t room, void *packed);
void unpack_weights(enum dtype dtype, const void *packed, size_t out, size_t in, size_t area,
                    size_t room, int add, float *weights);
// y (n, out_h, out_w, out_c) with x (n, h, w, c) laid `top` rows down and `left` columns to the
// right (below 0: up and to the left), and 0 where it does not reach.
void reframe(enum dtype dtype, const void *x, size_t n, size_t h, size_t w, size_t c, long top,
             long left, size_t out_h, size_t out_w, size_t out_c, void *y);

#endif
