// How the loops of this folder read and write activations: a stretch of at most SPAN numbers is
// brought into a small f32 buffer that stays in the first-level cache, worked on, and rounded back,
// so that every loop is written once for f32 and bf16.
#ifndef NN_CPU_SPAN_H
#define NN_CPU_SPAN_H

#include "base/least.h"
#include "base/vector.h"
#include "nn/backend.h"

#define SPAN 2048

typedef long long loop_index; // OpenMP wants a signed type

// Numbers first .. first + count - 1 of x as f32: x itself where it is f32, else in `buffer`.
static inline const float *span_read(enum dtype dtype, const void *x, size_t first, size_t count,
                                     float *restrict buffer)
{
    if (dtype == DTYPE_F32)
        return (const float *)x + first;
    const uint16_t *from = (const uint16_t *)x + first;
    for (size_t i = 0; i < count; i++)
        buffer[i] = bf16_to_f32(from[i]);
    return buffer;
}

// Where to write numbers first .. : into y itself, or into `buffer` for span_write to round.
static inline float *span_target(enum dtype dtype, void *y, size_t first, float *buffer)
{
    return dtype == DTYPE_F32 ? (float *)y + first : buffer;
}

static inline void span_write(enum dtype dtype, void *y, size_t first, size_t count,
                              const float *restrict buffer)
{
    if (dtype == DTYPE_F32)
        return;
    uint16_t *to = (uint16_t *)y + first;
    for (size_t i = 0; i < count; i++)
        to[i] = bf16_from_f32(buffer[i]);
}

// f(x) and f'(x) in terms of f(x), for vectorizing loops over a fixed f.
static inline float activation_of(enum activation f, float x)
{
    switch (f) {
    case ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case ACTIVATION_LEAKY:
        return x > 0 ? x : ACTIVATION_LEAKY_SLOPE * x;
    case ACTIVATION_RELU6:
        return x > 0 ? (x < 6 ? x : 6) : 0;
    case ACTIVATION_TANH:
        return __builtin_tanhf(x);
    case ACTIVATION_SIGMOID:
        return 1 / (1 + __builtin_expf(-x));
    default:
        return x;
    }
}

static inline float activation_slope(enum activation f, float y)
{
    switch (f) {
    case ACTIVATION_RELU:
        return y > 0 ? 1 : 0;
    case ACTIVATION_LEAKY:
        return y > 0 ? 1 : ACTIVATION_LEAKY_SLOPE;
    case ACTIVATION_RELU6:
        return y > 0 && y < 6 ? 1 : 0;
    case ACTIVATION_TANH:
        return 1 - y * y;
    case ACTIVATION_SIGMOID:
        return y * (1 - y);
    default:
        return 1;
    }
}

// Applies `f` to a stretch; the switch stands outside the loops so that each vectorizes.
static inline __attribute__((always_inline)) void
activation_apply(enum activation f, const float *x, float *y, size_t count)
{
#define CASE(F)                                                                                    \
    case F:                                                                                        \
        for (size_t i = 0; i < count; i++)                                                         \
            y[i] = activation_of(F, x[i]);                                                         \
        break;
    switch (f) {
        CASE(ACTIVATION_NONE)
        CASE(ACTIVATION_RELU)
        CASE(ACTIVATION_LEAKY)
        CASE(ACTIVATION_RELU6)
        CASE(ACTIVATION_TANH)
        CASE(ACTIVATION_SIGMOID)
    }
#undef CASE
}

#endif
