// The functions behind backend_cpu; what each does stands in nn/backend.h.
#ifndef NN_CPU_CPU_H
#define NN_CPU_CPU_H

#include "nn/backend.h"

// dnnl.c
int cpu_has_bf16(void); // convolutions of bf16 at all
int cpu_has_fast_bf16(void);
int cpu_conv_new(const struct conv_shape *shape, enum dtype dtype, int transposed, int has_bias,
                 enum activation activation, int need_dx, int need_dw, size_t *scratch,
                 struct conv **conv, swatch_error *error);
void cpu_conv_free(struct conv *conv);
void cpu_conv_pack(struct conv *conv, const float *weights);
void cpu_conv_forward(struct conv *conv, const void *x, const float *bias, void *y, void *scratch);
void cpu_conv_backward_data(struct conv *conv, const void *dy, void *dx, void *scratch);
void cpu_conv_backward_weights(struct conv *conv, const void *x, const void *dy, float *dweights,
                               int add, void *scratch);

// depthwise.c: conv_backward_weights where depthwise_fits; scratch of depthwise_scratch bytes, as
// many as it said when the convolution was made (it counts the threads).
int cpu_depthwise_fits(const struct conv_shape *shape);
size_t cpu_depthwise_scratch(const struct conv_shape *shape);
void cpu_depthwise_weights(enum dtype dtype, const struct conv_shape *shape, size_t scratch_bytes,
                           const void *x, const void *dy, float *dweights, int add, void *scratch);

// elementwise.c
void cpu_activation_forward(enum dtype dtype, enum activation f, const void *x, void *y,
                            size_t count);
void cpu_activation_backward(enum dtype dtype, enum activation f, const void *y, const void *dy,
                             void *dx, size_t count);
void cpu_add_forward(enum dtype dtype, enum activation f, const void *a, const void *b, void *y,
                     size_t count);
void cpu_copy_channels(enum dtype dtype, const void *x, size_t x_channels, size_t x_first, void *y,
                       size_t y_channels, size_t y_first, size_t channels, size_t rows);
void cpu_dropout(enum dtype dtype, float rate, uint64_t seed, const uint64_t *step, const void *x,
                 void *y, size_t count);
void cpu_paint(enum dtype dtype, const uint8_t *labels, size_t rows, const float *table,
               size_t classes, size_t channels, void *y);
void cpu_upload(enum dtype dtype, const float *from, void *to, size_t count);
void cpu_download(enum dtype dtype, const void *from, float *to, size_t count);

// norm.c
size_t cpu_sum_scratch(size_t groups, size_t channels);
void cpu_bias_backward(enum dtype dtype, const void *dy, size_t rows, size_t channels, float *dbias,
                       int add, void *scratch);
void cpu_norm_forward(enum dtype dtype, const void *x, size_t groups, size_t rows, size_t channels,
                      const float *gamma, const float *beta, float epsilon, enum activation f,
                      float *stats, void *y, void *scratch);
void cpu_norm_backward(enum dtype dtype, const void *x, const void *dy, size_t groups, size_t rows,
                       size_t channels, const float *gamma, const float *beta, enum activation f,
                       const float *stats, void *dx, float *dgamma, float *dbeta, int add,
                       void *scratch);
void cpu_norm_backward_sums(enum dtype dtype, const void *x, const void *dy, size_t rows,
                            size_t channels, const float *gamma, const float *beta,
                            enum activation f, const float *stats, double *sums, void *scratch);
void cpu_norm_backward_data(enum dtype dtype, const void *x, const void *dy, size_t rows,
                            size_t channels, const float *gamma, const float *beta,
                            enum activation f, const float *stats, const float *means, void *dx);
void cpu_affine_forward(enum dtype dtype, const void *x, size_t rows, size_t channels,
                        const float *scale, const float *shift, enum activation f, void *y);
void cpu_norm_running(const float *stats, size_t rows, size_t channels, float epsilon,
                      float momentum, float *mean, float *variance);
void cpu_norm_affine(const float *gamma, const float *beta, const float *mean,
                     const float *variance, float epsilon, size_t channels, float *scale,
                     float *shift);

// resample.c
void cpu_upsample_forward(enum dtype dtype, int bilinear, const void *x, size_t n, size_t h,
                          size_t w, size_t c, size_t oh, size_t ow, void *y);
void cpu_upsample_backward(enum dtype dtype, int bilinear, const void *dy, size_t n, size_t h,
                           size_t w, size_t c, size_t oh, size_t ow, void *dx);
void cpu_pool_forward(enum dtype dtype, const struct conv_shape *shape, const void *x, void *y,
                      uint8_t *index);
void cpu_pool_backward(enum dtype dtype, const struct conv_shape *shape, const uint8_t *index,
                       const void *dy, void *dx);

// roi.c
void cpu_roi_align_forward(enum dtype dtype, const struct roi_shape *shape,
                           const void *const *levels, const float *rois, void *y);
size_t cpu_roi_align_scratch(const struct roi_shape *shape);
void cpu_roi_align_backward(enum dtype dtype, const struct roi_shape *shape, const float *rois,
                            const void *dy, void *const *dlevels, void *scratch);

// loss.c
void cpu_softmax_forward(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y);
void cpu_softmax_backward(enum dtype dtype, const void *y, const void *dy, size_t rows,
                          size_t channels, void *dx);
void cpu_cross_entropy(enum dtype dtype, const void *x, const uint8_t *labels, const float *weights,
                       size_t rows, size_t channels, float factor, void *dx, double *value);
void cpu_dice_sums(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                   size_t channels, double *sums);
void cpu_dice_slopes(const double *sums, size_t channels, float *slopes, double *value);
void cpu_dice_backward(enum dtype dtype, const void *x, const uint8_t *labels, const float *slopes,
                       size_t rows, size_t channels, float factor, void *dx);
void cpu_l1(enum dtype dtype, const void *x, const void *y, size_t count, float factor, void *dx,
            double *value);
void cpu_gan(enum dtype dtype, enum gan_loss kind, const void *x, float target, size_t count,
             float factor, void *dx, double *value);
void cpu_binary_cross_entropy(enum dtype dtype, const void *x, const uint8_t *target, size_t count,
                              size_t divisor, float factor, void *dx, double *value);
void cpu_smooth_l1(enum dtype dtype, const void *x, const float *target, float beta, size_t count,
                   size_t divisor, float factor, void *dx, double *value);

// memory.c
int cpu_alloc(size_t bytes, void **memory, swatch_error *error);
void cpu_release(void *memory);
void cpu_copy(void *to, const void *from, size_t bytes);
void cpu_zero(void *to, size_t bytes);
int cpu_check(swatch_error *error);
void cpu_feed(enum dtype dtype, const void *from, void *to, size_t count);
void cpu_feed_wait(void);

// adam.c
void cpu_all_finite(const struct adam_tensor *tensors, size_t count, int *finite);
void cpu_adam(const struct adam_tensor *tensors, size_t count, const float *scalars, float beta1,
              float beta2, float epsilon, float decay, const int *finite);

#endif
