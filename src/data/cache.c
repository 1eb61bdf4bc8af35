// Holds items under one mutex; see cache.h.
#include "data/cache.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct cache {
    pthread_mutex_t mutex;
    size_t count, room; // room: bytes left
    void (*item_free)(void *);
    void *items[]; // (count), NULL: not there
};

struct cache *cache_new(size_t count, size_t bytes, void (*item_free)(void *))
{
    struct cache *cache = count < SIZE_MAX / (2 * sizeof(void *))
                              ? calloc(1, sizeof *cache + count * sizeof(void *))
                              : NULL;
    if (!cache)
        return NULL;
    pthread_mutex_init(&cache->mutex, NULL);
    cache->count = count;
    cache->room = bytes;
    cache->item_free = item_free;
    return cache;
}

void *cache_get(struct cache *cache, size_t index)
{
    pthread_mutex_lock(&cache->mutex);
    void *item = cache->items[index];
    pthread_mutex_unlock(&cache->mutex);
    return item;
}

int cache_put(struct cache *cache, size_t index, void *item, size_t bytes)
{
    pthread_mutex_lock(&cache->mutex);
    const int fits = !cache->items[index] && bytes <= cache->room;
    if (fits) {
        cache->items[index] = item;
        cache->room -= bytes;
    }
    pthread_mutex_unlock(&cache->mutex);
    return fits;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->count; i++)
        if (cache->items[i])
            cache->item_free(cache->items[i]);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}
