// Holds items under one mutex and makes them outside it; see cache.h.
#include "data/cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct cache {
    pthread_mutex_t mutex;
    struct cache_items items;
    size_t room;  // bytes left
    void *kept[]; // (items.count), NULL: not there
};

struct cache *cache_new(const struct cache_items *items, size_t bytes)
{
    struct cache *cache = items->count < SIZE_MAX / (2 * sizeof(void *))
                              ? calloc(1, sizeof *cache + items->count * sizeof(void *))
                              : NULL;
    if (!cache)
        return NULL;
    pthread_mutex_init(&cache->mutex, NULL);
    cache->items = *items;
    cache->room = bytes;
    return cache;
}

static void *get(struct cache *cache, size_t index)
{
    pthread_mutex_lock(&cache->mutex);
    void *item = cache->kept[index];
    pthread_mutex_unlock(&cache->mutex);
    return item;
}

int cache_borrow(struct cache *cache, size_t index, void **item, swatch_error *error)
{
    size_t bytes = 0;
    if ((*item = get(cache, index)))
        return SWATCH_OK;
    const int status = cache->items.make(cache->items.user, index, item, &bytes, error);
    if (status)
        return status;
    pthread_mutex_lock(&cache->mutex);
    if (!cache->kept[index] && bytes <= cache->room) { // another thread may have made it, too
        cache->kept[index] = *item;
        cache->room -= bytes;
    }
    pthread_mutex_unlock(&cache->mutex);
    return SWATCH_OK;
}

void cache_return(struct cache *cache, size_t index, void *item)
{
    if (item != get(cache, index))
        cache->items.free(item);
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->items.count; i++)
        if (cache->kept[i])
            cache->items.free(cache->kept[i]);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}
