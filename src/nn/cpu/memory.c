// Device memory on the CPU is host memory, and calls are done when they return.

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

void cpu_write(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
}

void cpu_read(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
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

void cpu_feed(enum dtype dtype, const void *from, void *to, size_t count)
{
    if (dtype == DTYPE_U8)
        memcpy(to, from, count);
    else
        cpu_upload(dtype, from, to, count);
}

void cpu_feed_wait(void)
{
}
