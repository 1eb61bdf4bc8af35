// Fills batches ahead in threads. One mutex guards the counters; items are filled outside it.

#include "data/ring.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

struct slot {
    size_t left;  // items still to be filled
    size_t fault; // index of the first item that failed; options.batch: none
    swatch_error error;
};

struct ring {
    struct ring_options options;
    struct ring_filler filler;
    pthread_mutex_t mutex;
    pthread_cond_t work;  // a slot is free, or stop
    pthread_cond_t ready; // a batch is whole
    int stop;
    uint64_t drawn;       // items given to threads so far
    uint64_t taken, done; // batches lent to the taker so far, and given back
    struct slot *slots;
    size_t slot_count;
    pthread_t *threads;
    size_t threads_running;
};

size_t ring_slots(const struct ring_options *o)
{
    return 2 + (o->threads + o->batch - 1) / o->batch;
}

static void *work(void *argument)
{
    struct ring *ring = argument;
    const struct ring_options *o = &ring->options;
    const struct ring_filler *filler = &ring->filler;
    void *desk = filler->desk_new(filler->user);
    swatch_error error;

    pthread_mutex_lock(&ring->mutex);
    while (!ring->stop) {
        const uint64_t batch = ring->drawn / o->batch;
        if (batch >= ring->done + ring->slot_count) {
            pthread_cond_wait(&ring->work, &ring->mutex);
            continue;
        }
        const size_t index = (size_t)(ring->drawn % o->batch), at = batch % ring->slot_count;
        struct slot *slot = &ring->slots[at];
        ring->drawn++;
        if (index == 0)
            *slot = (struct slot){.left = o->batch, .fault = o->batch};
        pthread_mutex_unlock(&ring->mutex);
        const int status = desk ? filler->fill(filler->user, desk, at, index,
                                               o->first + batch * o->stride + index, &error)
                                : error_memory(&error);
        pthread_mutex_lock(&ring->mutex);
        if (status && index < slot->fault) {
            slot->fault = index;
            slot->error = error;
        }
        if (--slot->left == 0)
            pthread_cond_signal(&ring->ready);
    }
    pthread_mutex_unlock(&ring->mutex);
    filler->desk_free(desk);
    return NULL;
}

// Starts the threads with all signals blocked, so that signals like SIGINT go to the taker's
// thread.
static int start_threads(struct ring *ring, swatch_error *error)
{
    sigset_t all, before;
    int fault = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (ring->threads_running < ring->options.threads &&
           (fault = pthread_create(&ring->threads[ring->threads_running], NULL, work, ring)) == 0)
        ring->threads_running++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fault ? error_set(error, SWATCH_FAILED, "cannot start a loader thread: %s",
                             strerror(fault))
                 : SWATCH_OK;
}

int ring_new(const struct ring_options *options, const struct ring_filler *filler,
             struct ring **ring, swatch_error *error)
{
    struct ring *r = calloc(1, sizeof *r);
    if (!r)
        return error_memory(error);
    r->options = *options;
    r->filler = *filler;
    r->slot_count = ring_slots(options);
    r->slots = calloc(r->slot_count, sizeof *r->slots);
    r->threads = calloc(options->threads, sizeof *r->threads);
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->work, NULL);
    pthread_cond_init(&r->ready, NULL);
    const int status = r->slots && r->threads ? start_threads(r, error) : error_memory(error);
    if (status)
        ring_free(r);
    else
        *ring = r;
    return status;
}

// Returns 1 if all items of the next batch are filled or have failed.
static int is_whole(const struct ring *ring)
{
    return ring->drawn >= (ring->taken + 1) * ring->options.batch &&
           ring->slots[ring->taken % ring->slot_count].left == 0;
}

int ring_ready(struct ring *ring)
{
    pthread_mutex_lock(&ring->mutex);
    const struct slot *slot = &ring->slots[ring->taken % ring->slot_count];
    const int ready = is_whole(ring) && slot->fault == ring->options.batch;
    pthread_mutex_unlock(&ring->mutex);
    return ready;
}

int ring_next(struct ring *ring, size_t *slot, double *seconds_waited, swatch_error *error)
{
    const double begun = clock_now();
    pthread_mutex_lock(&ring->mutex);
    if (ring->done != ring->taken) { // what the taker held is free again
        ring->done = ring->taken;
        pthread_cond_broadcast(&ring->work);
    }
    while (!is_whole(ring))
        pthread_cond_wait(&ring->ready, &ring->mutex);
    *slot = ring->taken % ring->slot_count;
    const struct slot *next = &ring->slots[*slot];
    const int failed = next->fault < ring->options.batch;
    if (!failed)
        ring->taken++;
    pthread_mutex_unlock(&ring->mutex);
    if (seconds_waited)
        *seconds_waited = clock_now() - begun;
    return failed ? error_set(error, next->error.status, "%s", next->error.message) : SWATCH_OK;
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    pthread_mutex_lock(&ring->mutex);
    ring->stop = 1;
    pthread_cond_broadcast(&ring->work);
    pthread_mutex_unlock(&ring->mutex);
    for (size_t i = 0; i < ring->threads_running; i++)
        pthread_join(ring->threads[i], NULL);
    free(ring->slots);
    free(ring->threads);
    pthread_cond_destroy(&ring->work);
    pthread_cond_destroy(&ring->ready);
    pthread_mutex_destroy(&ring->mutex);
    free(ring);
}
