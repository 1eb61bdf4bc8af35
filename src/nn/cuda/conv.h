// Between conv.cu, which knows the engine's convolutions, and what computes them: dense.cu (cuDNN)
// for those in one group, grouped.cu (own kernels) for the others.
#ifndef NN_CUDA_CONV_H
#define NN_CUDA_CONV_H

#include "nn/cuda/cuda.h"

// One convolution of a shape without groups. Weights are of the activations' type, (O, KH, KW, I).
// Padding is the same before and behind.
struct dense;

// Passes that are wanted, as bits.
enum { DENSE_FORWARD = 1, DENSE_DATA = 2, DENSE_WEIGHTS = 4 };

// *scratch is raised to what each pass needs.
int dense_new(const struct conv_shape *shape, enum dtype dtype, int passes, size_t *scratch,
              struct dense **dense, swatch_error *error);
void dense_free(struct dense *dense);
void dense_forward(struct dense *dense, const void *x, const void *weights, void *y, void *scratch);
void dense_backward_data(struct dense *dense, const void *dy, const void *weights, void *dx,
                         void *scratch);
// Overwrites dweights, of the weights' type and order.
void dense_backward_weights(struct dense *dense, const void *x, const void *dy, void *dweights,
                            void *scratch);

int grouped_is_depthwise(const struct conv_shape *shape);
size_t grouped_scratch(const struct conv_shape *shape, int need_dw);
// weights: (KH, KW, C) where it is depthwise, else (O, I / groups, KH, KW).
void grouped_forward(enum dtype dtype, const struct conv_shape *shape, const void *x,
                     const float *weights, const float *bias, enum activation f, void *y);
void grouped_backward_data(enum dtype dtype, const struct conv_shape *shape, const void *dy,
                           const float *weights, void *dx);
void grouped_backward_weights(enum dtype dtype, const struct conv_shape *shape, const void *x,
                              const void *dy, float *dweights, int add, void *scratch);

#endif
