// How much memory there is.
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

// Bytes of memory that the process may use, whatever others use: the machine's, or less by its
// cgroup (memory.max, version 2) or by its limit of address space. SIZE_MAX where nothing is known.
size_t memory_allowed(void);

#endif
