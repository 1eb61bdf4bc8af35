// The cache keeps each item that fits once, and frees what it keeps.
#include <stdint.h>

#include "base/error.h"
#include "data/cache.h"
#include "test.h"

static const size_t sizes[] = {60, 41, 40, 1};
static size_t made, freed;

static int item_make(void *user, size_t index, void **item, size_t *bytes, swatch_error *error)
{
    if (index == 3)
        return error_set(error, SWATCH_FAILED, "item 3");
    made++;
    *bytes = *(size_t *)user = sizes[index];
    *item = malloc(sizes[index]);
    return SWATCH_OK;
}

static void item_free(void *item)
{
    freed++;
    free(item);
}

int main(void)
{
    size_t last = 0;
    struct cache_items items = {&last, 4, item_make, item_free};
    struct cache *cache = cache_new(&items, 100);
    void *first, *again, *large, *small;
    swatch_error error;
    CHECK(cache != NULL);
    CHECK(cache_borrow(cache, 0, &first, &error) == 0 && last == 60);
    CHECK(cache_borrow(cache, 0, &again, &error) == 0 && again == first && made == 1);
    CHECK(cache_borrow(cache, 1, &large, &error) == 0 && made == 2); // no room to keep it
    cache_return(cache, 0, first);
    cache_return(cache, 0, again);
    CHECK(freed == 0);
    cache_return(cache, 1, large);
    CHECK(freed == 1);
    CHECK(cache_borrow(cache, 1, &large, &error) == 0 && made == 3); // anew
    cache_return(cache, 1, large);
    CHECK(cache_borrow(cache, 2, &small, &error) == 0 && made == 4);
    cache_return(cache, 2, small);
    CHECK(freed == 2);
    CHECK(cache_borrow(cache, 3, &small, &error) == SWATCH_FAILED);
    CHECK_STRING(error.message, "item 3");
    cache_free(cache);
    CHECK(freed == 4);
    cache_free(NULL);
    items.count = SIZE_MAX / 2;
    CHECK(cache_new(&items, 1) == NULL);
    return test_end();
}
