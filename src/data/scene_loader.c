// As loader.c, threads take the scenes one by one in order and fill them into the next free places
// of a ring of batches; the caller takes whole batches in order.

#include "data/scene_loader.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/scene_paste.h"
#include "data/scene_source.h"

#define PASTES 3            // photos at most that people are pasted from,
#define PASTE_LOW 0.15f     // shrunk to this much of the canvas
#define PASTE_HIGH 1.1f     //   to this much
#define PASTE_CCP 0.5       // share of them that are CCP's
#define SHEETS (1 + PASTES) // sets of masks a scene has

struct slot {
    float *photos;        // (batch, H, W, 3)
    struct scene *scenes; // (batch)
    uint8_t **masks;      // (batch, SHEETS), each with its room
    size_t *rooms;
    size_t left;  // scenes still to be filled in
    size_t fault; // index of the first scene that failed; batch: none
    swatch_error error;
};

struct scene_loader {
    struct scene_sources sources;
    struct scene_loader_options options;
    size_t coco_count; // photos in all; CCP's are numbered behind COCO's
    size_t count;

    pthread_mutex_t mutex;
    pthread_cond_t work;  // a slot is free, or stop
    pthread_cond_t ready; // a batch is whole
    int stop;
    uint64_t drawn;       // scenes given to workers so far, without options.first
    uint64_t taken, done; // batches lent to the caller so far, and given back

    struct slot *slots;
    size_t slot_count;
    struct scene_source **cache; // (count), NULL: not there
    size_t cached_bytes;
    pthread_t *threads;
    size_t threads_running;
};

// Number `index` (0 ..) of those of n things that are not held out.
static size_t kept(size_t index, size_t hold_out)
{
    return hold_out > 1 ? index / (hold_out - 1) * hold_out + index % (hold_out - 1) : index;
}

static size_t kept_count(size_t count, size_t hold_out)
{
    return hold_out ? count - count / hold_out : count;
}

// A photo, one of CCP's with a chance of ccp_share.
static size_t draw_photo(const struct scene_loader *l, double ccp_share, struct rng *rng)
{
    const struct scene_sources *s = &l->sources;
    const size_t coco = kept_count(l->coco_count, s->hold_out);
    const size_t ccp = kept_count(l->count - l->coco_count, s->hold_out);
    const int from_ccp = coco == 0 || (ccp > 0 && rng_uniform(rng) < ccp_share);
    const size_t index = rng_below(rng, (uint32_t)(from_ccp ? ccp : coco));
    return kept(index, s->hold_out) + (from_ccp ? l->coco_count : 0);
}

// The decoded photo, from the cache or into it. *owned: the caller frees it, since it is in no
// cache. Two threads may decode the same photo at once; the second copy is dropped.
static int get_source(struct scene_loader *l, size_t photo, struct scene_source **source,
                      int *owned, swatch_error *error)
{
    *owned = 0;
    pthread_mutex_lock(&l->mutex);
    *source = l->cache[photo];
    pthread_mutex_unlock(&l->mutex);
    if (*source)
        return SWATCH_OK;
    const int status =
        photo < l->coco_count
            ? scene_source_coco(l->sources.coco, &l->sources.coco->images[photo], source, error)
            : scene_source_ccp(l->sources.ccp, l->sources.names[photo - l->coco_count], source,
                               error);
    if (status)
        return status;
    *owned = 1;
    const size_t bytes = (*source)->bytes;
    pthread_mutex_lock(&l->mutex);
    if (!l->cache[photo] && bytes <= l->options.cache_bytes &&
        l->cached_bytes <= l->options.cache_bytes - bytes) {
        l->cache[photo] = *source;
        l->cached_bytes += bytes;
        *owned = 0;
    }
    pthread_mutex_unlock(&l->mutex);
    return SWATCH_OK;
}

// What a thread works in.
struct desk {
    float *row;       // (width, 4)
    uint8_t *outside; // (height, width)
    float *photo;     // (height, width, 3), of the people to be pasted
};

static int sample_photo(struct scene_loader *l, size_t photo, const struct augmentation *changes,
                        struct rng *rng, const struct desk *desk, float *to, struct scene *scene,
                        uint8_t **masks, size_t *room, swatch_error *error)
{
    const struct scene_loader_options *o = &l->options;
    struct scene_source *source;
    struct view view;
    int owned;
    if (get_source(l, photo, &source, &owned, error))
        return SWATCH_FAILED;
    view_draw(changes, source->photo, o->width, o->height, rng, &view);
    const int status = scene_source_sample(source, &view, o->width, o->height, desk->row,
                                           desk->outside, to, scene, masks, room, error);
    if (owned)
        scene_source_free(source);
    return status;
}

static int fill_scene(struct scene_loader *l, uint64_t number, const struct desk *desk,
                      struct slot *slot, size_t index, swatch_error *error)
{
    const struct scene_loader_options *o = &l->options;
    const struct scene_sources *s = &l->sources;
    struct rng rng = {o->seed, number, 0};
    float *photo = slot->photos + index * o->width * o->height * 3;
    struct scene *scene = &slot->scenes[index], people;
    uint8_t **masks = slot->masks + index * SHEETS;
    size_t *rooms = slot->rooms + index * SHEETS;
    if (sample_photo(l, draw_photo(l, (double)s->ccp_share, &rng), &o->augmentation, &rng, desk,
                     photo, scene, masks, rooms, error))
        return SWATCH_FAILED;
    if (s->paste == 0 || rng_uniform(&rng) >= s->paste)
        return SWATCH_OK;
    struct augmentation smaller = o->augmentation;
    smaller.scale_low = PASTE_LOW;
    smaller.scale_high = PASTE_HIGH;
    smaller.close_ups = smaller.persons = 0;
    const size_t pastes = 1 + rng_below(&rng, PASTES);
    for (size_t i = 1; i <= pastes; i++) {
        if (sample_photo(l, draw_photo(l, PASTE_CCP, &rng), &smaller, &rng, desk, desk->photo,
                         &people, masks + i, rooms + i, error))
            return SWATCH_FAILED;
        scene_paste(scene, photo, o->width, &people);
    }
    return SWATCH_OK;
}

static void *work(void *argument)
{
    struct scene_loader *l = argument;
    const struct scene_loader_options *o = &l->options;
    swatch_error error;
    const struct desk desk = {
        .row = aligned_alloc(16, o->width * 4 * sizeof(float)),
        .outside = malloc(o->width * o->height),
        .photo = malloc(o->width * o->height * 3 * sizeof(float)),
    };

    pthread_mutex_lock(&l->mutex);
    while (!l->stop) {
        const uint64_t batch = l->drawn / o->batch;
        if (batch >= l->done + l->slot_count) {
            pthread_cond_wait(&l->work, &l->mutex);
            continue;
        }
        struct slot *slot = &l->slots[batch % l->slot_count];
        const size_t index = (size_t)(l->drawn % o->batch);
        const uint64_t number = o->first + batch * o->stride + index;
        l->drawn++;
        if (index == 0) {
            slot->left = o->batch;
            slot->fault = o->batch;
        }
        pthread_mutex_unlock(&l->mutex);
        const int status = desk.row && desk.outside && desk.photo
                               ? fill_scene(l, number, &desk, slot, index, &error)
                               : error_memory(&error);
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
    free(desk.outside);
    free(desk.photo);
    return NULL;
}

static int check_options(const struct scene_loader *l, swatch_error *error)
{
    const struct scene_loader_options *o = &l->options;
    const struct scene_sources *s = &l->sources;
    if (kept_count(l->coco_count, s->hold_out) +
                kept_count(l->count - l->coco_count, s->hold_out) ==
            0 ||
        s->hold_out == 1 || l->count > UINT32_MAX)
        return error_set(error, SWATCH_USAGE, "no photos to load");
    if (o->height == 0 || o->width == 0 || o->batch == 0 || o->threads == 0 || o->height > 65536 ||
        o->width > 65536 || o->batch > 65536 || o->threads > 1024)
        return error_set(error, SWATCH_USAGE,
                         "cannot load batches of %zu x %zu x %zu in %zu threads", o->batch,
                         o->height, o->width, o->threads);
    if (!(s->paste >= 0 && s->paste <= 1))
        return error_set(error, SWATCH_USAGE, "a share of %g pasted scenes is not 0 to 1",
                         (double)s->paste);
    return augmentation_check(&o->augmentation, error);
}

// Enough slots that every thread has a scene to fill while the caller holds one batch.
static int make_slots(struct scene_loader *l, swatch_error *error)
{
    const struct scene_loader_options *o = &l->options;
    size_t numbers;
    if (__builtin_mul_overflow(o->width * o->height * 3, o->batch, &numbers) ||
        numbers > SIZE_MAX / sizeof(float))
        return error_memory(error);
    l->slot_count = 2 + (o->threads + o->batch - 1) / o->batch;
    l->slots = calloc(l->slot_count, sizeof *l->slots);
    if (!l->slots)
        return error_memory(error);
    for (size_t i = 0; i < l->slot_count; i++) {
        struct slot *slot = &l->slots[i];
        slot->photos = malloc(numbers * sizeof *slot->photos);
        slot->scenes = calloc(o->batch, sizeof *slot->scenes);
        slot->masks = calloc(o->batch * SHEETS, sizeof *slot->masks);
        slot->rooms = calloc(o->batch * SHEETS, sizeof *slot->rooms);
        if (!slot->photos || !slot->scenes || !slot->masks || !slot->rooms)
            return error_memory(error);
    }
    return SWATCH_OK;
}

// Signals are for the thread that started the loader.
static int start_threads(struct scene_loader *l, swatch_error *error)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (l->threads_running < l->options.threads &&
           pthread_create(&l->threads[l->threads_running], NULL, work, l) == 0)
        l->threads_running++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return l->threads_running == l->options.threads
               ? SWATCH_OK
               : error_set(error, SWATCH_FAILED, "cannot start a thread");
}

int scene_loader_new(const struct scene_sources *sources,
                     const struct scene_loader_options *options, struct scene_loader **loader,
                     swatch_error *error)
{
    struct scene_loader *l = calloc(1, sizeof *l);
    if (!l)
        return error_memory(error);
    l->sources = *sources;
    l->options = *options;
    if (l->options.stride == 0)
        l->options.stride = options->batch;
    l->coco_count = sources->coco ? sources->coco->count : 0;
    l->count = l->coco_count + (sources->ccp ? sources->name_count : 0);
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->ready, NULL);
    int status = check_options(l, error);
    if (!status) {
        l->cache = calloc(l->count, sizeof *l->cache);
        l->threads = calloc(options->threads, sizeof *l->threads);
        status = l->cache && l->threads ? make_slots(l, error) : error_memory(error);
    }
    if (!status)
        status = start_threads(l, error);
    if (status)
        scene_loader_free(l);
    else
        *loader = l;
    return status;
}

int scene_loader_next(struct scene_loader *l, const struct scene **scenes, double *seconds_waited,
                      swatch_error *error)
{
    const double begun = clock_now();
    pthread_mutex_lock(&l->mutex);
    if (l->taken > l->done) { // what the caller held is free again
        l->done = l->taken;
        pthread_cond_broadcast(&l->work);
    }
    struct slot *slot = &l->slots[l->taken % l->slot_count];
    while (l->drawn < (l->taken + 1) * l->options.batch || slot->left > 0)
        pthread_cond_wait(&l->ready, &l->mutex);
    const int failed = slot->fault < l->options.batch;
    if (!failed)
        l->taken++;
    pthread_mutex_unlock(&l->mutex);
    if (seconds_waited)
        *seconds_waited = clock_now() - begun;
    if (failed)
        return error_set(error, slot->error.status, "%s", slot->error.message);
    *scenes = slot->scenes;
    return SWATCH_OK;
}

void scene_loader_free(struct scene_loader *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->mutex);
    l->stop = 1;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    for (size_t i = 0; i < l->threads_running; i++)
        pthread_join(l->threads[i], NULL);
    for (size_t i = 0; l->slots && i < l->slot_count; i++) {
        struct slot *slot = &l->slots[i];
        for (size_t k = 0; slot->masks && k < l->options.batch * SHEETS; k++)
            free(slot->masks[k]);
        free(slot->photos);
        free(slot->scenes);
        free(slot->masks);
        free(slot->rooms);
    }
    for (size_t i = 0; l->cache && i < l->count; i++)
        scene_source_free(l->cache[i]);
    free(l->slots);
    free(l->cache);
    free(l->threads);
    pthread_mutex_destroy(&l->mutex);
    pthread_cond_destroy(&l->work);
    pthread_cond_destroy(&l->ready);
    free(l);
}
