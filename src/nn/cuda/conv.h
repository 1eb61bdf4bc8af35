// What conv.cu builds the engine's convolutions from: dense.cu (cuDNN) computes those of one group,
// grouped.cu (our own kernels) those of several groups.
#ifndef NN_CUDA_CONV_H
#define NN_CUDA_CONV_H

#include "nn/cuda/cuda.h"

// A convolution of one group, with the same padding on opposite sides. Weights and their gradient
// have the activations' type and the order (O, KH, KW, I).
struct dense;

// The passes that are wanted, as bits.
enum { DENSE_FORWARD = 1, DENSE_DATA = 2, DENSE_WEIGHTS = 4 };

// Prepares these passes for one shape and raises *scratch to the bytes that they need. Free *dense
// with dense_free.
int dense_new(const struct conv_shape *shape, enum dtype dtype, int passes, size_t *scratch,
              struct dense **dense, swatch_error *error);
void dense_free(struct dense *dense); // NULL is fine
void dense_forward(struct dense *dense, const void *x, const void *weights, void *y, void *scratch);
void dense_backward_data(struct dense *dense, const void *dy, const void *weights, void *dx,
                         void *scratch);
// Overwrites dweights.
void dense_backward_weights(struct dense *dense, const void *x, const void *dy, void *dweights,
                            void *scratch);

// 1 if each channel is a group of its own.
int grouped_is_depthwise(const struct conv_shape *shape);
// Bytes of scratch for the passes.
size_t grouped_scratch(const struct conv_shape *shape, int need_dw);
// weights: f32, (KH, KW, C) for a depthwise convolution, else (O, I / groups, KH, KW). bias (out_c)
// may be NULL.
void grouped_forward(enum dtype dtype, const struct conv_shape *shape, const void *x,
                     const float *weights, const float *bias, enum activation f, void *y);
void grouped_backward_data(enum dtype dtype, const struct conv_shape *shape, const void *dy,
                           const float *weights, void *dx);
// dweights: (O, I / groups, KH, KW).
void grouped_backward_weights(enum dtype dtype, const struct conv_shape *shape, const void *x,
                              const void *dy, float *dweights, int add, void *scratch);

#endif
