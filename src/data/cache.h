// A cache of decoded photos that threads share. It keeps as many as fit and drops none.
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include <stddef.h>

struct cache;

// Makes a cache for `count` items of at most `bytes` bytes together. item_free frees an item. NULL:
// not enough memory.
struct cache *cache_new(size_t count, size_t bytes, void (*item_free)(void *));
// Returns item `index`, lent by the cache; NULL if it is not there.
void *cache_get(struct cache *cache, size_t index);
// Keeps the item if it fits and its place is free: returns 1, and the cache owns it from then on.
// Otherwise returns 0, and the caller still owns it: two threads may have made the same item.
int cache_put(struct cache *cache, size_t index, void *item, size_t bytes);
// Frees the cache and its items. NULL is fine.
void cache_free(struct cache *cache);

#endif
