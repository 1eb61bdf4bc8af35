// Decoded photos that threads share, as many as fit.
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include <stddef.h>

struct cache;

// For `count` things of at most `bytes` together, freed with `item_free`. NULL: no memory.
struct cache *cache_new(size_t count, size_t bytes, void (*item_free)(void *));
// Thing number `index`, lent by the cache; NULL if it is not there.
void *cache_get(struct cache *cache, size_t index);
// Keeps the thing, if it fits and none is there: then 1, and it is lent from now on. Otherwise 0,
// and it stays the caller's; two threads may have made the same.
int cache_put(struct cache *cache, size_t index, void *item, size_t bytes);
// Frees it and what it keeps; NULL is fine.
void cache_free(struct cache *cache);

#endif
