// The numbers (dtype) that networks compute in on this processor.
#ifndef TESTS_NN_LAST_DTYPE_H
#define TESTS_NN_LAST_DTYPE_H

#include <stdio.h>

#include "nn/cpu/cpu.h"
#include "nn/dtype.h"

// Returns DTYPE_BF16 if this processor computes in it, else DTYPE_F32 after a message.
static inline enum dtype last_dtype(void)
{
    if (cpu_has_bf16())
        return DTYPE_BF16;
    fprintf(stderr, "SKIPPED in part: bf16, which this processor does not compute in\n");
    return DTYPE_F32;
}

#endif
