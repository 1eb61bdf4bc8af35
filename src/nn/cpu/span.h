// How the loops of this folder read and write activations. A loop brings at most SPAN numbers into
// a small f32 buffer, which stays in the first-level cache, works on them there and rounds them
// back. So every loop is written once for f32 and bf16.
#ifndef NN_CPU_SPAN_H
#define NN_CPU_SPAN_H

#include "base/least.h"
#include "base/vector.h"
#include "nn/activation.h"

#define SPAN 2048

typedef long long loop_index; // OpenMP needs a signed type

// Returns numbers first .. first + count - 1 of x as f32: in x itself if x is f32, else in
// `buffer`.
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

// Returns where to write numbers first .. of y: in y itself, or in `buffer`, which span_write then
// rounds into y.
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

// A sum is taken in PARTS parts, and the parts are added in order, so that one thread and many give
// the same bits.
#define PARTS 32

// The things that belong to one part: first .. last - 1.
struct part {
    size_t first, last;
};

static inline struct part part_of(size_t count, loop_index part)
{
    const size_t p = (size_t)part;
    return (struct part){count * p / PARTS, count * (p + 1) / PARTS};
}

// Runs statements with the activation F, a constant that is `f`, so that the compiler makes a loop
// of its own for each activation and vectorizes it.
#define ACTIVATION_CASE(value, ...)                                                                \
    case value: {                                                                                  \
        const enum activation F = value;                                                           \
        __VA_ARGS__                                                                                \
    } break;
#define WITH_ACTIVATION(f, ...)                                                                    \
    switch (f) {                                                                                   \
        ACTIVATION_CASE(ACTIVATION_NONE, __VA_ARGS__)                                              \
        ACTIVATION_CASE(ACTIVATION_RELU, __VA_ARGS__)                                              \
        ACTIVATION_CASE(ACTIVATION_LEAKY, __VA_ARGS__)                                             \
        ACTIVATION_CASE(ACTIVATION_RELU6, __VA_ARGS__)                                             \
        ACTIVATION_CASE(ACTIVATION_TANH, __VA_ARGS__)                                              \
        ACTIVATION_CASE(ACTIVATION_SIGMOID, __VA_ARGS__)                                           \
    }

// y = f(x). y may be x.
static inline __attribute__((always_inline)) void
activation_apply(enum activation f, const float *x, float *y, size_t count)
{
    WITH_ACTIVATION(f, for (size_t i = 0; i < count; i++) y[i] = activation_of(F, x[i]);)
}

#endif
