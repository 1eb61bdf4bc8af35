// Of a sample the ring knows the number; its photo and its random numbers follow from that, so the
// threads race for nothing that shows. One mutex guards the epoch's order.
#include "train/clothes/loader.h"

#include "base/error.h"
#include "data/cache.h"
#include "data/ring.h"
#include "image/letterbox.h"
#include "train/clothes/augment.h"
#include "train/clothes/camera.h"
#include "train/clothes/paste.h"
#include "train/clothes/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct loader {
    const struct dataset *data;
    char *const *names;
    size_t count;
    struct loader_options options;

    struct ring *ring;
    struct batch *batches; // one for each of the ring's slots
    size_t batch_count;
    struct cache *cache; // of sources, one for each name

    pthread_mutex_t mutex;
    uint32_t *photos; // (epoch) of an epoch, unshuffled
    uint32_t *order;  // (epoch) of epoch order_epoch
    size_t epoch;
    uint64_t order_epoch;
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

// The photo of sample `number`. Threads on both sides of an epoch's end may shuffle back and forth,
// which costs little and changes nothing: an order follows from its epoch alone.
static size_t photo_of(struct loader *loader, uint64_t number)
{
    pthread_mutex_lock(&loader->mutex);
    if (number / loader->epoch != loader->order_epoch)
        shuffle(loader, number / loader->epoch);
    const size_t photo = loader->order[number % loader->epoch];
    pthread_mutex_unlock(&loader->mutex);
    return photo;
}

// The decoded photo, from the cache or into it. *owned: the caller frees it, since it is in no
// cache.
static int get_source(struct loader *loader, size_t photo, struct source **source, int *owned,
                      swatch_error *error)
{
    *owned = 0;
    if ((*source = cache_get(loader->cache, photo)))
        return SWATCH_OK;
    const int status = load_source(loader, loader->names[photo], source, error);
    if (!status)
        *owned = !cache_put(loader->cache, photo, *source, (*source)->bytes);
    return status;
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
        labels[i] = SOURCE_OUTSIDE;
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

// What a thread works in.
struct desk {
    float *row;      // (width, 4)
    float *photo;    // (height, width, 3), the scene behind a pasted person
    uint8_t *labels; // (height, width)
};

static void desk_free(void *user)
{
    struct desk *desk = user;
    if (!desk)
        return;
    free(desk->row);
    free(desk->photo);
    free(desk->labels);
    free(desk);
}

static void *desk_new(void *user)
{
    const struct loader_options *o = &((const struct loader *)user)->options;
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        return NULL;
    desk->row = aligned_alloc(16, o->width * 4 * sizeof *desk->row);
    desk->photo = malloc(o->width * o->height * 3 * sizeof *desk->photo);
    desk->labels = malloc(o->width * o->height);
    if (desk->row && desk->photo && desk->labels)
        return desk;
    desk_free(desk);
    return NULL;
}

// Draws a view of a photo and samples it.
static int sample_photo(struct loader *loader, size_t at, const struct augmentation *changes,
                        struct rng *rng, const struct desk *desk, float *photo, uint8_t *labels,
                        int *painted, swatch_error *error)
{
    const struct loader_options *o = &loader->options;
    struct source *source;
    struct view view;
    int owned;
    if (get_source(loader, at, &source, &owned, error))
        return SWATCH_FAILED;
    view_draw(changes, source, o->width, o->height, rng, &view);
    view_sample(&view, source, o->width, o->height, desk->row, photo, labels);
    *painted = view.painted;
    if (owned)
        source_free(source);
    return SWATCH_OK;
}

// A sample for training. The first draws are those of its own view, so that a run without the
// later changes stays as it is.
static int fill_drawn(struct loader *loader, uint64_t number, const struct desk *desk, float *photo,
                      uint8_t *labels, swatch_error *error)
{
    const struct loader_options *o = &loader->options;
    const struct augmentation *a = &o->augmentation;
    struct rng rng = {o->seed, number, 0};
    int painted, ignored;
    if (sample_photo(loader, photo_of(loader, number), a, &rng, desk, photo, labels, &painted,
                     error))
        return SWATCH_FAILED;
    if (a->paste > 0 && rng_uniform(&rng) < a->paste && !painted) {
        struct augmentation whole = *a;
        whole.persons = 0;
        const size_t other = loader->photos[rng_below(&rng, (uint32_t)loader->epoch)];
        if (sample_photo(loader, other, &whole, &rng, desk, desk->photo, desk->labels, &ignored,
                         error))
            return SWATCH_FAILED;
        paste_behind(photo, labels, desk->photo, desk->labels, o->height, o->width);
    }
    if (a->camera > 0 && rng_uniform(&rng) < a->camera) {
        struct camera camera;
        camera_draw(&rng, &camera);
        return camera_take(&camera, photo, labels, o->height, o->width, &rng, error);
    }
    return SWATCH_OK;
}

static int fill_sample(void *user, void *own, size_t slot, size_t index, uint64_t number,
                       swatch_error *error)
{
    struct loader *loader = user;
    const struct loader_options *o = &loader->options;
    struct batch *batch = &loader->batches[slot];
    const size_t area = o->width * o->height;
    float *photo = batch->photo + index * area * 3;
    uint8_t *labels = batch->labels + index * area;
    struct source *source = NULL;
    int owned = 0;
    if (index == 0)
        batch->first = number;
    if (o->shuffle)
        return fill_drawn(loader, number, own, photo, labels, error);
    int status = get_source(loader, photo_of(loader, number), &source, &owned, error);
    if (status)
        return status;
    status = fill_letterboxed(source, o->width, o->height, photo, labels, error);
    if (owned)
        source_free(source);
    return status;
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

static int make_batches(struct loader *loader, size_t count, swatch_error *error)
{
    const struct loader_options *o = &loader->options;
    size_t samples = 0;
    if (__builtin_mul_overflow(o->width * o->height, o->batch, &samples) ||
        samples > SIZE_MAX / (3 * sizeof(float)))
        return error_memory(error);
    loader->batches = calloc(count, sizeof *loader->batches);
    if (!loader->batches)
        return error_memory(error);
    loader->batch_count = count;
    for (size_t i = 0; i < count; i++) {
        struct batch *batch = &loader->batches[i];
        batch->photo = malloc(samples * 3 * sizeof *batch->photo);
        batch->labels = malloc(samples);
        if (!batch->photo || !batch->labels)
            return error_memory(error);
    }
    return SWATCH_OK;
}

static void cached_free(void *source)
{
    source_free(source);
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
    made->options.repeats = NULL;
    pthread_mutex_init(&made->mutex, NULL);
    const struct ring_options ring = {.batch = options->batch,
                                      .threads = options->threads,
                                      .first = options->first,
                                      .stride = options->stride ? options->stride : options->batch};
    const struct ring_filler filler = {made, desk_new, desk_free, fill_sample};
    made->cache = cache_new(count, options->cache_bytes, cached_free);
    status = made->cache ? list_photos(made, options->repeats, error) : error_memory(error);
    if (!status)
        status = make_batches(made, ring_slots(&ring), error);
    if (!status) {
        shuffle(made, options->first / made->epoch);
        status = ring_new(&ring, &filler, &made->ring, error);
    }
    if (status)
        loader_free(made);
    else
        *loader = made;
    return status;
}

int loader_ready(struct loader *loader)
{
    return ring_ready(loader->ring);
}

int loader_next(struct loader *loader, const struct batch **batch, double *seconds_waited,
                swatch_error *error)
{
    size_t slot;
    const int status = ring_next(loader->ring, &slot, seconds_waited, error);
    if (!status)
        *batch = &loader->batches[slot];
    return status;
}

void loader_free(struct loader *loader)
{
    if (!loader)
        return;
    ring_free(loader->ring);
    for (size_t i = 0; i < loader->batch_count; i++) {
        free(loader->batches[i].photo);
        free(loader->batches[i].labels);
    }
    cache_free(loader->cache);
    free(loader->batches);
    free(loader->photos);
    free(loader->order);
    pthread_mutex_destroy(&loader->mutex);
    free(loader);
}
