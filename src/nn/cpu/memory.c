// Device memory on the CPU is host memory, and calls are done when they return.

#include "nn/cpu/cpu.h"
#include "nn/cpu/packed.h"

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

struct packed *cpu_packed_new(size_t bytes)
{
    void *memory = NULL;
    if (bytes > SIZE_MAX - sizeof(struct packed) ||
        cpu_alloc(sizeof(struct packed) + bytes, &memory, NULL))
        return NULL;
    struct packed *packed = memory;
    atomic_init(&packed->users, 1);
    return packed;
}

void cpu_packed_free(struct packed *packed)
{
    if (packed && atomic_fetch_sub(&packed->users, 1) == 1)
        cpu_release(packed);
}

void cpu_packed_share(struct packed **packed, struct packed *from)
{
    atomic_fetch_add(&from->users, 1);
    cpu_packed_free(*packed);
    *packed = from;
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
