// The loader fills each sample once and in its place, whichever thread fills it, and reports a
// sample that could not be filled.
#include <stdatomic.h>
#include <time.h>

#include "base/error.h"
#include "failing.h"
#include "test.h"
#include "train/loader.h"

#define BATCH 3

static swatch_error error;

struct kitchen {
    uint64_t bad;      // the sample that cannot be filled
    atomic_int closed; // calls of close
    atomic_int wrong;  // samples whose memory is not as it should be
};

struct plate {
    uint64_t number;
    char *owned;
};

static int cook(void *user, size_t index, void **item, size_t *bytes, swatch_error *e)
{
    (void)user;
    (void)index;
    *bytes = 10;
    *item = malloc(10);
    return *item ? SWATCH_OK : error_memory(e);
}

static int fill(void *own, struct cache *photos, const struct sample *sample, swatch_error *e)
{
    struct kitchen *k = own;
    struct plate *plate = sample->item;
    void *food;
    if (cache_borrow(photos, sample->number % 2, &food, e))
        return SWATCH_FAILED;
    cache_return(photos, sample->number % 2, food);
    if (sample->number % 4 == 1) // some are slow, so that others overtake them
        nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    memset(sample->desk->row, 1, 5 * 4 * sizeof(float));
    memset(sample->desk->photo, 1, 2 * 5 * 3 * sizeof(float));
    memset(sample->desk->labels, 1, 2 * 5);
    k->wrong += (uintptr_t)sample->desk->row % 64 != 0; // CHECK counts on one thread alone
    if (!plate->owned && !(plate->owned = malloc(1)))
        return error_memory(e);
    plate->number = sample->number;
    for (size_t i = 0; i < 2 * 5 * 3; i++)
        sample->photo[i] = (float)sample->number;
    return sample->number == k->bad
               ? error_set(e, SWATCH_FAILED, "sample %llu", (unsigned long long)sample->number)
               : SWATCH_OK;
}

static void plate_free(void *item)
{
    free(((struct plate *)item)->owned);
}

static void close_kitchen(void *own)
{
    ((struct kitchen *)own)->closed++;
}

static const struct loader_options options = {.height = 2,
                                              .width = 5,
                                              .batch = BATCH,
                                              .threads = 4,
                                              .cache_bytes = 10,
                                              .first = 100,
                                              .stride = 10};

static struct loader_kind kind_of(struct kitchen *k)
{
    return (struct loader_kind){.own = k,
                                .photos = {NULL, 2, cook, free},
                                .item = sizeof(struct plate),
                                .fill = fill,
                                .item_free = plate_free,
                                .close = close_kitchen};
}

static struct loader *start(struct kitchen *k)
{
    const struct loader_kind kind = kind_of(k);
    struct loader *loader = NULL;
    CHECK(loader_new(&kind, &options, &loader, &error) == 0);
    return loader;
}

static void test_order(void)
{
    struct kitchen k = {.bad = UINT64_MAX};
    struct loader *loader = start(&k);
    const struct batch *batch;
    double waited = 5;
    for (uint64_t n = 0; n < 50; n++) {
        CHECK(loader_next(loader, &batch, &waited, &error) == 0 && batch->first == 100 + 10 * n);
        const struct plate *plates = batch->items;
        for (size_t i = 0; i < BATCH; i++) {
            CHECK(plates[i].number == 100 + 10 * n + i);
            CHECK(batch->photos[2 * 5 * 3 * i] == (float)plates[i].number);
            CHECK(batch->photos[2 * 5 * 3 * i + 29] == (float)plates[i].number);
        }
    }
    CHECK(waited >= 5); // it is added to
    loader_free(loader);
    CHECK(k.closed == 1 && k.wrong == 0);
    loader_free(NULL);
}

static void test_fault(void)
{
    struct kitchen k = {.bad = 121};
    struct loader *loader = start(&k);
    const struct batch *batch;
    CHECK(loader_next(loader, &batch, NULL, &error) == 0);
    CHECK(loader_next(loader, &batch, NULL, &error) == 0);
    for (int i = 0; i < 2; i++) { // and again
        CHECK(loader_next(loader, &batch, NULL, &error) == SWATCH_FAILED);
        CHECK_STRING(error.message, "sample 121");
        CHECK(!loader_ready(loader));
    }
    loader_free(loader);
}

// What the loader was given it closes, though it is refused.
static void test_refused(void)
{
    struct kitchen k = {0};
    struct loader_options wrong[5] = {options, options, options, options, options};
    struct loader_kind kind = kind_of(&k);
    struct loader *loader = NULL;
    wrong[0].batch = wrong[1].width = wrong[2].threads = 0;
    wrong[3].height = 65537;
    for (int i = 0; i < 5; i++) {
        if (i == 4)
            kind.photos.count = 0;
        CHECK(loader_new(&kind, &wrong[i], &loader, &error) == SWATCH_USAGE && !loader);
        CHECK(k.closed == i + 1);
    }
}

// Whichever allocation fails, the thread's own too, it is told and nothing is left behind.
static void test_no_memory(void)
{
    struct loader_options one = options;
    int lacking = 0;
    one.threads = 1;
    for (size_t n = 1; n < 60; n++) {
        struct kitchen k = {.bad = UINT64_MAX};
        const struct loader_kind kind = kind_of(&k);
        struct loader *loader = NULL;
        const struct batch *batch;
        calls = 0;
        failing = n;
        int status = loader_new(&kind, &one, &loader, &error);
        if (!status)
            status = loader_next(loader, &batch, NULL, &error);
        loader_free(loader);
        CHECK(status == SWATCH_OK || status == SWATCH_NO_MEMORY);
        CHECK(k.closed == 1);
        lacking += status == SWATCH_NO_MEMORY;
    }
    failing = 0;
    CHECK(lacking > 12 && lacking < 59);
}

int main(void)
{
    test_order();
    test_fault();
    test_refused();
    test_no_memory();
    return test_end();
}
