// How much memory there is.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

// Bytes of memory that the process may use, whatever others use: the machine's, or less by its
// cgroup (memory.max, version 2) or by its limit of address space. SIZE_MAX where nothing is known.
size_t memory_allowed(void);

// Memory at a multiple of 64 bytes, for free(), or NULL. What is large lies on large pages where
// the system has them: its first use is a twentieth of the work (docs/decisions.md, "Large pages").
void *memory_block(size_t bytes);

#endif
