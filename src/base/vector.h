// Helpers for loops that the compiler should turn into vector instructions.
#ifndef BASE_VECTOR_H
#define BASE_VECTOR_H

#include <stdint.h>

// Marks a function that is compiled for several instruction sets. The loader chooses one of them
// before the sanitizers have begun, so with sanitizers there is only one.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KERNEL __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define KERNEL
#endif

typedef float vec4 __attribute__((vector_size(16)));

// e^x for x <= 0 (at least e^-87; NaN stays NaN), to 2 units in the last place; written out so that
// loops over it vectorize, which calls of expf do not. x = n log 2 + r, |r| <= log 2 / 2: a
// polynomial in r, times 2^n. Adding 1.5 * 2^23 rounds to a whole number and leaves it in the low
// bits.
static inline float exp_negative(float x)
{
    const float magic = 12582912.0f;
    const float bounded = x < -87.0f ? -87.0f : x;
    union {
        float value;
        uint32_t bits;
    } power = {.value = bounded * 1.44269504f + magic};
    const float n = power.value - magic;
    const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
    float y = 1.0f / 5040;
    y = y * r + 1.0f / 720;
    y = y * r + 1.0f / 120;
    y = y * r + 1.0f / 24;
    y = y * r + 1.0f / 6;
    y = y * r + 0.5f;
    y = y * r + 1.0f;
    y = y * r + 1.0f;
    power.bits = (power.bits + 127) << 23;
    return y * power.value;
}

#endif
