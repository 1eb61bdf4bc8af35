#include "cache.h"

#include <stdio.h>

#define ENTRY_MORE 512u // bytes of an entry besides its content, about

struct entry {
    char *key;
    struct answer answer;
    GList *place; // in the order
};

static size_t size_of(const struct answer *answer)
{
    return g_bytes_get_size(answer->content) + ENTRY_MORE;
}

static void free_entry(gpointer data)
{
    struct entry *e = data;
    answer_clear(&e->answer);
    g_free(e->key);
    g_free(e);
}

void cache_start(struct cache *c, size_t most)
{
    pthread_mutex_init(&c->lock, NULL);
    g_queue_init(&c->order);
    c->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
    c->most = most;
}

void cache_end(struct cache *c)
{
    g_queue_clear(&c->order);
    g_hash_table_unref(c->entries);
    pthread_mutex_destroy(&c->lock);
}

int cache_find(struct cache *c, const char *key, struct answer *answer)
{
    pthread_mutex_lock(&c->lock);
    struct entry *e = g_hash_table_lookup(c->entries, key);
    if (e) {
        g_queue_unlink(&c->order, e->place);
        g_queue_push_head_link(&c->order, e->place);
        answer_clear(answer);
        *answer = e->answer;
        g_bytes_ref(answer->content);
        atomic_fetch_add(&c->hits, 1);
    }
    pthread_mutex_unlock(&c->lock);
    return e != NULL;
}

void cache_keep(struct cache *c, const char *key, const struct answer *answer)
{
    const size_t size = size_of(answer);
    if (size > c->most)
        return;
    pthread_mutex_lock(&c->lock);
    if (!g_hash_table_contains(c->entries, key)) {
        while (c->bytes + size > c->most) {
            struct entry *last = g_queue_pop_tail(&c->order);
            c->bytes -= size_of(&last->answer);
            g_hash_table_remove(c->entries, last->key);
        }
        struct entry *e = g_new0(struct entry, 1);
        e->key = g_strdup(key);
        e->answer = *answer;
        g_bytes_ref(answer->content);
        g_queue_push_head(&c->order, e);
        e->place = g_queue_peek_head_link(&c->order);
        g_hash_table_insert(c->entries, e->key, e);
        c->bytes += size;
    }
    pthread_mutex_unlock(&c->lock);
}
