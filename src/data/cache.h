// A cache of decoded photos that threads share. It keeps as many as fit and drops none.
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include <stddef.h>

#include "swatch.h"

struct cache_items {
    void *user;
    size_t count;
    // Makes item `index` and sets the bytes of memory it takes. All threads call this at once.
    int (*make)(void *user, size_t index, void **item, size_t *bytes, swatch_error *error);
    void (*free)(void *item);
};

struct cache;

// Makes a cache that keeps at most `bytes` bytes. `items` is copied. NULL: not enough memory.
struct cache *cache_new(const struct cache_items *items, size_t bytes);
// Lends item `index`, which is made unless the cache keeps it. Errors are those of `make`.
int cache_borrow(struct cache *cache, size_t index, void **item, swatch_error *error);
// Gives back what cache_borrow lent. Frees the item if the cache does not keep it.
void cache_return(struct cache *cache, size_t index, void *item);
// Frees the cache and its items. NULL is fine.
void cache_free(struct cache *cache);

#endif
