// The layers. Each function adds a layer to the graph and returns its output. An input of NULL and
// a fault give NULL (graph.h). `name` is the stem of the parameters' names: "down1" has
// "down1.weight" and "down1.bias".
#ifndef NN_LAYERS_H
#define NN_LAYERS_H

#include "nn/graph.h"

struct conv2d {
    size_t channels;                 // of the output
    size_t kernel;                   // side of the square kernel
    size_t stride, dilation, groups; // 0 means 1
    size_t pad;                      // on all four sides
    int same; // 1, instead of pad: pads so that the output is ceil(input / stride), an odd pixel at
              //   the bottom and right (TensorFlow's SAME)
    int bias; // 1: it has one
};
// Convolution. Weights (channels, C / groups, kernel, kernel).
struct tensor *conv2d(struct graph *g, struct tensor *x, const char *name, struct conv2d options);
// Transposed convolution, the backward pass of a convolution: H becomes (H - 1) stride - 2 pad +
// kernel. `same`, dilation and groups are faults. Weights (C, channels, kernel, kernel).
struct tensor *conv_transpose2d(struct graph *g, struct tensor *x, const char *name,
                                struct conv2d options);
// Fully connected layer over all of (H, W, C), with bias: (N, 1, 1, units). Weights (units, C, H,
// W).
struct tensor *linear(struct graph *g, struct tensor *x, const char *name, size_t units);

struct norm {
    float epsilon;  // 0 means 1e-5
    float momentum; // of the running statistics: running = m running + (1 - m) batch; 0 means 0.9
    int fixed;      // 1: normalizes by the running statistics in training, too, and learns nothing
                    //   (torchvision's FrozenBatchNorm2d)
};
// Batch normalization (Ioffe, Szegedy 2015) with scale and shift. The running variance is unbiased,
// as in PyTorch. Parameters .weight, .bias, .running_mean and .running_var, (C) each.
struct tensor *batch_norm(struct graph *g, struct tensor *x, const char *name, struct norm options);

struct tensor *activation(struct graph *g, struct tensor *x, enum activation f);
// Sets numbers to 0 with probability `rate` (0 .. 1, not 1) and scales the others, in training
// only.
struct tensor *dropout(struct graph *g, struct tensor *x, float rate);
// Enlarges both sides `factor` times (1-64).
struct tensor *upsample_nearest(struct graph *g, struct tensor *x, size_t factor);
struct tensor *upsample_bilinear(struct graph *g, struct tensor *x, size_t factor);
// The largest number in windows of kernel x kernel (at most 15 x 15). Padding never wins.
struct tensor *max_pool(struct graph *g, struct tensor *x, size_t kernel, size_t stride,
                        size_t pad);
// The same with padding at the bottom and right only, as TensorFlow's SAME does where the stride
// divides the sides.
struct tensor *max_pool_end(struct graph *g, struct tensor *x, size_t kernel, size_t stride,
                            size_t pad);
// The channels of a, then those of b.
struct tensor *concat(struct graph *g, struct tensor *a, struct tensor *b);
struct tensor *add(struct graph *g, struct tensor *a, struct tensor *b);
// Over the channels.
struct tensor *softmax(struct graph *g, struct tensor *x);

struct roi_align {
    size_t height, width; // of the output, in bins
    size_t samples;       // along each side of a bin
    enum roi_rule rule;
    size_t strides[ROI_LEVELS]; // of the levels, in pixels of the photo
};
// Cuts regions out of a pyramid of 1 to ROI_LEVELS levels, each (N, h, w, C), by bilinear sampling
// (He et al. 2017). rois: an f32 input (R, 1, 1, ROI_NUMBERS), see nn/backend.h. All its numbers
// must be finite, its photos below N and its levels below `count`; this is not checked. The output
// is (R, height, width, C).
struct tensor *roi_align(struct graph *g, struct tensor *const *levels, size_t count,
                         struct tensor *rois, struct roi_align options);

// Losses: scalars from which graph_backward starts. `weight` is a factor of a loss's gradient; the
// value that graph_loss returns is without it.

// Mean cross-entropy of softmax(scores) with labels. A label below C is a class. A label C + i is
// one of the classes in sets[i], whichever: their probabilities are summed (Cour et al., Learning
// from Partial Labels, JMLR 2011, have the idea). Other labels do not count. Both arrays are
// copied. class_weights (C + set_count), NULL: all are 1. sets (set_count, at most SETS_MAX): bit
// 1 << c of a set is class c, at least one is set, and C is at most SET_CLASSES_MAX.
struct tensor *loss_cross_entropy(struct graph *g, struct tensor *scores, struct tensor *labels,
                                  const float *class_weights, const uint64_t *sets,
                                  size_t set_count, float weight);
// Replaces the class weights of a cross-entropy that has some.
void loss_weigh(struct tensor *loss, const float *class_weights);
// Soft Dice (Milletari et al. 2016) of softmax(scores) with labels: 1 - the mean overlap of the
// classes that are in the batch, so a class counts the same whatever its area. Labels of C and
// above do not count; at most DICE_CHANNELS_MAX classes.
struct tensor *loss_dice(struct graph *g, struct tensor *scores, struct tensor *labels,
                         float weight);
// Mean |x - target|. A target that wants a gradient is a fault.
struct tensor *loss_l1(struct graph *g, struct tensor *x, struct tensor *target, float weight);
// How far a discriminator's output x is from `target` (1 real, 0 generated).
struct tensor *loss_gan(struct graph *g, struct tensor *x, enum gan_loss kind, float target,
                        float weight);
// Binary cross-entropy of sigmoid(x) with target / 254, summed and divided by `divisor`. The target
// has a byte for each number; 255 does not count. divisor 0: the number of targets that count.
struct tensor *loss_binary_cross_entropy(struct graph *g, struct tensor *x, struct tensor *target,
                                         size_t divisor, float weight);
// Smooth L1 (Girshick 2015; squared below beta, above 0), summed and divided by `divisor`, not 0.
// The target is an f32 input; NaN does not count.
struct tensor *loss_smooth_l1(struct graph *g, struct tensor *x, struct tensor *target, float beta,
                              size_t divisor, float weight);

#endif
