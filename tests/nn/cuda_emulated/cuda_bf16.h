// Replaces CUDA's header of the same name; see cuda_runtime.h.
#ifndef TESTS_NN_CUDA_EMULATED_CUDA_BF16_H
#define TESTS_NN_CUDA_EMULATED_CUDA_BF16_H

#include "nn/dtype.h"

struct emulated_bf16 {
    uint16_t bits;
};

static inline emulated_bf16 __float2bfloat16_rn(float x)
{
    return {bf16_from_f32(x)};
}

static inline uint16_t __bfloat16_as_ushort(emulated_bf16 x)
{
    return x.bits;
}

#endif
