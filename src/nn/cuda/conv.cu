// The engine's convolutions, built from dense.cu and grouped.cu. This file adds what those lack:
//   Frames. Dense convolutions have the same padding on opposite sides. Where padding is uneven the
//     photo is copied into a frame of zeros. bf16 photos of less than 8 channels get a frame with
//     8, since cuDNN computes the forward pass of fewer without tensor cores.
//   Packed weights.
//   Bias and activation after a dense convolution.
//   Transposed convolutions, the backward pass of a convolution. So their forward pass runs
//     backward_data, their backward pass to the data runs forward, and their backward pass to the
//     weights exchanges the two inputs.
//
// Scratch holds the framed photo, then the packed gradient of the weights, then the scratch of the
// dense convolution.

#include <stdlib.h>

extern "C" {
#include "base/error.h"
}
#include "nn/cuda/conv.h"
#include "nn/cuda/pack.h"

#define ALIGNMENT 256
#define CHANNELS_LEAST 8 // in bf16

struct conv {
    struct conv_shape shape, inner; // inner: what the dense convolution computes, on the frame
    enum dtype dtype;
    int transposed, has_bias, grouped, framed;
    struct frame frame; // where `framed`
    enum activation activation;
    struct dense *dense;
    void *weights; // packed, on the device; owned
    size_t frame_bytes, dweights_bytes;
};

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

// 1 if `before` pixels of padding on both sides give the same output.
static int is_even(size_t in, size_t before, size_t kernel, const struct conv_shape *s, size_t out)
{
    const size_t span = (kernel - 1) * s->dilation + 1;
    return in + 2 * before >= span && (in + 2 * before - span) / s->stride + 1 == out;
}

static void make_inner(struct conv *c)
{
    const struct conv_shape *s = &c->shape;
    struct conv_shape *inner = &c->inner;
    *inner = *s;
    inner->bottom = s->top;
    inner->right = s->left;
    if (c->dtype == DTYPE_BF16 && s->c < CHANNELS_LEAST)
        inner->c = CHANNELS_LEAST;
    const int uneven = !is_even(s->h, s->top, s->kernel_h, s, s->out_h) ||
                       !is_even(s->w, s->left, s->kernel_w, s, s->out_w);
    if (uneven) {
        inner->h += s->top + s->bottom;
        inner->w += s->left + s->right;
        inner->top = inner->left = inner->bottom = inner->right = 0;
    }
    c->framed = uneven || inner->c != s->c;
    c->frame = {s->h, s->w, s->c, inner->h, inner->w, inner->c, 0, 0};
    if (uneven) {
        c->frame.top = (long)s->top;
        c->frame.left = (long)s->left;
    }
    if (c->framed)
        c->frame_bytes = aligned(s->n * inner->h * inner->w * inner->c * dtype_size(c->dtype));
}

// The shape that cuDNN gets. A kernel that covers the whole photo, as in a fully connected layer,
// becomes a 1x1 kernel on one pixel with all numbers as channels. The order in memory is the same,
// and cuDNN has more engines for it.
static struct conv_shape flattened(const struct conv_shape *s)
{
    struct conv_shape flat = *s;
    if (s->kernel_h != s->h || s->kernel_w != s->w || s->out_h != 1 || s->out_w != 1 ||
        s->dilation != 1 || s->top || s->left || s->bottom || s->right)
        return flat;
    flat.c = s->h * s->w * s->c;
    flat.h = flat.w = flat.kernel_h = flat.kernel_w = flat.stride = 1;
    return flat;
}

static size_t weights_count(const struct conv_shape *s)
{
    return s->out_c * (s->c / s->groups) * s->kernel_h * s->kernel_w;
}

static int make(struct conv *c, int need_dx, int need_dw, size_t *scratch, swatch_error *error)
{
    if (c->shape.groups > 1) {
        c->grouped = 1;
        const size_t bytes = grouped_scratch(&c->shape, need_dw);
        if (*scratch < bytes)
            *scratch = bytes;
        return cuda_alloc(weights_count(&c->shape) * sizeof(float), &c->weights, error);
    }
    const int wants_forward = !c->transposed || need_dx, wants_data = c->transposed || need_dx;
    const int passes = (wants_forward ? DENSE_FORWARD : 0) | (wants_data ? DENSE_DATA : 0) |
                       (need_dw ? DENSE_WEIGHTS : 0);
    size_t bytes = 0;
    make_inner(c);
    const struct conv_shape flat = flattened(&c->inner);
    if (dense_new(&flat, c->dtype, passes, &bytes, &c->dense, error))
        return SWATCH_FAILED;
    const size_t packed = weights_count(&c->inner) * dtype_size(c->dtype);
    c->dweights_bytes = need_dw ? aligned(packed) : 0;
    bytes += c->frame_bytes + c->dweights_bytes;
    if (*scratch < bytes)
        *scratch = bytes;
    if (cuda_alloc(packed, &c->weights, error))
        return SWATCH_FAILED;
    cuda_zero(c->weights, packed); // weights of the frame's extra channels stay 0
    return SWATCH_OK;
}

int cuda_conv_new(const struct conv_shape *shape, enum dtype dtype, int transposed, int has_bias,
                  enum activation activation, int need_dx, int need_dw, size_t *scratch,
                  struct conv **conv, swatch_error *error)
{
    struct conv *c = (struct conv *)calloc(1, sizeof *c);
    if (!c)
        return error_memory(error);
    c->shape = *shape;
    c->dtype = dtype;
    c->transposed = transposed;
    c->has_bias = has_bias;
    c->activation = activation;
    if (make(c, need_dx, need_dw, scratch, error)) {
        cuda_conv_free(c);
        return SWATCH_FAILED;
    }
    *conv = c;
    return SWATCH_OK;
}

void cuda_conv_free(struct conv *c)
{
    if (!c)
        return;
    dense_free(c->dense);
    cuda_release(c->weights);
    free(c);
}

void cuda_conv_pack(struct conv *c, const float *weights)
{
    const struct conv_shape *s = &c->shape;
    const size_t area = s->kernel_h * s->kernel_w;
    if (!c->grouped)
        pack_weights(c->dtype, weights, s->out_c, s->c, area, c->inner.c, c->weights);
    else if (grouped_is_depthwise(s)) // (C, area) to (area, C)
        pack_weights(DTYPE_F32, weights, 1, s->c, area, s->c, c->weights);
    else
        cuda_copy(c->weights, weights, weights_count(s) * sizeof(float));
}

// Returns the photo in its frame, in scratch, or x itself where there is no frame.
static const void *framed(const struct conv *c, const void *x, void *scratch)
{
    if (!c->framed)
        return x;
    reframe(c->dtype, &c->frame, c->shape.n, x, scratch);
    return scratch;
}

static void *behind_frame(const struct conv *c, void *scratch)
{
    return (char *)scratch + c->frame_bytes;
}

static void run_forward(const struct conv *c, const void *x, void *y, void *scratch)
{
    if (c->grouped)
        grouped_forward(c->dtype, &c->shape, x, (const float *)c->weights, NULL, ACTIVATION_NONE,
                        y);
    else
        dense_forward(c->dense, framed(c, x, scratch), c->weights, y, behind_frame(c, scratch));
}

static void run_data(const struct conv *c, const void *dy, void *dx, void *scratch)
{
    if (c->grouped) {
        grouped_backward_data(c->dtype, &c->shape, dy, (const float *)c->weights, dx);
        return;
    }
    dense_backward_data(c->dense, dy, c->weights, c->framed ? scratch : dx,
                        behind_frame(c, scratch));
    if (c->framed) {
        const struct frame *f = &c->frame;
        const struct frame back = {f->out_h, f->out_w, f->out_c, f->h,
                                   f->w,     f->c,     -f->top,  -f->left};
        reframe(c->dtype, &back, c->shape.n, scratch, dx);
    }
}

void cuda_conv_forward(struct conv *c, const void *x, const void *, const float *bias, void *y,
                       void *scratch)
{
    const struct conv_shape *s = &c->shape;
    const size_t rows = c->transposed ? s->n * s->h * s->w : s->n * s->out_h * s->out_w;
    const size_t channels = c->transposed ? s->c : s->out_c;
    if (c->grouped && !c->transposed) {
        grouped_forward(c->dtype, s, x, (const float *)c->weights, c->has_bias ? bias : NULL,
                        c->activation, y);
        return;
    }
    if (c->transposed)
        run_data(c, x, y, scratch);
    else
        run_forward(c, x, y, scratch);
    if (c->has_bias)
        cuda_affine_forward(c->dtype, y, rows, channels, NULL, bias, c->activation, y);
    else if (c->activation != ACTIVATION_NONE)
        cuda_activation_forward(c->dtype, c->activation, y, y, rows * channels);
}

void cuda_conv_backward_data(struct conv *c, const void *dy, void *dx, void *, void *scratch)
{
    if (c->transposed)
        run_forward(c, dy, dx, scratch);
    else
        run_data(c, dy, dx, scratch);
}

void cuda_conv_backward_weights(struct conv *c, const void *x, const void *, const void *dy,
                                float *dweights, int add, void *scratch)
{
    const struct conv_shape *s = &c->shape;
    const void *in = c->transposed ? dy : x, *out = c->transposed ? x : dy;
    if (c->grouped) {
        grouped_backward_weights(c->dtype, s, in, out, dweights, add, scratch);
        return;
    }
    char *packed = (char *)behind_frame(c, scratch);
    dense_backward_weights(c->dense, framed(c, in, scratch), out, packed,
                           packed + c->dweights_bytes);
    unpack_weights(c->dtype, packed, s->out_c, s->c, s->kernel_h * s->kernel_w, c->inner.c, add,
                   dweights);
}
