// The cache keeps each item that fits once, and frees what it keeps.
#include <stdint.h>

#include "data/cache.h"
#include "test.h"

static size_t freed;

static void item_free(void *item)
{
    freed++;
    free(item);
}

int main(void)
{
    struct cache *cache = cache_new(3, 100, item_free);
    char *first = malloc(60), *again = malloc(60), *large = malloc(41), *small = malloc(40);
    CHECK(cache && cache_get(cache, 0) == NULL);
    CHECK(cache_put(cache, 0, first, 60) == 1 && cache_get(cache, 0) == first);
    CHECK(cache_put(cache, 0, again, 10) == 0 && cache_get(cache, 0) == first); // one is there
    CHECK(cache_put(cache, 1, large, 41) == 0 && cache_get(cache, 1) == NULL);  // no room
    CHECK(cache_put(cache, 2, small, 40) == 1 && cache_get(cache, 2) == small);
    cache_free(cache);
    CHECK(freed == 2);
    cache_free(NULL);
    CHECK(cache_new(SIZE_MAX / 2, 1, item_free) == NULL);
    free(again);
    free(large);
    return test_end();
}
