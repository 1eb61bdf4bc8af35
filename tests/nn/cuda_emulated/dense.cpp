// Dense convolutions of the emulated device: the CPU backend computes them from the packed weights
// that the kernels made.

#include <vector>

#include <cuda_runtime.h>

#include "nn/cuda/conv.h"

extern "C" {
#include "nn/cpu/cpu.h"
}

struct dense {
    struct conv_shape shape;
    enum dtype dtype;
    struct conv *conv;
};

static float number(enum dtype dtype, const void *x, size_t i)
{
    return dtype == DTYPE_BF16 ? bf16_to_f32(((const uint16_t *)x)[i]) : ((const float *)x)[i];
}

int dense_new(const struct conv_shape *shape, enum dtype dtype, int passes, size_t *scratch,
              struct dense **dense, swatch_error *error)
{
    struct dense *d = new struct dense();
    d->shape = *shape;
    d->dtype = dtype;
    if (cpu_conv_new(shape, dtype, 0, 0, ACTIVATION_NONE, (passes & DENSE_DATA) != 0,
                     (passes & DENSE_WEIGHTS) != 0, scratch, &d->conv, error)) {
        delete d;
        return SWATCH_FAILED;
    }
    *dense = d;
    return SWATCH_OK;
}

void dense_free(struct dense *d)
{
    if (d)
        cpu_conv_free(d->conv);
    delete d;
}

// The weights as the CPU takes them: (O, I, KH KW) from (O, KH KW, I).
static void take_weights(struct dense *d, const void *packed)
{
    const size_t area = d->shape.kernel_h * d->shape.kernel_w, in = d->shape.c;
    std::vector<float> weights(d->shape.out_c * in * area);
    for (size_t i = 0; i < weights.size(); i++)
        weights[i] =
            number(d->dtype, packed, i / (in * area) * in * area + i % area * in + i / area % in);
    cpu_conv_pack(d->conv, weights.data());
}

void dense_forward(struct dense *d, const void *x, const void *weights, void *y, void *scratch)
{
    emulated_queue([=] {
        take_weights(d, weights);
        cpu_conv_forward(d->conv, x, NULL, NULL, y, scratch);
    });
}

void dense_backward_data(struct dense *d, const void *dy, const void *weights, void *dx,
                         void *scratch)
{
    emulated_queue([=] {
        take_weights(d, weights);
        cpu_conv_backward_data(d->conv, dy, dx, NULL, scratch);
    });
}

void dense_backward_weights(struct dense *d, const void *x, const void *dy, void *dweights,
                            void *scratch)
{
    emulated_queue([=] {
        const size_t area = d->shape.kernel_h * d->shape.kernel_w, in = d->shape.c;
        std::vector<float> plain(d->shape.out_c * in * area);
        cpu_conv_backward_weights(d->conv, x, NULL, dy, plain.data(), 0, scratch);
        for (size_t i = 0; i < plain.size(); i++) {
            const size_t to = i / (in * area) * in * area + i % area * in + i / area % in;
            if (d->dtype == DTYPE_BF16)
                ((uint16_t *)dweights)[to] = bf16_from_f32(plain[i]);
            else
                ((float *)dweights)[to] = plain[i];
        }
    });
}
