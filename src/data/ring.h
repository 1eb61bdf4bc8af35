// Threads fill batches ahead of the thread that takes them. Items are numbered. Each thread draws
// the next number and fills that item into one of a few slots, each with room for a batch. The
// taker gets whole batches in order. If the filler makes an item from its number alone, results do
// not depend on the timing of threads.
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
    // Make and free a thread's working memory, in that thread. desk_new returns NULL when there is
    // not enough memory; desk_free accepts that NULL.
    void *(*desk_new)(void *user);
    void (*desk_free)(void *desk);
    // Fills item `index` of the batch in `slot`. It is item `number` of the run. All threads call
    // this at once.
    int (*fill)(void *user, void *desk, size_t slot, size_t index, uint64_t number,
                swatch_error *error);
};

struct ring;

// Returns how many slots there must be so that every thread has an item to fill while the taker
// holds a batch.
size_t ring_slots(const struct ring_options *options);
// Starts the threads, with signals blocked. Options and filler are copied. filler->user must be
// ready for use and live longer than the ring.
int ring_new(const struct ring_options *options, const struct ring_filler *filler,
             struct ring **ring, swatch_error *error);
// Waits for the next batch. The taker may use *slot until the next call. *seconds_waited (may be
// NULL) gets the time spent waiting. If an item could not be filled, this fails when the item's
// batch is due, and at every later call. Of several failed items the first one's error is returned.
int ring_next(struct ring *ring, size_t *slot, double *seconds_waited, swatch_error *error);
// Returns 1 if ring_next would return the next batch at once and without error.
int ring_ready(struct ring *ring);
// Stops the threads; NULL is fine.
void ring_free(struct ring *ring);

#endif
