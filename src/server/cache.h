// Answers that were given, by what was asked: a photo's bytes and all that changes its answer.
#ifndef SERVER_CACHE_H
#define SERVER_CACHE_H

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "answer.h"

struct cache {
    pthread_mutex_t lock;
    GHashTable *entries; // by key
    GQueue order;        // of entries, the one that was asked for last is first
    size_t bytes, most;
    atomic_ulong hits;
};

// most: bytes; 0: nothing is kept.
void cache_start(struct cache *cache, size_t most);
void cache_end(struct cache *cache);
// Sets the answer that was kept: 1; or 0 where there is none.
int cache_find(struct cache *cache, const char *key, struct answer *answer);
// Keeps an answer. The longest unused ones make room.
void cache_keep(struct cache *cache, const char *key, const struct answer *answer);

#endif
