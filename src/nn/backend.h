// What a device does for the engine: one struct of functions. nn/cpu and nn/cuda each have one.
//
// Pointers to numbers point into the device's memory unless "host" is said. On the CPU that is host
// memory. Calls are queued and run in their order; only `read`, `download` and `check` wait.
//
// Activations are NHWC. Where the place in the photo does not matter they are rows x channels, a
// row being a pixel. `dtype` is the type of all activations of a graph: f32 or bf16. Parameters,
// their gradients and statistics are f32.
//
// Backward functions overwrite the gradients of activations (dx, dy, ...). With `add` they add to
// the gradients of parameters, without it they overwrite those, too. `scratch` is memory that a
// call may overwrite. Buffers must not overlap, except where a comment allows one to be another.
//
// Only `alloc` and the functions called ..._new allocate. Only they, the recording functions, the
// sums_... functions and `check` can fail. They return 0 or a swatch_status and set the message.
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

// The shape of a convolution, and of a max pooling.
struct conv_shape {
    size_t n, h, w, c;          // input
    size_t out_h, out_w, out_c; // output
    size_t kernel_h, kernel_w, stride, dilation, groups;
    size_t top, left, bottom, right; // padding
    // Of the input's channels the first `doubled` lie in a buffer of their own, at half the sides:
    // each number stands for 2x2 (the nearest upsampling by 2). The others lie in a second buffer.
    // 0: the input is one buffer.
    size_t doubled;
};

// A convolution prepared for one shape. It owns its packed weights.
struct conv;

// A batch normalization of (rows, channels) with an activation f behind it. It owns nothing.
struct norm_pass {
    enum dtype dtype;
    size_t rows, channels;
    const float *gamma, *beta; // (channels)
    float epsilon;             // added to the variance, in the forward pass
    enum activation f;
    float *stats; // (2, channels): mean and 1 / deviation; forward writes them, backward reads them
};

// An upsampling of (n, h, w, c) to (n, out_h, out_w, c), which are at least as large. Bilinear
// sampling has half-pixel centers and repeats the edge.
struct upsample_shape {
    int bilinear; // 0: nearest
    size_t n, h, w, c, out_h, out_w;
};

// The most channels that softmax and cross-entropy take.
#define SOFTMAX_CHANNELS_MAX 2048
#define DICE_CHANNELS_MAX 64
// The most channels and sets of cross-entropy whose labels may be sets of classes.
#define SET_CLASSES_MAX 64
#define SETS_MAX 64

// Where the bins of a region are sampled in a feature level of h x w cells and stride s.
enum roi_rule {
    ROI_ALIGN,      // pixel p of the photo is at p / s, and a region is at least 1 x 1 cells:
                    //   torchvision's aligned = False
    ROI_ALIGN_HALF, // pixel p is at p / s - 0.5: torchvision's aligned = True
    ROI_CROP,       // one sample a bin, the corner bins at the region's corners, 0 outside the
                    //   level: TensorFlow's crop_and_resize of boxes that are normalized as in
                    //   matterport's Mask R-CNN
};

#define ROI_LEVELS 5 // at most
#define ROI_NUMBERS 6

// Regions of interest, cut out of a pyramid of features. A region is ROI_NUMBERS f32: the photo's
// number (below 0: the region is not used and its output is 0), the level, then x1, y1, x2, y2 in
// pixels of the photo.
struct roi_shape {
    enum roi_rule rule;
    size_t n, levels, c; // photos; levels; channels of each level
    size_t h[ROI_LEVELS], w[ROI_LEVELS], stride[ROI_LEVELS];
    size_t rois, out_h, out_w; // regions, and bins of each
    size_t samples;            // along each side of a bin; a bin is their mean
};

enum gan_loss { GAN_LEAST_SQUARES, GAN_LOGISTIC };

// A parameter for the optimizer. The struct lies on the host, its arrays on the device. A running
// statistic has no gradient: grad, m and v are NULL, and `average` becomes a copy of `value`.
struct adam_tensor {
    float *value, *grad, *m, *v; // m and v: Adam's moments
    float *average;              // moving average of value
    size_t count;
    int decays; // 1: weight decay applies
    float rate; // a factor of the step's rate
};
// What changes from step to step: rate, 1 - beta1^t, 1 - beta2^t, average_decay. It lies in device
// memory, so that a recorded step can run again with other numbers.
#define ADAM_SCALARS 4

#define SUMS_ID_BYTES 128

// Work that was recorded, to be queued any number of times.
struct recording;

struct backend {
    const char *name; // for messages
    // 1: conv_pack and conv_forward take host memory. So the engine may compute weights on the
    // host: of a batch normalization folded into a convolution, or of an upsampling before it.
    int host_weights;
    // 1 if conv_new takes this shape, which has `doubled` channels, for inference; training: for
    // all passes. NULL: never.
    int (*conv_doubles)(const struct conv_shape *shape, enum dtype dtype, int training);
    // Makes a convolution use the packed weights of `from` if both want them in one layout; returns
    // 1 if so. Both must be for inference, and `from` must have its weights. After that neither may
    // get others. The last of them that is freed frees the packed weights. NULL: never.
    int (*conv_share)(struct conv *conv, const struct conv *from);

    // Every device has the functions from here to feed_wait. ops.def lists them for tables and
    // prototypes.

    // 1 if bf16 is faster than f32, so that the precision `auto` chooses it.
    int (*has_fast_bf16)(void);

    // Memory, aligned to at least 64 bytes, its content undefined. Free it with `release`.
    int (*alloc)(size_t bytes, void **memory, swatch_error *error);
    void (*release)(void *memory);                           // NULL is fine
    void (*write)(void *to, const void *from, size_t bytes); // from: host, may be reused at once
    void (*read)(void *to, const void *from, size_t bytes);  // to: host; waits until it is there
    void (*copy)(void *to, const void *from, size_t bytes);
    void (*zero)(void *to, size_t bytes);
    // Waits for everything that is queued. Returns the first fault since the last call, if any.
    int (*check)(swatch_error *error);

    // Prepares a convolution: its forward pass, and where need_dx and need_dw say so the two
    // backward passes. transposed: it computes the backward pass of the convolution `shape`, so
    // input and output change roles. Forward applies `activation` to the output. Raises *scratch to
    // the bytes that the passes need. Free *conv with conv_free.
    int (*conv_new)(const struct conv_shape *shape, enum dtype dtype, int transposed, int has_bias,
                    enum activation activation, int need_dx, int need_dw, size_t *scratch,
                    struct conv **conv, swatch_error *error);
    void (*conv_free)(struct conv *conv); // NULL is fine
    // Takes new weights (O, I / groups, KH, KW).
    void (*conv_pack)(struct conv *conv, const float *weights);
    // bias (output channels) is read where has_bias was set. skip, dskip: the second buffer of a
    // shape that has `doubled` channels, else NULL. Of such a shape, dx or dskip may be NULL.
    void (*conv_forward)(struct conv *conv, const void *x, const void *skip, const float *bias,
                         void *y, void *scratch);
    void (*conv_backward_data)(struct conv *conv, const void *dy, void *dx, void *dskip,
                               void *scratch);
    void (*conv_backward_weights)(struct conv *conv, const void *x, const void *skip,
                                  const void *dy, float *dweights, int add, void *scratch);

    // Bytes of scratch for sums over rows: what bias_backward and the norm functions need.
    size_t (*sum_scratch)(size_t channels);
    // dbias[c] = sum of dy over rows.
    void (*bias_backward)(enum dtype dtype, const void *dy, size_t rows, size_t channels,
                          float *dbias, int add, void *scratch);

    // y = f(x). y may be x.
    void (*activation_forward)(enum dtype dtype, enum activation f, const void *x, void *y,
                               size_t count);
    // dx = dy f'(x), computed from y = f(x). dx may be dy.
    void (*activation_backward)(enum dtype dtype, enum activation f, const void *y, const void *dy,
                                void *dx, size_t count);

    // y = f(gamma (x - mean) / deviation + beta) with the statistics of x, which go to n->stats.
    void (*norm_forward)(const struct norm_pass *n, const void *x, void *y, void *scratch);
    // Overwrites dx, which may be dy. dgamma and dbeta may both be NULL.
    void (*norm_backward)(const struct norm_pass *n, const void *x, const void *dy, void *dx,
                          float *dgamma, float *dbeta, int add, void *scratch);
    // Moves the running mean and variance (channels) towards n->stats:
    // running = momentum running + (1 - momentum) batch. The variance of the batch is the unbiased
    // one, of n->rows rows (at least 2; of one row the biased one).
    void (*norm_running)(const struct norm_pass *n, float momentum, float *mean, float *variance);
    // What affine_forward needs to normalize by running statistics, each (channels):
    // scale = gamma / sqrt(variance + epsilon), shift = beta - mean scale.
    void (*norm_affine)(const float *gamma, const float *beta, const float *mean,
                        const float *variance, float epsilon, size_t channels, float *scale,
                        float *shift);
    // norm_backward in two steps, for a batch that ranks share. The first gives `sums` (2,
    // channels): of dz, and of dz times the normalized x, where f is applied to z. The second gives
    // dx from the means (2, channels) of both over the whole batch. Both are NULL on a device that
    // cannot synchronize batch normalization.
    void (*norm_backward_sums)(const struct norm_pass *n, const void *x, const void *dy,
                               double *sums, void *scratch);
    void (*norm_backward_data)(const struct norm_pass *n, const void *x, const void *dy,
                               const float *means, void *dx);
    // y = f(x scale[c] + shift[c]). y may be x. scale NULL: 1.
    void (*affine_forward)(enum dtype dtype, const void *x, size_t rows, size_t channels,
                           const float *scale, const float *shift, enum activation f, void *y);

    void (*upsample_forward)(enum dtype dtype, const struct upsample_shape *shape, const void *x,
                             void *y);
    void (*upsample_backward)(enum dtype dtype, const struct upsample_shape *shape, const void *dy,
                              void *dx);

    // Max pooling. index (n, out_h, out_w, c) says which place of its window, counted row by row,
    // had the largest number.
    void (*pool_forward)(enum dtype dtype, const struct conv_shape *shape, const void *x, void *y,
                         uint8_t *index);
    void (*pool_backward)(enum dtype dtype, const struct conv_shape *shape, const uint8_t *index,
                          const void *dy, void *dx);

    // Copies `channels` channels of each row, from channel x_first on, to channel y_first on. The
    // rows have x_channels and y_channels channels.
    void (*copy_channels)(enum dtype dtype, const void *x, size_t x_channels, size_t x_first,
                          void *y, size_t y_channels, size_t y_first, size_t channels, size_t rows);
    // y = f(a + b). y may be a or b.
    void (*add_forward)(enum dtype dtype, enum activation f, const void *a, const void *b, void *y,
                        size_t count);
    // y = x / (1 - rate) with probability 1 - rate, else 0. The choice is a function of
    // seed + *step and the index alone, so the backward pass calls it, too. rate: 0 .. 1, not 1.
    void (*dropout)(enum dtype dtype, float rate, uint64_t seed, const uint64_t *step,
                    const void *x, void *y, size_t count);
    // Each row of y (rows, channels) becomes row number labels[r] of table (classes, channels), or
    // 0 for a label that is no class.
    void (*paint)(enum dtype dtype, const uint8_t *labels, size_t rows, const float *table,
                  size_t classes, size_t channels, void *y);

    // y (rois, out_h, out_w, c) from levels (n, h, w, c) each; levels is a host array.
    void (*roi_align_forward)(enum dtype dtype, const struct roi_shape *shape,
                              const void *const *levels, const float *rois, void *y);
    // Bytes of scratch for roi_align_backward.
    size_t (*roi_align_scratch)(const struct roi_shape *shape);
    // dlevels: a host array; a level of NULL is left out.
    void (*roi_align_backward)(enum dtype dtype, const struct roi_shape *shape, const float *rois,
                               const void *dy, void *const *dlevels, void *scratch);

    // Over the channels of each row.
    void (*softmax_forward)(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y);
    void (*softmax_backward)(enum dtype dtype, const void *y, const void *dy, size_t rows,
                             size_t channels, void *dx);

    // The losses. Each writes its value to *value, and `factor` times its gradient to dx. Either
    // may be NULL.

    // Mean cross-entropy of softmax(x) over the rows whose label is below `channels` + set_count.
    // The label channels + i means "one of the classes c whose bit 1 << c is in sets[i]": their
    // probabilities are summed. Each row counts weights[label] times (NULL: once). With sets there
    // are at most SET_CLASSES_MAX channels.
    void (*cross_entropy)(enum dtype dtype, const void *x, const uint8_t *labels,
                          const float *weights, const uint64_t *sets, size_t set_count, size_t rows,
                          size_t channels, float factor, void *dx, double *value);
    // The sums that soft Dice is made of, over the rows whose label is below `channels`: sums (3,
    // channels) are, for each class, P, the sum of its probabilities in softmax(x); I, the part of
    // P on the rows of the class; T, the number of these rows.
    void (*dice_sums)(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                      size_t channels, double *sums);
    // From those sums the loss, 1 - the mean of 2 I / (P + T) over the classes that have rows. And
    // its gradient with respect to a probability, as slopes (2, channels): slopes[c] on any row,
    // and slopes[channels + c] in addition on rows of class c. Neither output may be NULL.
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
    // Sum of the binary cross-entropy of sigmoid(x) with target / 254, divided by `divisor`. A
    // target of 255 does not count. divisor 0: the number of targets that count.
    void (*binary_cross_entropy)(enum dtype dtype, const void *x, const uint8_t *target,
                                 size_t count, size_t divisor, float factor, void *dx,
                                 double *value);
    // Sum of smooth L1 (Girshick 2015), divided by `divisor`: with d = |x - target| it is
    // 0.5 d^2 / beta where d < beta, else d - beta / 2. A target of NaN does not count.
    void (*smooth_l1)(enum dtype dtype, const void *x, const float *target, float beta,
                      size_t count, size_t divisor, float factor, void *dx, double *value);

    // `tensors` of these two is a host array, which may be reused at once.
    // Sets *finite to 0 if a gradient holds a number that is not finite, else leaves it.
    void (*all_finite)(const struct adam_tensor *tensors, size_t count, int *finite);
    // One step of Adam (see params_adam). Does nothing where *finite is 0.
    void (*adam)(const struct adam_tensor *tensors, size_t count, const float *scalars, float beta1,
                 float beta2, float epsilon, float decay, const int *finite);

    // Convert between f32 in host memory and activations on the device. `from` of upload may be
    // reused at once.
    void (*upload)(enum dtype dtype, const float *from, void *to, size_t count);
    void (*download)(enum dtype dtype, const void *from, float *to, size_t count);
    // Uploads beside the queue, for work to come: f32 from the host, or bytes where dtype is
    // DTYPE_U8. No queued work may use `to`, and no later work before feed_wait is queued. Work
    // queued after feed_wait waits for everything that was fed.
    void (*feed)(enum dtype dtype, const void *from, void *to, size_t count);
    void (*feed_wait)(void);

    // Calls between record_begin and record_end are not run but recorded. replay queues them again,
    // with the same pointers and host numbers. All four are NULL on a device where that saves
    // nothing. Free *recording with recording_free.
    int (*record_begin)(swatch_error *error);
    int (*record_end)(struct recording **recording, swatch_error *error);
    void (*replay)(struct recording *recording);
    void (*recording_free)(struct recording *recording); // NULL is fine

    // Sums over ranks, from device to device. All five are NULL where the device cannot, or shares
    // its GPU with another rank. Rank 0 makes an id; every rank opens with that id and waits there
    // for the others. One group of ranks at a time.
    int (*sums_id)(uint8_t id[SUMS_ID_BYTES], swatch_error *error);
    int (*sums_open)(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count,
                     swatch_error *error);
    // Sums f32 in place, in the same order of calls on every rank. It starts after the work queued
    // so far and runs beside the work queued later. Nothing may use the values before sums_wait is
    // queued, which makes later work wait for all sums.
    void (*sum)(float *values, size_t count);
    void (*sums_wait)(void);
    // Gives up sums that are still running. The other ranks must be done with theirs, or gone.
    void (*sums_close)(void);
};

// The CPU: oneDNN convolutions and OpenMP loops. Never NULL.
const struct backend *backend_cpu(void);

#endif
