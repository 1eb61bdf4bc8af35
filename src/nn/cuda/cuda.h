// The functions behind the CUDA module's backend; what each does stands in nn/backend.h. All of
// them only queue work, on the module's one stream but for `feed` and sums over ranks, save those
// that backend.h says wait.
#ifndef NN_CUDA_CUDA_H
#define NN_CUDA_CUDA_H

extern "C" {
#include "nn/backend.h"
}

// device.cu
int cuda_count(void);
int cuda_open(int device, swatch_error *error);
int cuda_has_fast_bf16(void);
int cuda_alloc(size_t bytes, void **memory, swatch_error *error);
void cuda_release(void *memory);
void cuda_write(void *to, const void *from, size_t bytes);
void cuda_read(void *to, const void *from, size_t bytes);
void cuda_copy(void *to, const void *from, size_t bytes);
void cuda_zero(void *to, size_t bytes);
int cuda_check(swatch_error *error);
void cuda_upload(enum dtype dtype, const float *from, void *to, size_t count);
void cuda_download(enum dtype dtype, const void *from, float *to, size_t count);
void cuda_feed(enum dtype dtype, const void *from, void *to, size_t count);
void cuda_feed_wait(void);
int cuda_record_begin(swatch_error *error);
int cuda_record_end(struct recording **recording, swatch_error *error);
void cuda_replay(struct recording *recording);
void cuda_recording_free(struct recording *recording);

// sums.cu, where NCCL is
int cuda_sums_id(uint8_t id[SUMS_ID_BYTES], swatch_error *error);
int cuda_sums_open(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count, swatch_error *error);
void cuda_sum(float *values, size_t count);
void cuda_sums_wait(void);
void cuda_sums_close(void);

// conv.cu
int cuda_conv_new(const struct conv_shape *shape, enum dtype dtype, int transposed, int has_bias,
                  enum activation activation, int need_dx, int need_dw, size_t *scratch,
                  struct conv **conv, swatch_error *error);
void cuda_conv_free(struct conv *conv);
void cuda_conv_pack(struct conv *conv, const float *weights);
void cuda_conv_forward(struct conv *conv, const void *x, const float *bias, void *y, void *scratch);
void cuda_conv_backward_data(struct conv *conv, const void *dy, void *dx, void *scratch);
void cuda_conv_backward_weights(struct conv *conv, const void *x, const void *dy, float *dweights,
                                int add, void *scratch);

// elementwise.cu
void cuda_activation_forward(enum dtype dtype, enum activation f, const void *x, void *y,
                             size_t count);
void cuda_activation_backward(enum dtype dtype, enum activation f, const void *y, const void *dy,
                              void *dx, size_t count);
void cuda_add_forward(enum dtype dtype, enum activation f, const void *a, const void *b, void *y,
                      size_t count);
void cuda_copy_channels(enum dtype dtype, const void *x, size_t x_channels, size_t x_first, void *y,
                        size_t y_channels, size_t y_first, size_t channels, size_t rows);
void cuda_dropout(enum dtype dtype, float rate, uint64_t seed, const uint64_t *step, const void *x,
                  void *y, size_t count);
void cuda_paint(enum dtype dtype, const uint8_t *labels, size_t rows, const float *table,
                size_t classes, size_t channels, void *y);

// norm.cu
size_t cuda_sum_scratch(size_t groups, size_t channels);
void cuda_bias_backward(enum dtype dtype, const void *dy, size_t rows, size_t channels,
                        float *dbias, int add, void *scratch);
void cuda_norm_forward(enum dtype dtype, const void *x, size_t groups, size_t rows, size_t channels,
                       const float *gamma, const float *beta, float epsilon, enum activation f,
                       float *stats, void *y, void *scratch);
void cuda_norm_backward(enum dtype dtype, const void *x, const void *dy, size_t groups, size_t rows,
                        size_t channels, const float *gamma, const float *beta, enum activation f,
                        const float *stats, void *dx, float *dgamma, float *dbeta, int add,
                        void *scratch);
void cuda_norm_backward_sums(enum dtype dtype, const void *x, const void *dy, size_t rows,
                             size_t channels, const float *gamma, const float *beta,
                             enum activation f, const float *stats, double *sums, void *scratch);
void cuda_norm_backward_data(enum dtype dtype, const void *x, const void *dy, size_t rows,
                             size_t channels, const float *gamma, const float *beta,
                             enum activation f, const float *stats, const float *means, void *dx);
void cuda_affine_forward(enum dtype dtype, const void *x, size_t rows, size_t channels,
                         const float *scale, const float *shift, enum activation f, void *y);
void cuda_norm_running(const float *stats, size_t rows, size_t channels, float epsilon,
                       float momentum, float *mean, float *variance);
void cuda_norm_affine(const float *gamma, const float *beta, const float *mean,
                      const float *variance, float epsilon, size_t channels, float *scale,
                      float *shift);

// resample.cu
void cuda_upsample_forward(enum dtype dtype, int bilinear, const void *x, size_t n, size_t h,
                           size_t w, size_t c, size_t oh, size_t ow, void *y);
void cuda_upsample_backward(enum dtype dtype, int bilinear, const void *dy, size_t n, size_t h,
                            size_t w, size_t c, size_t oh, size_t ow, void *dx);
void cuda_pool_forward(enum dtype dtype, const struct conv_shape *shape, const void *x, void *y,
                       uint8_t *index);
void cuda_pool_backward(enum dtype dtype, const struct conv_shape *shape, const uint8_t *index,
                        const void *dy, void *dx);

// roi.cu
void cuda_roi_align_forward(enum dtype dtype, const struct roi_shape *shape,
                            const void *const *levels, const float *rois, void *y);
size_t cuda_roi_align_scratch(const struct roi_shape *shape);
void cuda_roi_align_backward(enum dtype dtype, const struct roi_shape *shape, const float *rois,
                             const void *dy, void *const *dlevels, void *scratch);

// softmax.cu
void cuda_softmax_forward(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y);
void cuda_softmax_backward(enum dtype dtype, const void *y, const void *dy, size_t rows,
                           size_t channels, void *dx);
void cuda_cross_entropy(enum dtype dtype, const void *x, const uint8_t *labels,
                        const float *weights, size_t rows, size_t channels, float factor, void *dx,
                        double *value);
void cuda_dice_sums(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                    size_t channels, double *sums);
void cuda_dice_slopes(const double *sums, size_t channels, float *slopes, double *value);
void cuda_dice_backward(enum dtype dtype, const void *x, const uint8_t *labels, const float *slopes,
                        size_t rows, size_t channels, float factor, void *dx);

// loss.cu
void cuda_l1(enum dtype dtype, const void *x, const void *y, size_t count, float factor, void *dx,
             double *value);
void cuda_gan(enum dtype dtype, enum gan_loss kind, const void *x, float target, size_t count,
              float factor, void *dx, double *value);
void cuda_binary_cross_entropy(enum dtype dtype, const void *x, const uint8_t *target, size_t count,
                               size_t divisor, float factor, void *dx, double *value);
void cuda_smooth_l1(enum dtype dtype, const void *x, const float *target, float beta, size_t count,
                    size_t divisor, float factor, void *dx, double *value);

// adam.cu
void cuda_all_finite(const struct adam_tensor *tensors, size_t count, int *finite);
void cuda_adam(const struct adam_tensor *tensors, size_t count, const float *scalars, float beta1,
               float beta2, float epsilon, float decay, const int *finite);

#endif
