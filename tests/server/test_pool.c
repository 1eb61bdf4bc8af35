// The pool of sessions: how many workers, with how many threads and how much memory each.

#include "server/pool.h"

#include "extract/session.h"
#include "folder.h"
#include "test.h"
#include "tiny_model.h"

#define MB ((size_t)1 << 20)

static void test_workers(void)
{
    CHECK(pool_workers(1, (size_t)64 << 30) == 1);
    CHECK(pool_workers(6, (size_t)64 << 30) == 6);
    CHECK(pool_workers(1000, (size_t)640 << 30) == POOL_MOST);
    CHECK(pool_workers(6, 1100 * MB) == 2); // memory for no more
    CHECK(pool_workers(6, 1) == 1);
}

static struct pool start(struct pool_options options)
{
    struct pool pool = {0};
    swatch_error error;
    CHECK(!swatch_model_open(test_path("tiny.safetensors"), NULL, &pool.clothes, &error));
    CHECK(!pool_start(&pool, &options, &error));
    return pool;
}

// Threads are shared out, and who works alone has all of them.
static void test_threads(void)
{
    struct pool pool = start((struct pool_options){.workers = 3, .all = 7, .memory = 100 * MB});
    CHECK(pool.workers == 3 && !pool.people);
    for (size_t i = 0; i < 3; i++)
        CHECK(pool.each[i].clothes->threads == 2 && pool.each[i].threads == 2 &&
              !pool.each[i].people);
    CHECK(pool.wide.clothes->threads == 7 && pool.wide.threads == 7);
    struct sessions *alone = pool_take(&pool, 1);
    CHECK(alone == &pool.wide);
    struct sessions *first = pool_take(&pool, 1), *second = pool_take(&pool, 0);
    CHECK(first != &pool.wide && second != &pool.wide && first != second);
    pool_give(&pool, alone);
    CHECK(pool_take(&pool, 1) != &pool.wide); // others work
    pool_end(&pool);
    // Each has what it was told to, and nobody more.
    pool = start((struct pool_options){.workers = 2, .threads = 3, .all = 8, .memory = 100 * MB});
    CHECK(pool.each[1].clothes->threads == 3 && !pool.wide.clothes);
    pool_end(&pool);
    // One worker has all anyhow.
    pool = start((struct pool_options){.workers = 1, .all = 4, .memory = 100 * MB});
    CHECK(pool.each[0].clothes->threads == 4 && !pool.wide.clothes);
    CHECK(pool_take(&pool, 1) == &pool.each[0]);
    pool_end(&pool);
}

// Where the networks are too large for so many, there are fewer workers.
static void test_memory(void)
{
    // How much a network takes depends on oneDNN: the least that is enough for two workers.
    size_t memory = MB;
    struct pool pool = start((struct pool_options){.workers = 64, .all = 64, .memory = memory});
    while (pool.workers == 1 && memory < 1024 * MB) {
        pool_end(&pool);
        memory *= 2;
        pool = start((struct pool_options){.workers = 64, .all = 64, .memory = memory});
    }
    CHECK(pool.workers > 1 && pool.workers < 64);
    CHECK(pool.each[0].clothes->threads == 64 / pool.workers);
    CHECK(!swatch_session_prepare(pool.each[0].clothes, 1, 2, NULL));
    pool_end(&pool);
    pool = start((struct pool_options){.workers = 4, .all = 4, .memory = 4000});
    CHECK(pool.workers == 1); // a photo will tell what is missing
    pool_end(&pool);
    pool_end(&pool);
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    test_workers();
    test_threads();
    test_memory();
    test_folder_remove();
    return test_end();
}
