// The host's memory as a device's: all is done when the call returns.

#include "nn/cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define ALIGNMENT 64

int cpu_alloc(size_t bytes, void **memory, swatch_error *error)
{
    if (bytes > SIZE_MAX - ALIGNMENT)
        return error_memory(error);
    *memory = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    return *memory ? SWATCH_OK : error_memory(error);
}

void cpu_release(void *memory)
{
    free(memory);
}

void cpu_copy(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
}

void cpu_zero(void *to, size_t bytes)
{
    memset(to, 0, bytes);
}

int cpu_check(swatch_error *error)
{
    (void)error;
    return SWATCH_OK;
}
