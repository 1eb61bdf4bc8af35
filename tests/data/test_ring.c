// The ring fills each item once and in its place, whichever thread fills it, and reports an item
// that could not be filled.
#include <stdatomic.h>
#include <time.h>

#include "base/error.h"
#include "data/ring.h"
#include "test.h"

#define BATCH 3
#define SLOTS 8

static swatch_error error;

struct plate {
    uint64_t numbers[SLOTS][BATCH];
    uint64_t bad;     // the item that cannot be filled
    atomic_int desks; // made and not freed yet
    atomic_int wrong; // calls of fill for what is not there
    int no_desks;
};

static void *desk_new(void *user)
{
    struct plate *p = user;
    if (p->no_desks)
        return NULL;
    p->desks++;
    struct plate **desk = malloc(sizeof *desk);
    *desk = p;
    return desk;
}

static void desk_free(void *desk)
{
    if (desk)
        (*(struct plate **)desk)->desks--;
    free(desk);
}

static int fill(void *user, void *desk, size_t slot, size_t index, uint64_t number, swatch_error *e)
{
    struct plate *p = user;
    if (*(struct plate **)desk != p || slot >= SLOTS || index >= BATCH) {
        p->wrong++; // CHECK counts on one thread alone
        return SWATCH_OK;
    }
    if (number % 4 == 1) // some are slow, so that others overtake them
        nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    p->numbers[slot][index] = number;
    return number == p->bad ? error_set(e, SWATCH_FAILED, "item %llu", (unsigned long long)number)
                            : SWATCH_OK;
}

static const struct ring_options options = {
    .batch = BATCH, .threads = 4, .first = 100, .stride = 10};

static struct ring *open_ring(struct plate *p)
{
    const struct ring_filler filler = {p, desk_new, desk_free, fill};
    struct ring *ring = NULL;
    CHECK(ring_slots(&options) <= SLOTS);
    CHECK(ring_new(&options, &filler, &ring, &error) == 0);
    return ring;
}

static void test_order(void)
{
    struct plate p = {.bad = UINT64_MAX};
    struct ring *ring = open_ring(&p);
    double waited = -1;
    for (uint64_t batch = 0; batch < 50; batch++) {
        size_t slot = SLOTS;
        CHECK(ring_next(ring, &slot, &waited, &error) == 0 && waited >= 0);
        for (size_t i = 0; i < BATCH; i++)
            CHECK(p.numbers[slot][i] == 100 + 10 * batch + i);
    }
    ring_free(ring);
    CHECK(p.desks == 0 && p.wrong == 0);
    ring_free(NULL);
}

static void test_fault(void)
{
    struct plate p = {.bad = 121};
    struct ring *ring = open_ring(&p);
    size_t slot;
    CHECK(ring_next(ring, &slot, NULL, &error) == 0);
    CHECK(ring_next(ring, &slot, NULL, &error) == 0);
    for (int i = 0; i < 2; i++) { // and again
        CHECK(ring_next(ring, &slot, NULL, &error) == SWATCH_FAILED);
        CHECK_STRING(error.message, "item 121");
        CHECK(!ring_ready(ring));
    }
    ring_free(ring);
}

static void test_no_memory(void)
{
    struct plate p = {.bad = UINT64_MAX, .no_desks = 1};
    struct ring *ring = open_ring(&p);
    size_t slot;
    CHECK(ring_next(ring, &slot, NULL, &error) == SWATCH_NO_MEMORY);
    CHECK(strstr(error.message, "memory") != NULL);
    ring_free(ring);
}

int main(void)
{
    test_order();
    test_fault();
    test_no_memory();
    return test_end();
}
