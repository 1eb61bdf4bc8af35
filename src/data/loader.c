// The loader: worker threads take the samples of a run one by one in order, fill them into the next
// free places of a ring of batches, and the caller takes whole batches in order. A sample's place,
// its photo and its random numbers follow from its number alone, so the threads race for nothing
// that shows. One mutex guards the counters, the cache's table and the epoch's order; decoding and
// sampling run outside it.
#include "data/loader.h"

#include "base/clock.h"
#include "base/error.h"
#include "data/augment.h"
#include "data/letterbox.h"
#include "data/source.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    struct batch batch;
    size_t left;  // samples still to be filled in
    size_t fault; // index of the first sample that failed; options.batch: none
    swatch_error error;
};

struct loader {
    const struct dataset *data;
    char *const *names;
    size_t count;
    struct loader_options options;

    pthread_mutex_t mutex;
    pthread_cond_t work;  // a slot is free, or stop
    pthread_cond_t ready; // a batch is whole
    int stop;
    uint64_t drawn;       // samples given to workers so far, without options.first
    uint64_t taken, done; // batches lent to the caller so far, and given back

    struct slot *slots;
    size_t slot_count;

    uint32_t *photos; // (epoch) of an epoch, unshuffled
    uint32_t *order;  // (epoch) of epoch order_epoch
    size_t epoch;
    uint64_t order_epoch;

    struct source **cache; // (count), NULL: not there
    size_t cached_bytes;

    pthread_t *threads;
    size_t threads_running;
};

// The order of an epoch, from (seed, epoch) alone: Fisher and Yates. Streams of samples count up
// from 0, those of epochs down from the top.
static void shuffle(struct loader *loader, uint64_t epoch)
{
    struct rng rng = {loader->options.seed, ~epoch, 0};
    memcpy(loader->order, loader->photos, loader->epoch * sizeof *loader->order);
    for (size_t i = loader->epoch; loader->options.shuffle && i > 1; i--) {
        size_t other = rng_below(&rng, (uint32_t)i);
        uint32_t swap = loader->order[i - 1];
        loader->order[i - 1] = loader->order[other];
        loader->order[other] = swap;
    }
    loader->order_epoch = epoch;
}

static int load_source(const struct loader *loader, const char *name, struct source **source,
                       swatch_error *error)
{
    struct image photo, classes;
    int status = dataset_load(loader->data, name, &photo, &classes, error);
    if (status != 0)
        return status;
    status = source_new(&photo, &classes, source, error);
    image_free(&photo);
    image_free(&classes);
    return status;
}

// The decoded photo, from the cache or into it. *owned: the caller frees it, since it is in no
// cache. Two threads may decode the same photo at once; the second copy is dropped.
static int get_source(struct loader *loader, size_t photo, struct source **source, int *owned,
                      swatch_error *error)
{
    *owned = 0;
    pthread_mutex_lock(&loader->mutex);
    *source = loader->cache[photo];
    pthread_mutex_unlock(&loader->mutex);
    if (*source)
        return 0;
    int status = load_source(loader, loader->names[photo], source, error);
    if (status != 0)
        return status;
    *owned = 1;
    size_t bytes = (*source)->bytes;
    pthread_mutex_lock(&loader->mutex);
    if (!loader->cache[photo] && bytes <= loader->options.cache_bytes &&
        loader->cached_bytes <= loader->options.cache_bytes - bytes) {
        loader->cache[photo] = *source;
        loader->cached_bytes += bytes;
        *owned = 0;
    }
    pthread_mutex_unlock(&loader->mutex);
    return 0;
}

// The whole photo in the middle of the canvas, resized as extraction does it.
static int fill_letterboxed(const struct source *source, size_t width, size_t height, float *photo,
                            uint8_t *labels, swatch_error *error)
{
    struct letterbox box;
    struct image whole = {source->width, source->height, 3, source->photo[0]}, resized;
    letterbox_fit(source->width, source->height, width, height, &box);
    int status = image_resize(&whole, box.width, box.height, &resized, error);
    if (status != 0)
        return status;
    for (size_t i = 0; i < width * height; i++) {
        labels[i] = LOADER_OUTSIDE;
        photo[3 * i] = photo[3 * i + 1] = photo[3 * i + 2] = 0;
    }
    for (size_t y = 0; y < box.height; y++) {
        size_t row = (box.top + y) * width + box.left;
        size_t photo_y = (2 * y + 1) * source->height / (2 * box.height);
        const uint8_t *colors = resized.pixels + y * box.width * 3;
        for (size_t x = 0; x < box.width; x++)
            labels[row + x] = source->classes[photo_y * source->width +
                                              (2 * x + 1) * source->width / (2 * box.width)];
        for (size_t i = 0; i < box.width * 3; i++)
            photo[row * 3 + i] = (float)colors[i] / 127.5f - 1;
    }
    image_free(&resized);
    return 0;
}

// Makes sample `number` of the run from photo number `photo`.
static int fill_sample(struct loader *loader, uint64_t number, size_t photo_index, float *row,
                       float *photo, uint8_t *labels, swatch_error *error)
{
    const struct loader_options *options = &loader->options;
    struct source *source = NULL;
    int owned = 0;
    int status = get_source(loader, photo_index, &source, &owned, error);
    if (status != 0)
        return status;
    if (options->shuffle) {
        struct rng rng = {options->seed, number, 0};
        struct view view;
        view_draw(&options->augmentation, source, options->width, options->height, &rng, &view);
        view_sample(&view, source, options->width, options->height, row, photo, labels);
    } else {
        status = fill_letterboxed(source, options->width, options->height, photo, labels, error);
    }
    if (owned)
        source_free(source);
    return status;
}

static void *work(void *argument)
{
    struct loader *loader = argument;
    const struct loader_options *options = &loader->options;
    size_t area = options->width * options->height;
    swatch_error error;
    float *row = aligned_alloc(16, options->width * 4 * sizeof *row);

    pthread_mutex_lock(&loader->mutex);
    for (;;) {
        uint64_t batch = loader->drawn / options->batch;
        if (loader->stop)
            break;
        if (batch >= loader->done + loader->slot_count) {
            pthread_cond_wait(&loader->work, &loader->mutex);
            continue;
        }
        struct slot *slot = &loader->slots[batch % loader->slot_count];
        size_t index = (size_t)(loader->drawn % options->batch);
        uint64_t number = options->first + batch * options->stride + index;
        loader->drawn++;
        if (index == 0) {
            slot->batch.first = number;
            slot->left = options->batch;
            slot->fault = options->batch;
        }
        if (number / loader->epoch != loader->order_epoch)
            shuffle(loader, number / loader->epoch);
        size_t photo = loader->order[number % loader->epoch];
        pthread_mutex_unlock(&loader->mutex);

        int status =
            row ? fill_sample(loader, number, photo, row, slot->batch.photo + index * area * 3,
                              slot->batch.labels + index * area, &error)
                : error_memory(&error);

        pthread_mutex_lock(&loader->mutex);
        if (status != 0 && index < slot->fault) {
            slot->fault = index;
            slot->error = error;
        }
        if (--slot->left == 0)
            pthread_cond_signal(&loader->ready);
    }
    pthread_mutex_unlock(&loader->mutex);
    free(row);
    return NULL;
}

static int check_options(size_t count, const struct loader_options *options, swatch_error *error)
{
    if (count == 0 || count > UINT32_MAX / UINT8_MAX)
        return error_set(error, SWATCH_USAGE, "no photos to load");
    if (options->height == 0 || options->width == 0 || options->batch == 0 ||
        options->threads == 0 || options->height > 65536 || options->width > 65536 ||
        options->batch > 65536 || options->threads > 1024)
        return error_set(error, SWATCH_USAGE,
                         "cannot load batches of %zu x %zu x %zu in %zu threads", options->batch,
                         options->height, options->width, options->threads);
    if (options->shuffle)
        return augmentation_check(&options->augmentation, error);
    return 0;
}

// What an epoch shows.
static int list_photos(struct loader *loader, const uint8_t *repeats, swatch_error *error)
{
    size_t at = 0;
    for (size_t i = 0; i < loader->count; i++)
        loader->epoch += repeats ? repeats[i] : 1;
    loader->photos = calloc(loader->epoch, sizeof *loader->photos);
    loader->order = calloc(loader->epoch, sizeof *loader->order);
    if (!loader->photos || !loader->order)
        return error_memory(error);
    for (size_t i = 0; i < loader->count; i++)
        for (size_t k = repeats ? repeats[i] : 1; k > 0; k--)
            loader->photos[at++] = (uint32_t)i;
    return 0;
}

// Enough slots that every thread has a sample to fill while the caller holds one batch.
static int make_slots(struct loader *loader, swatch_error *error)
{
    const struct loader_options *options = &loader->options;
    size_t area = options->width * options->height, samples = 0;
    if (__builtin_mul_overflow(area, options->batch, &samples) ||
        samples > SIZE_MAX / (3 * sizeof(float)))
        return error_memory(error);
    loader->slot_count = 2 + (options->threads + options->batch - 1) / options->batch;
    loader->slots = calloc(loader->slot_count, sizeof *loader->slots);
    if (!loader->slots)
        return error_memory(error);
    for (size_t i = 0; i < loader->slot_count; i++) {
        struct batch *batch = &loader->slots[i].batch;
        batch->photo = malloc(samples * 3 * sizeof *batch->photo);
        batch->labels = malloc(samples);
        if (!batch->photo || !batch->labels)
            return error_memory(error);
    }
    return 0;
}

// The caller's thread keeps the signals: a worker must not be the one that SIGINT interrupts.
static int start_threads(struct loader *loader, swatch_error *error)
{
    sigset_t all, before;
    int status = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < loader->options.threads && status == 0; i++) {
        int fault = pthread_create(&loader->threads[i], NULL, work, loader);
        if (fault != 0)
            status = error_set(error, SWATCH_FAILED, "cannot start a loader thread: %s",
                               strerror(fault));
        else
            loader->threads_running++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

int loader_new(const struct dataset *data, char *const *names, size_t count,
               const struct loader_options *options, struct loader **loader, swatch_error *error)
{
    int status = check_options(count, options, error);
    if (status != 0)
        return status;
    struct loader *made = calloc(1, sizeof *made);
    if (!made)
        return error_memory(error);
    made->data = data;
    made->names = names;
    made->count = count;
    made->options = *options;
    if (made->options.stride == 0)
        made->options.stride = options->batch;
    pthread_mutex_init(&made->mutex, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->ready, NULL);
    made->options.repeats = NULL;
    made->cache = calloc(count, sizeof(struct source *));
    made->threads = calloc(options->threads, sizeof *made->threads);
    if (!made->cache || !made->threads)
        status = error_memory(error);
    if (status == 0)
        status = list_photos(made, options->repeats, error);
    if (status == 0)
        status = make_slots(made, error);
    if (status == 0) {
        shuffle(made, options->first / made->epoch);
        status = start_threads(made, error);
    }
    if (status != 0) {
        loader_free(made);
        return status;
    }
    *loader = made;
    return 0;
}

// Whether all samples of the next batch are there, or have failed.
static int is_whole(const struct loader *loader)
{
    return loader->drawn >= (loader->taken + 1) * loader->options.batch &&
           loader->slots[loader->taken % loader->slot_count].left == 0;
}

int loader_ready(struct loader *loader)
{
    pthread_mutex_lock(&loader->mutex);
    const struct slot *slot = &loader->slots[loader->taken % loader->slot_count];
    const int ready = is_whole(loader) && slot->fault == loader->options.batch;
    pthread_mutex_unlock(&loader->mutex);
    return ready;
}

int loader_next(struct loader *loader, const struct batch **batch, double *seconds_waited,
                swatch_error *error)
{
    double start = clock_now();
    int status = 0;
    pthread_mutex_lock(&loader->mutex);
    if (loader->done != loader->taken) {
        loader->done = loader->taken;
        pthread_cond_broadcast(&loader->work);
    }
    struct slot *slot = &loader->slots[loader->taken % loader->slot_count];
    while (!is_whole(loader))
        pthread_cond_wait(&loader->ready, &loader->mutex);
    if (slot->fault < loader->options.batch) {
        status = slot->error.status;
        if (error)
            *error = slot->error;
    } else {
        loader->taken++;
        *batch = &slot->batch;
    }
    pthread_mutex_unlock(&loader->mutex);
    if (seconds_waited)
        *seconds_waited = clock_now() - start;
    return status;
}

void loader_free(struct loader *loader)
{
    if (!loader)
        return;
    pthread_mutex_lock(&loader->mutex);
    loader->stop = 1;
    pthread_cond_broadcast(&loader->work);
    pthread_mutex_unlock(&loader->mutex);
    for (size_t i = 0; i < loader->threads_running; i++)
        pthread_join(loader->threads[i], NULL);
    for (size_t i = 0; loader->slots && i < loader->slot_count; i++) {
        free(loader->slots[i].batch.photo);
        free(loader->slots[i].batch.labels);
    }
    for (size_t i = 0; loader->cache && i < loader->count; i++)
        source_free(loader->cache[i]);
    free(loader->slots);
    free(loader->photos);
    free(loader->order);
    free(loader->cache);
    free(loader->threads);
    pthread_cond_destroy(&loader->work);
    pthread_cond_destroy(&loader->ready);
    pthread_mutex_destroy(&loader->mutex);
    free(loader);
}
