// Fills batches ahead in threads. One mutex guards the counters; samples are filled outside it.
#include "train/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

#define SIDE_MAX 65536
#define PHOTOS_MAX (1 << 24) // times 255 repeats of each it is less than 2^32

struct slot {
    struct batch batch;
    size_t left;  // samples still to be filled
    size_t fault; // index of the first sample that failed; options.batch: none
    swatch_error error;
};

struct loader {
    struct loader_options options;
    struct loader_kind kind;
    struct cache *photos;
    pthread_mutex_t mutex;
    pthread_cond_t work;  // a slot is free, or stop
    pthread_cond_t ready; // a batch is whole
    int stop;
    uint64_t drawn;       // samples given to threads so far
    uint64_t taken, done; // batches lent to the taker so far, and given back
    struct slot *slots;
    size_t slot_count;
    pthread_t *threads;
    size_t threads_running;
};

struct loader_options loader_run_options(const struct train_options *options, uint64_t step,
                                         size_t batch)
{
    const struct recipe *r = &options->recipe;
    return (struct loader_options){.height = r->height,
                                   .width = r->width,
                                   .batch = batch,
                                   .threads = options->loader_threads,
                                   .cache_bytes = options->cache_mb << 20,
                                   .seed = r->seed,
                                   .first = step * r->batch + ranks_number(r->ranks) * batch,
                                   .stride = r->batch,
                                   .augmentation = r->augmentation};
}

static int fill(struct loader *l, uint64_t batch, size_t index, const struct desk *desk,
                swatch_error *error)
{
    const struct loader_options *o = &l->options;
    struct batch *to = &l->slots[batch % l->slot_count].batch;
    const struct sample sample = {.number = o->first + batch * o->stride + index,
                                  .photo = to->photos + index * o->height * o->width * 3,
                                  .item = (char *)to->items + index * l->kind.item,
                                  .desk = desk};
    return desk->row ? l->kind.fill(l->kind.own, l->photos, &sample, error) : error_memory(error);
}

static void *work(void *argument)
{
    struct loader *l = argument;
    const struct loader_options *o = &l->options;
    const size_t area = o->height * o->width;
    const size_t bytes = (o->width * 4 + area * 3) * sizeof(float) + area;
    struct desk desk = {.row = aligned_alloc(64, (bytes + 63) / 64 * 64)};
    swatch_error error;
    if (desk.row) {
        desk.photo = desk.row + o->width * 4;
        desk.labels = (uint8_t *)(desk.photo + area * 3);
    }
    pthread_mutex_lock(&l->mutex);
    while (!l->stop) {
        const uint64_t batch = l->drawn / o->batch;
        if (batch >= l->done + l->slot_count) {
            pthread_cond_wait(&l->work, &l->mutex);
            continue;
        }
        const size_t index = (size_t)(l->drawn++ % o->batch);
        struct slot *slot = &l->slots[batch % l->slot_count];
        if (index == 0) {
            slot->batch.first = o->first + batch * o->stride;
            slot->left = slot->fault = o->batch;
        }
        pthread_mutex_unlock(&l->mutex);
        const int status = fill(l, batch, index, &desk, &error);
        pthread_mutex_lock(&l->mutex);
        if (status && index < slot->fault) {
            slot->fault = index;
            slot->error = error;
        }
        if (--slot->left == 0)
            pthread_cond_signal(&l->ready);
    }
    pthread_mutex_unlock(&l->mutex);
    free(desk.row);
    return NULL;
}

// Starts the threads with all signals blocked, so that signals like SIGINT go to the taker's
// thread.
static int start_threads(struct loader *l, swatch_error *error)
{
    sigset_t all, before;
    int fault = 0;
    l->threads = calloc(l->options.threads, sizeof *l->threads);
    if (!l->threads)
        return error_memory(error);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (l->threads_running < l->options.threads &&
           (fault = pthread_create(&l->threads[l->threads_running], NULL, work, l)) == 0)
        l->threads_running++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fault ? error_set(error, SWATCH_FAILED, "cannot start a loader thread: %s",
                             strerror(fault))
                 : SWATCH_OK;
}

static int check(const struct loader *l, swatch_error *error)
{
    const struct loader_options *o = &l->options;
    if (l->kind.photos.count == 0 || l->kind.photos.count > PHOTOS_MAX)
        return error_set(error, SWATCH_USAGE, "cannot load from %zu photos", l->kind.photos.count);
    if (o->height == 0 || o->width == 0 || o->batch == 0 || o->threads == 0 ||
        o->height > SIDE_MAX || o->width > SIDE_MAX || o->batch > SIDE_MAX || o->threads > 1024)
        return error_set(error, SWATCH_USAGE,
                         "cannot load batches of %zu x %zu x %zu in %zu threads", o->batch,
                         o->height, o->width, o->threads);
    return SWATCH_OK;
}

// Makes so many slots that every thread has a sample to fill while the taker holds a batch.
static int make_slots(struct loader *l, swatch_error *error)
{
    const struct loader_options *o = &l->options;
    const size_t count = 2 + (o->threads + o->batch - 1) / o->batch;
    l->photos = cache_new(&l->kind.photos, o->cache_bytes);
    l->slots = calloc(count, sizeof *l->slots);
    if (!l->photos || !l->slots)
        return error_memory(error);
    for (; l->slot_count < count; l->slot_count++) {
        struct batch *batch = &l->slots[l->slot_count].batch;
        batch->photos = calloc(o->batch * o->height, o->width * 3 * sizeof *batch->photos);
        batch->items = calloc(o->batch, l->kind.item);
        if (!batch->photos || !batch->items) {
            free(batch->photos);
            free(batch->items);
            return error_memory(error);
        }
    }
    return SWATCH_OK;
}

int loader_new(const struct loader_kind *kind, const struct loader_options *options,
               struct loader **loader, swatch_error *error)
{
    struct loader *l = calloc(1, sizeof *l);
    if (!l) {
        kind->close(kind->own);
        return error_memory(error);
    }
    l->kind = *kind;
    l->options = *options;
    l->options.stride = options->stride ? options->stride : options->batch;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->ready, NULL);
    int status = check(l, error);
    status = status ? status : make_slots(l, error);
    status = status ? status : start_threads(l, error);
    if (status)
        loader_free(l);
    else
        *loader = l;
    return status;
}

// Returns 1 if all samples of the next batch are filled or have failed.
static int is_whole(const struct loader *l)
{
    return l->drawn >= (l->taken + 1) * l->options.batch &&
           l->slots[l->taken % l->slot_count].left == 0;
}

int loader_ready(struct loader *l)
{
    pthread_mutex_lock(&l->mutex);
    const int ready = is_whole(l) && l->slots[l->taken % l->slot_count].fault == l->options.batch;
    pthread_mutex_unlock(&l->mutex);
    return ready;
}

int loader_next(struct loader *l, const struct batch **batch, double *waited, swatch_error *error)
{
    const double begun = clock_seconds();
    pthread_mutex_lock(&l->mutex);
    if (l->done != l->taken) { // what the taker held is free again
        l->done = l->taken;
        pthread_cond_broadcast(&l->work);
    }
    while (!is_whole(l))
        pthread_cond_wait(&l->ready, &l->mutex);
    const struct slot *next = &l->slots[l->taken % l->slot_count];
    const int failed = next->fault < l->options.batch;
    if (!failed)
        l->taken++;
    pthread_mutex_unlock(&l->mutex);
    *batch = &next->batch;
    if (waited)
        *waited += clock_seconds() - begun;
    return failed ? error_set(error, next->error.status, "%s", next->error.message) : SWATCH_OK;
}

void loader_free(struct loader *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->mutex);
    l->stop = 1;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    for (size_t i = 0; i < l->threads_running; i++)
        pthread_join(l->threads[i], NULL);
    for (size_t i = 0; i < l->slot_count; i++) {
        struct batch *batch = &l->slots[i].batch;
        for (size_t k = 0; l->kind.item_free && k < l->options.batch; k++)
            l->kind.item_free((char *)batch->items + k * l->kind.item);
        free(batch->photos);
        free(batch->items);
    }
    free(l->slots);
    free(l->threads);
    cache_free(l->photos);
    l->kind.close(l->kind.own);
    pthread_cond_destroy(&l->work);
    pthread_cond_destroy(&l->ready);
    pthread_mutex_destroy(&l->mutex);
    free(l);
}
