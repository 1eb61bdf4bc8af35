// The numbers that networks compute in here.
#ifndef TESTS_NN_LAST_DTYPE_H
#define TESTS_NN_LAST_DTYPE_H

#include <stdio.h>

#include "nn/cpu/cpu.h"
#include "nn/dtype.h"

// The last of DTYPE_F32, DTYPE_BF16 that this processor computes in; says so when it is not bf16.
static inline enum dtype last_dtype(void)
{
    if (cpu_has_bf16())
        return DTYPE_BF16;
    fprintf(stderr, "SKIPPED in part: bf16, which this processor does not compute in\n");
    return DTYPE_F32;
}

#endif
