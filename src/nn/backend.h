// What a device must do for the engine: one struct of functions, one folder (nn/cpu, nn/cuda).
//
// All pointers to numbers are to the device's memory unless "host" is said; on the CPU that is host
// memory. Work is queued in the order of the calls: only `read`, `download` and `check` wait for
// it.
//
// Buffers are NHWC, rows x channels where the shape within a photo does not matter. `dtype` is that
// of all activations of a graph. Backward functions overwrite activations' gradients (d...) and add
// to parameters' gradients when `add` is set, else overwrite those too. Nothing here allocates but
// `alloc` and the ..._new functions; nothing fails but those, the recording and `check`, which
// tells of faults of what was queued. x and y may be the same buffer where noted.
#ifndef NN_BACKEND_H
#define NN_BACKEND_H

#include <swatch.h>

#include <stddef.h>
#include <stdint.h>

#include "nn/dtype.h"

enum activation {
    ACTIVATION_NONE,
    ACTIVATION_RELU,
    ACTIVATION_LEAKY, // slope 0.2, as in pix2pix
    ACTIVATION_RELU6,
    ACTIVATION_TANH,
    ACTIVATION_SIGMOID,
};
#define ACTIVATION_LEAKY_SLOPE 0.2f

struct conv_shape {
    size_t n, h, w, c;          // input
    size_t out_h, out_w, out_c; // output
    size_t kernel_h, kernel_w, stride, dilation, groups;
    size_t top, left, bottom, right; // padding
};

// A convolution prepared for one shape; owns its packed weights.
struct conv;

// The most channels that softmax and cross-entropy take.
#define SOFTMAX_CHANNELS_MAX 2048
#define DICE_CHANNELS_MAX 64

// Where a region's bins are sampled, in coordinates of a feature level (stride s, h x w).
enum roi_rule {
    ROI_ALIGN,      // pixel p of the photo lies at p / s, and regions are at least 1 x 1 there:
                    //   torchvision's aligned = False
    ROI_ALIGN_HALF, // at p / s - 0.5, where its center is: aligned = True
    ROI_CROP,       // corners on corners, one sample a bin: TensorFlow's crop_and_resize of boxes
                    //   normalized as matterport's Mask R-CNN does; 0 outside
};

#define ROI_LEVELS 5 // at most
#define ROI_NUMBERS 6

// Regions of interest, cut out of a pyramid of features. A region is ROI_NUMBERS f32: photo (below
// 0: the region is unused, its output 0), level, x1, y1, x2, y2 in pixels of the photo.
struct roi_shape {
    enum roi_rule rule;
    size_t n, levels, c;
    size_t h[ROI_LEVELS], w[ROI_LEVELS], stride[ROI_LEVELS];
    size_t rois, out_h, out_w;
    size_t samples; // along each side of a bin; their mean counts
};

enum gan_loss { GAN_LEAST_SQUARES, GAN_LOGISTIC };

// A parameter to be updated; the struct is the host's, what it points to the device's. One without
// a gradient (grad, m and v NULL) is a running statistic, an average by itself.
struct adam_tensor {
    float *value, *grad, *m, *v; // the last two are Adam's moments
    float *average;              // moving average of value; a statistic's follows it
    size_t count;
    int decays; // weight decay is for this one
    float rate; // times the step's
};
// What changes from step to step: rate, 1 - beta1^t, 1 - beta2^t, average_decay. Device memory, so
// that a recorded step can be replayed with other numbers.
#define ADAM_SCALARS 4

#define SUMS_ID_BYTES 128

// Work that was queued once and is kept, to be queued again.
struct recording;

struct backend {
    const char *name;
    // 1: the engine may fold batch normalization into convolutions at inference, by arithmetic on
    // host weights: conv_pack and conv_forward then get host memory, which must be the device's.
    int folds_norm;

    // From here to feed_wait the functions that every device has; ops.def lists them once more, for
    // tables and prototypes.
    // The device's native 16-bit type is worth using: chosen by `auto` precision.
    int (*has_fast_bf16)(void);

    // Memory, at least 64-byte aligned, its contents undefined.
    int (*alloc)(size_t bytes, void **memory, swatch_error *error);
    void (*release)(void *memory);                           // NULL is fine
    void (*write)(void *to, const void *from, size_t bytes); // from: host, may be reused at once
    void (*read)(void *to, const void *from, size_t bytes);  // to: host; waits until it is there
    void (*copy)(void *to, const void *from, size_t bytes);
    void (*zero)(void *to, size_t bytes);
    // Waits for all that is queued. The first fault since the last call, if there was one.
    int (*check)(swatch_error *error);

    // Prepares the passes a graph needs. transposed: the shape is that of the convolution whose
    // backward pass this is, so input and output change roles. activation is applied to the output
    // of forward. *scratch is raised to the bytes that execution needs.
    int (*conv_new)(const struct conv_shape *shape, enum dtype dtype, int transposed, int has_bias,
                    enum activation activation, int need_dx, int need_dw, size_t *scratch,
                    struct conv **conv, swatch_error *error);
    void (*conv_free)(struct conv *conv);
    // Takes new weights (O, I / groups, KH, KW).
    void (*conv_pack)(struct conv *conv, const float *weights);
    void (*conv_forward)(struct conv *conv, const void *x, const float *bias, void *y,
                         void *scratch);
    void (*conv_backward_data)(struct conv *conv, const void *dy, void *dx, void *scratch);
    void (*conv_backward_weights)(struct conv *conv, const void *x, const void *dy, float *dweights,
                                  int add, void *scratch);

    // Bytes of scratch that sums over (groups, rows, channels) need: bias_backward (groups 1) and
    // the norm functions.
    size_t (*sum_scratch)(size_t groups, size_t channels);
    // dbias[c] = sum of dy over rows.
    void (*bias_backward)(enum dtype dtype, const void *dy, size_t rows, size_t channels,
                          float *dbias, int add, void *scratch);

    // y = f(x); x may be y.
    void (*activation_forward)(enum dtype dtype, enum activation f, const void *x, void *y,
                               size_t count);
    // dx = dy f'(x), from y = f(x); dx may be dy.
    void (*activation_backward)(enum dtype dtype, enum activation f, const void *y, const void *dy,
                                void *dx, size_t count);

    // Batch normalization (groups 1) and instance normalization (groups N) of x
    // (groups, rows, channels), then f. stats (groups, 2, channels) gets mean and 1 / deviation.
    void (*norm_forward)(enum dtype dtype, const void *x, size_t groups, size_t rows,
                         size_t channels, const float *gamma, const float *beta, float epsilon,
                         enum activation f, float *stats, void *y, void *scratch);
    // Overwrites dx; dgamma and dbeta as `add` says (NULL: not wanted).
    void (*norm_backward)(enum dtype dtype, const void *x, const void *dy, size_t groups,
                          size_t rows, size_t channels, const float *gamma, const float *beta,
                          enum activation f, const float *stats, void *dx, float *dgamma,
                          float *dbeta, int add, void *scratch);
    // The running mean and variance (channels) move towards those of stats (2, channels), which
    // norm_forward took over `rows` rows: by 1 - momentum. The variance is unbiased first where
    // there are rows enough.
    void (*norm_running)(const float *stats, size_t rows, size_t channels, float epsilon,
                         float momentum, float *mean, float *variance);
    // What affine_forward needs to normalize by running statistics:
    // scale = gamma / sqrt(variance + epsilon), shift = beta - mean scale.
    void (*norm_affine)(const float *gamma, const float *beta, const float *mean,
                        const float *variance, float epsilon, size_t channels, float *scale,
                        float *shift);
    // norm_backward for one group in two steps, for a batch that ranks share: first sums (2,
    // channels), of dz and of dz times normalized x, z being what f is applied to; then dx from
    // their means over the whole batch. NULL where batch normalization cannot be synchronized.
    void (*norm_backward_sums)(enum dtype dtype, const void *x, const void *dy, size_t rows,
                               size_t channels, const float *gamma, const float *beta,
                               enum activation f, const float *stats, double *sums, void *scratch);
    void (*norm_backward_data)(enum dtype dtype, const void *x, const void *dy, size_t rows,
                               size_t channels, const float *gamma, const float *beta,
                               enum activation f, const float *stats, const float *means, void *dx);
    // y = f(x scale[c] + shift[c]); x may be y; scale NULL: 1.
    void (*affine_forward)(enum dtype dtype, const void *x, size_t rows, size_t channels,
                           const float *scale, const float *shift, enum activation f, void *y);

    // Enlarges (n, h, w, c) to (n, oh, ow, c); bilinear with half-pixel centers or nearest.
    void (*upsample_forward)(enum dtype dtype, int bilinear, const void *x, size_t n, size_t h,
                             size_t w, size_t c, size_t oh, size_t ow, void *y);
    void (*upsample_backward)(enum dtype dtype, int bilinear, const void *dy, size_t n, size_t h,
                              size_t w, size_t c, size_t oh, size_t ow, void *dx);

    // Max pooling; index (n, oh, ow, c) keeps the winner's place in its window.
    void (*pool_forward)(enum dtype dtype, const struct conv_shape *shape, const void *x, void *y,
                         uint8_t *index);
    void (*pool_backward)(enum dtype dtype, const struct conv_shape *shape, const uint8_t *index,
                          const void *dy, void *dx);

    // Copies `channels` channels of every row from one buffer to another, from and to given
    // channels of rows that are x_channels and y_channels wide.
    void (*copy_channels)(enum dtype dtype, const void *x, size_t x_channels, size_t x_first,
                          void *y, size_t y_channels, size_t y_first, size_t channels, size_t rows);
    // y = f(a + b); y may be a or b.
    void (*add_forward)(enum dtype dtype, enum activation f, const void *a, const void *b, void *y,
                        size_t count);
    // y = x kept with probability 1 - rate and scaled by 1 / (1 - rate), else 0; the choice is a
    // function of (seed + *step, index). Serves forward and backward.
    void (*dropout)(enum dtype dtype, float rate, uint64_t seed, const uint64_t *step,
                    const void *x, void *y, size_t count);
    // What labels (rows) stand for: each row of y (rows, channels) becomes its label's row of table
    // (classes, channels), or 0 where there is none.
    void (*paint)(enum dtype dtype, const uint8_t *labels, size_t rows, const float *table,
                  size_t classes, size_t channels, void *y);

    // y (rois, out_h, out_w, c) from levels (n, h, w, c) each.
    void (*roi_align_forward)(enum dtype dtype, const struct roi_shape *shape,
                              const void *const *levels, const float *rois, void *y);
    // Overwrites dlevels (NULL: not wanted); scratch: roi_align_scratch(shape) bytes.
    size_t (*roi_align_scratch)(const struct roi_shape *shape);
    void (*roi_align_backward)(enum dtype dtype, const struct roi_shape *shape, const float *rois,
                               const void *dy, void *const *dlevels, void *scratch);

    void (*softmax_forward)(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y);
    void (*softmax_backward)(enum dtype dtype, const void *y, const void *dy, size_t rows,
                             size_t channels, void *dx);

    // The losses. Each writes its value to *value (NULL: not wanted), and factor times its gradient
    // to dx (NULL: not wanted).
    //
    // Mean cross-entropy of softmax(x) over the rows whose label is below `channels`, each weighted
    // by weights[label] (NULL: 1) and divided by the sum of the weights.
    void (*cross_entropy)(enum dtype dtype, const void *x, const uint8_t *labels,
                          const float *weights, size_t rows, size_t channels, float factor,
                          void *dx, double *value);
    // What soft Dice is made of: of each class the sum of its probabilities in softmax(x), the part
    // of it on the class's own rows, and how many these are; over the rows whose label is below
    // `channels`. sums (3, channels).
    void (*dice_sums)(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                      size_t channels, double *sums);
    // From those sums the loss, 1 - the mean over classes that are there of 2 I / (P + T), and its
    // slopes (2, channels), the gradient by a probability: slopes[c] anywhere, slopes[channels + c]
    // besides on own rows.
    void (*dice_slopes)(const double *sums, size_t channels, float *slopes, double *value);
    void (*dice_backward)(enum dtype dtype, const void *x, const uint8_t *labels,
                          const float *slopes, size_t rows, size_t channels, float factor,
                          void *dx);
    // Mean |x - y|.
    void (*l1)(enum dtype dtype, const void *x, const void *y, size_t count, float factor, void *dx,
               double *value);
    // Mean (x - target)^2, or mean binary cross-entropy of sigmoid(x) with target 0 or 1.
    void (*gan)(enum dtype dtype, enum gan_loss kind, const void *x, float target, size_t count,
                float factor, void *dx, double *value);

    // Sum of the binary cross-entropy of sigmoid(x) with target / 254 over the numbers whose target
    // is not 255, divided by `divisor` (0: by how many these are).
    void (*binary_cross_entropy)(enum dtype dtype, const void *x, const uint8_t *target,
                                 size_t count, size_t divisor, float factor, void *dx,
                                 double *value);
    // Sum over the numbers whose target is no NaN, divided by `divisor`, of 0.5 d^2 / beta where
    // d = |x - target| is below beta, else d - beta / 2 (Girshick 2015).
    void (*smooth_l1)(enum dtype dtype, const void *x, const float *target, float beta,
                      size_t count, size_t divisor, float factor, void *dx, double *value);

    // These two take `count` tensors, a host array that may be reused at once.
    // *finite becomes 0 if a number of a gradient is not finite; it is never set to 1 here.
    void (*all_finite)(const struct adam_tensor *tensors, size_t count, int *finite);
    // One step of Adam (see params_adam). Nothing happens where *finite is 0.
    void (*adam)(const struct adam_tensor *tensors, size_t count, const float *scalars, float beta1,
                 float beta2, float epsilon, float decay, const int *finite);

    // Changes between f32 in host memory, which may be reused at once, and the device's
    // activations.
    void (*upload)(enum dtype dtype, const float *from, void *to, size_t count);
    void (*download)(enum dtype dtype, const void *from, float *to, size_t count);
    // The same as upload, and bytes for labels (DTYPE_U8), but beside what is queued, for work to
    // come: `to` is not to be in use by anything queued, nor to be used before feed_wait is queued,
    // which lets all that follows wait for what was fed.
    void (*feed)(enum dtype dtype, const void *from, void *to, size_t count);
    void (*feed_wait)(void);

    // What is queued from record_begin to record_end is not done but kept; replay queues it again,
    // with the same pointers and host numbers. All four are NULL where that saves nothing.
    int (*record_begin)(swatch_error *error);
    int (*record_end)(struct recording **recording, swatch_error *error);
    void (*replay)(struct recording *recording);
    void (*recording_free)(struct recording *recording); // NULL is fine

    // Sums over ranks, from device to device. All five are NULL where the device cannot, or shares
    // its GPU with another rank. Rank 0 makes an id, with which every rank opens; that waits for
    // all of them. One such group at a time.
    int (*sums_id)(uint8_t id[SUMS_ID_BYTES], swatch_error *error);
    int (*sums_open)(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count,
                     swatch_error *error);
    // Sums in place, behind what is queued so far but beside what is queued from then on, in the
    // same order on every rank. The values are not to be touched before sums_wait is queued, which
    // lets all that follows wait for the sums.
    void (*sum)(float *values, size_t count);
    void (*sums_wait)(void);
    // Gives up sums that are under way; the other ranks are to be done with theirs, or gone.
    void (*sums_close)(void);
};

// The CPU: oneDNN convolutions and OpenMP loops.
const struct backend *backend_cpu(void);

#endif
