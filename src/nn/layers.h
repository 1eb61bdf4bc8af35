// The layers. Each adds itself to the graph and returns its output; see graph.h for errors.
// `name` is the stem of the parameters' names ("down1" -> "down1.weight", "down1.bias").
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "nn/graph.h"

struct conv2d {
    size_t channels;                 // of the output
    size_t kernel;                   // side of the square kernel
    size_t stride, dilation, groups; // 0 means 1
    size_t pad;                      // on all four sides
    int same; // instead of pad: output = ceil(input / stride), the odd pixel of padding at
              //   the bottom and right (TensorFlow's SAME)
    int bias;
};
// Weights (channels, C / groups, kernel, kernel).
struct tensor *conv2d(struct graph *g, struct tensor *x, const char *name, struct conv2d options);
// The backward pass of a convolution as a layer: H -> (H - 1) stride - 2 pad + kernel. `same`,
// dilation and groups are not for it. Weights (C, channels, kernel, kernel), as PyTorch.
struct tensor *conv_transpose2d(struct graph *g, struct tensor *x, const char *name,
                                struct conv2d options);
// Fully connected over a whole (H, W, C): (N, 1, 1, units). Weights (units, C, H, W).
struct tensor *linear(struct graph *g, struct tensor *x, const char *name, size_t units);

struct norm {
    float epsilon;  // 0 means 1e-5
    float momentum; // of the running statistics: running = m running + (1 - m) batch; 0 means 0.9
    int fixed;      // batch normalization by the running statistics in training, too; nothing of it
                    //   learns (torchvision's FrozenBatchNorm2d)
};
// Batch normalization (Ioffe, Szegedy 2015) with scale and shift; running variance is the unbiased
// one, as in PyTorch. Parameters .weight .bias .running_mean .running_var.
struct tensor *batch_norm(struct graph *g, struct tensor *x, const char *name, struct norm options);
// Instance normalization (Ulyanov et al. 2016) with scale and shift: pix2pix with another norm,
// which none of our networks has yet.
struct tensor *instance_norm(struct graph *g, struct tensor *x, const char *name,
                             struct norm options);

struct tensor *activation(struct graph *g, struct tensor *x, enum activation f);
struct tensor *dropout(struct graph *g, struct tensor *x, float rate);
// To `factor` times the size.
struct tensor *upsample_nearest(struct graph *g, struct tensor *x, size_t factor);
struct tensor *upsample_bilinear(struct graph *g, struct tensor *x, size_t factor);
// Windows of kernel x kernel (at most 15 x 15), padded with nothing.
struct tensor *max_pool(struct graph *g, struct tensor *x, size_t kernel, size_t stride,
                        size_t pad);
// Padded at the bottom and right alone, as TensorFlow's SAME is where stride divides the sides.
struct tensor *max_pool_end(struct graph *g, struct tensor *x, size_t kernel, size_t stride,
                            size_t pad);
// Along the channels.
struct tensor *concat(struct graph *g, struct tensor *a, struct tensor *b);
struct tensor *add(struct graph *g, struct tensor *a, struct tensor *b);
// Over the channels.
struct tensor *softmax(struct graph *g, struct tensor *x);

struct roi_align {
    size_t height, width, samples; // of the output; along each side of a bin
    enum roi_rule rule;
    size_t strides[ROI_LEVELS]; // of the levels, in pixels of the photo
};
// Regions cut out of a pyramid of `count` levels (at most ROI_LEVELS), all (N, h, w, C), bilinearly
// (He et al. 2017). rois: an f32 input (R, 1, 1, ROI_NUMBERS), see nn/backend.h; levels, photos and
// corners in it must be finite and the first two in range. The output is (R, height, width, C).
struct tensor *roi_align(struct graph *g, struct tensor *const *levels, size_t count,
                         struct tensor *rois, struct roi_align options);

// Losses: scalars that graph_backward starts from, each times its weight.
// Cross-entropy of softmax(scores) with labels (255 is not counted); class_weights (C) may be NULL.
struct tensor *loss_cross_entropy(struct graph *g, struct tensor *scores, struct tensor *labels,
                                  const float *class_weights, float weight);
// Other class weights for a cross-entropy that has some.
void loss_weigh(struct tensor *loss, const float *class_weights);
// Soft Dice of softmax(scores) with labels over the classes that are in the batch (255 is not
// counted), the larger regions counting no more than the smaller; at most DICE_CHANNELS_MAX
// classes. See Milletari et al. 2016.
struct tensor *loss_dice(struct graph *g, struct tensor *scores, struct tensor *labels,
                         float weight);
// Mean |x - target|; the target gets no gradient.
struct tensor *loss_l1(struct graph *g, struct tensor *x, struct tensor *target, float weight);
// How far a discriminator's output is from `target` (1 real, 0 made up).
struct tensor *loss_gan(struct graph *g, struct tensor *x, enum gan_loss kind, float target,
                        float weight);
// Binary cross-entropy of sigmoid(x) with target / 254 (a byte for each number; 255 is not
// counted), summed and divided by `divisor` (0: by how many count).
struct tensor *loss_binary_cross_entropy(struct graph *g, struct tensor *x, struct tensor *target,
                                         size_t divisor, float weight);
// Smooth L1 (Girshick 2015: squared below beta) against an f32 input (NaN is not counted), summed
// and divided by `divisor`.
struct tensor *loss_smooth_l1(struct graph *g, struct tensor *x, struct tensor *target, float beta,
                              size_t divisor, float weight);

#endif
