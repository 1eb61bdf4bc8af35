// The smaller and the larger of two.
#ifndef BASE_LEAST_H
#define BASE_LEAST_H

#include <stddef.h>

static inline size_t size_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t size_most(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif
