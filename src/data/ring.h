// Batches that threads fill ahead of the one who takes them. The items of a run are numbered, and
// threads take them one by one in order and fill them into the next free of a few slots, each with
// room for a batch; the taker gets whole batches in order. What an item is the filler knows: if it
// follows from the number alone, the threads race for nothing that shows.
#ifndef DATA_RING_H
#define DATA_RING_H

#include <stddef.h>
#include <stdint.h>

#include "swatch.h"

struct ring_options {
    size_t batch;    // items of a batch, 1 or more
    size_t threads;  // 1 or more
    uint64_t first;  // number of the first item
    uint64_t stride; // from a batch's first item to the next one's
};

struct ring_filler {
    void *user;
    // What a thread works in, made and freed by it. NULL is a lack of memory; it is freed as well.
    void *(*desk_new)(void *user);
    void (*desk_free)(void *desk);
    // Fills item `index` of the batch in `slot`, number `number` of the run. Called by all threads
    // at once.
    int (*fill)(void *user, void *desk, size_t slot, size_t index, uint64_t number,
                swatch_error *error);
};

struct ring;

// How many slots there must be: so many that every thread has an item to fill while the taker holds
// a batch.
size_t ring_slots(const struct ring_options *options);
// Starts the threads, for which signals are blocked. Options and filler are copied; what the
// filler's user points to must be ready, and outlive the ring.
int ring_new(const struct ring_options *options, const struct ring_filler *filler,
             struct ring **ring, swatch_error *error);
// Waits for the next batch; its slot is the taker's until the next call. seconds_waited (may be
// NULL) gets how long the taker stood still. An item that could not be filled is an error here,
// when its batch is due, and again at every later call; of several, that of the first.
int ring_next(struct ring *ring, size_t *slot, double *seconds_waited, swatch_error *error);
// 1 if ring_next would give the next batch, without fault, and not wait.
int ring_ready(struct ring *ring);
// Stops the threads; NULL is fine.
void ring_free(struct ring *ring);

#endif
