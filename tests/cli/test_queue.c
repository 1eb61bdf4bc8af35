// Queues between threads: order, room, parts, and an end in between.

#include "cli/queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "test.h"

#define ITEMS 400
#define GIVERS 4

static char things[ITEMS], parts[ITEMS];

static size_t number_of(const void *item)
{
    return (size_t)((const char *)item - things);
}

// What comes in another order is given out in that of the numbers.
static void test_order(void)
{
    struct queue q;
    queue_start(&q, 3);
    CHECK(!queue_put(&q, 2, &things[2]) && !queue_put(&q, 0, &things[0]) &&
          !queue_put(&q, 1, &things[1]));
    for (size_t i = 0; i < 3; i++)
        CHECK(queue_take(&q) == &things[i]);
    queue_close(&q);
    CHECK(!queue_take(&q) && queue_put(&q, 3, &things[3]) == -1);
    queue_end(&q);
}

// Parts come before the thing that they are of.
static void test_parts(void)
{
    struct queue q;
    queue_start(&q, 2);
    CHECK(!queue_put(&q, 1, &things[1]));
    CHECK(!queue_put_part(&q, 0, &parts[0]) && !queue_put_part(&q, 0, &parts[1]));
    CHECK(queue_take(&q) == &parts[0] && !queue_put_part(&q, 0, &parts[2]));
    CHECK(!queue_put(&q, 0, &things[0]));
    CHECK(queue_take(&q) == &parts[1] && queue_take(&q) == &parts[2]);
    CHECK(queue_take(&q) == &things[0] && queue_take(&q) == &things[1]);
    queue_end(&q);
}

// Who gives up gets all that is there, also behind a thing that never comes.
static void test_closed(void)
{
    struct queue q;
    queue_start(&q, 4);
    CHECK(!queue_put(&q, 1, &things[1]) && !queue_put(&q, 3, &things[3]));
    queue_close(&q);
    CHECK(queue_put_part(&q, 0, &parts[0]) == -1);
    CHECK(queue_take(&q) == &things[1] && queue_take(&q) == &things[3] && !queue_take(&q));
    queue_end(&q);
}

struct line {
    struct queue in, out;
    atomic_int wrong;
};

// Some things take longer than others, and have parts.
static void *work(void *user)
{
    struct line *l = user;
    for (char *item; (item = queue_take(&l->in));) {
        const size_t i = number_of(item);
        if (i % 7 == 0)
            usleep(500);
        if (i % 5 == 0 && queue_put_part(&l->out, i, &parts[i]))
            atomic_fetch_add(&l->wrong, 1);
        if (queue_put(&l->out, i, item))
            atomic_fetch_add(&l->wrong, 1);
    }
    return NULL;
}

static void *feed(void *user)
{
    struct line *l = user;
    for (size_t i = 0; i < ITEMS; i++)
        if (queue_put(&l->in, i, &things[i]))
            atomic_fetch_add(&l->wrong, 1);
    queue_close(&l->in);
    return NULL;
}

// Several threads take from one queue and put into another, by which all is in order again.
static void test_threads(void)
{
    static struct line l;
    pthread_t givers[GIVERS], feeder;
    int wrong = 0;
    queue_start(&l.in, 2);
    queue_start(&l.out, GIVERS + 1);
    CHECK(pthread_create(&feeder, NULL, feed, &l) == 0);
    for (size_t i = 0; i < GIVERS; i++)
        CHECK(pthread_create(&givers[i], NULL, work, &l) == 0);
    for (size_t i = 0; i < ITEMS; i++) {
        wrong += i % 5 == 0 && queue_take(&l.out) != &parts[i];
        wrong += queue_take(&l.out) != &things[i];
    }
    for (size_t i = 0; i < GIVERS; i++)
        pthread_join(givers[i], NULL);
    pthread_join(feeder, NULL);
    CHECK(wrong == 0 && atomic_load(&l.wrong) == 0);
    queue_end(&l.in);
    queue_end(&l.out);
}

int main(void)
{
    test_order();
    test_parts();
    test_closed();
    test_threads();
    return test_end();
}
