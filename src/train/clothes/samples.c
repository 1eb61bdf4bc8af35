// Draws the photos of each epoch in an order that follows from (seed, epoch). One mutex guards the
// order.
#include "train/clothes/samples.h"

#include "base/error.h"
#include "image/letterbox.h"
#include "train/clothes/augment.h"
#include "train/clothes/camera.h"
#include "train/clothes/paste.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct samples {
    struct clothes_photos from;
    struct loader_options options;
    pthread_mutex_t mutex;
    uint32_t *photos; // (epoch) of an epoch, unshuffled
    uint32_t *order;  // (epoch) of epoch order_epoch
    size_t epoch;
    uint64_t order_epoch;
};

// Shuffles by Fisher and Yates. The random streams of samples count up from 0, those of epochs down
// from the top, so they do not meet.
static void shuffle(struct samples *s, uint64_t epoch)
{
    struct rng rng = {s->options.seed, ~epoch, 0};
    memcpy(s->order, s->photos, s->epoch * sizeof *s->order);
    for (size_t i = s->epoch; s->from.shuffle && i > 1; i--) {
        size_t other = rng_below(&rng, (uint32_t)i);
        uint32_t swap = s->order[i - 1];
        s->order[i - 1] = s->order[other];
        s->order[other] = swap;
    }
    s->order_epoch = epoch;
}

// Returns the photo of sample `number`. Threads on both sides of an epoch's end may shuffle back
// and forth. That costs little and changes no sample.
static size_t photo_of(struct samples *s, uint64_t number)
{
    pthread_mutex_lock(&s->mutex);
    if (number / s->epoch != s->order_epoch)
        shuffle(s, number / s->epoch);
    const size_t photo = s->order[number % s->epoch];
    pthread_mutex_unlock(&s->mutex);
    return photo;
}

static int make_source(void *own, size_t index, void **item, size_t *bytes, swatch_error *error)
{
    const struct clothes_photos *from = &((struct samples *)own)->from;
    struct image photo, classes;
    struct source *source;
    int status = dataset_load(from->data, from->names[index], &photo, &classes, error);
    if (status)
        return status;
    status = source_new(&photo, &classes, &source, error);
    image_free(&photo);
    image_free(&classes);
    if (status)
        return status;
    *item = source;
    *bytes = source->bytes;
    return SWATCH_OK;
}

static void free_source(void *source)
{
    source_free(source);
}

// Shows the whole photo in the middle of the canvas, resized as extraction does it.
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

// Draws a view of a photo and samples it. *painted becomes 1 if the view shows the person alone.
static int sample_photo(struct cache *photos, size_t index, const struct loader_options *o,
                        const struct augmentation *changes, struct rng *rng, float *row,
                        float *photo, uint8_t *labels, int *painted, swatch_error *error)
{
    struct view view;
    void *source;
    const int status = cache_borrow(photos, index, &source, error);
    if (status)
        return status;
    view_draw(changes, source, o->width, o->height, rng, &view);
    view_sample(&view, source, o->width, o->height, row, photo, labels);
    *painted = view.painted;
    cache_return(photos, index, source);
    return SWATCH_OK;
}

// Fills a sample for training. The numbers of its own view are drawn first, so that the other
// changes do not alter it.
static int fill_drawn(struct samples *s, struct cache *photos, const struct sample *sample,
                      swatch_error *error)
{
    const struct loader_options *o = &s->options;
    const struct augmentation *a = &o->augmentation;
    const struct desk *desk = sample->desk;
    uint8_t *labels = sample->item;
    struct rng rng = {o->seed, sample->number, 0};
    int painted, ignored;
    int status = sample_photo(photos, photo_of(s, sample->number), o, a, &rng, desk->row,
                              sample->photo, labels, &painted, error);
    if (!status && a->paste > 0 && rng_uniform(&rng) < a->paste && !painted) {
        struct augmentation whole = *a;
        whole.persons = 0;
        const size_t other = s->photos[rng_below(&rng, (uint32_t)s->epoch)];
        status = sample_photo(photos, other, o, &whole, &rng, desk->row, desk->photo, desk->labels,
                              &ignored, error);
        if (!status)
            paste_behind(sample->photo, labels, desk->photo, desk->labels, o->height, o->width);
    }
    if (!status && a->camera > 0 && rng_uniform(&rng) < a->camera) {
        struct camera camera;
        camera_draw(&rng, &camera);
        status = camera_take(&camera, sample->photo, labels, o->height, o->width, &rng, error);
    }
    return status;
}

static int fill(void *own, struct cache *photos, const struct sample *sample, swatch_error *error)
{
    struct samples *s = own;
    const struct loader_options *o = &s->options;
    void *source;
    if (s->from.shuffle)
        return fill_drawn(s, photos, sample, error);
    const size_t index = photo_of(s, sample->number);
    int status = cache_borrow(photos, index, &source, error);
    if (status)
        return status;
    status = fill_letterboxed(source, o->width, o->height, sample->photo, sample->item, error);
    cache_return(photos, index, source);
    return status;
}

static int list_photos(struct samples *s, swatch_error *error)
{
    const uint8_t *repeats = s->from.repeats;
    size_t at = 0;
    for (size_t i = 0; i < s->from.count; i++)
        s->epoch += repeats ? repeats[i] : 1;
    s->photos = calloc(s->epoch, sizeof *s->photos);
    s->order = calloc(s->epoch, sizeof *s->order);
    if (!s->photos || !s->order)
        return error_memory(error);
    for (size_t i = 0; i < s->from.count; i++)
        for (size_t k = repeats ? repeats[i] : 1; k > 0; k--)
            s->photos[at++] = (uint32_t)i;
    return SWATCH_OK;
}

static void close_samples(void *own)
{
    struct samples *s = own;
    pthread_mutex_destroy(&s->mutex);
    free(s->photos);
    free(s->order);
    free(s);
}

int samples_open(const struct clothes_photos *photos, const struct loader_options *options,
                 struct loader **loader, swatch_error *error)
{
    if (photos->count == 0)
        return error_set(error, SWATCH_USAGE, "no photos to load");
    int status = photos->shuffle ? augmentation_check(&options->augmentation, error) : SWATCH_OK;
    if (status)
        return status;
    struct samples *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    s->from = *photos;
    s->options = *options;
    pthread_mutex_init(&s->mutex, NULL);
    status = list_photos(s, error);
    if (status) {
        close_samples(s);
        return status;
    }
    shuffle(s, options->first / s->epoch);
    const struct loader_kind kind = {.own = s,
                                     .photos = {s, photos->count, make_source, free_source},
                                     .item = options->height * options->width,
                                     .fill = fill,
                                     .close = close_samples};
    return loader_new(&kind, options, loader, error);
}
