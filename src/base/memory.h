// How much memory there is.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <swatch.h>

// Bytes of memory that work may take by default: three quarters of what the process may use,
// whatever others use. That is the machine's memory, or less by its cgroup, or by what its limit of
// address space leaves. Never 0.
size_t memory_share(void);

// SWATCH_NO_MEMORY if `bytes` of memory, and some more for what libraries take without asking,
// cannot be had now under the process's limits. `name` is what messages begin with. Nothing is
// kept. Call it before libraries that end the process when they get no memory.
int memory_probe(size_t bytes, const char *name, swatch_error *error);

// Makes room for at least `count` numbers in *numbers, which has room for *room; NULL and 0 at
// first. What it held stays. SWATCH_NO_MEMORY leaves both as they are. The caller frees *numbers.
int memory_grow(float **numbers, size_t *room, size_t count, swatch_error *error);

#endif
