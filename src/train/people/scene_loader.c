// Of a scene the ring knows the number; its photos and its random numbers follow from that.

#include "train/people/scene_loader.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/number.h"
#include "data/cache.h"
#include "data/ring.h"
#include "train/people/scene_paste.h"
#include "train/people/scene_source.h"

#define PASTES 3            // photos at most that people are pasted from,
#define PASTE_LOW 0.15f     // shrunk to this much of the canvas
#define PASTE_HIGH 1.1f     //   to this much
#define PASTE_CCP 0.5       // share of them that are CCP's
#define SHEETS (1 + PASTES) // sets of masks a scene has

struct scenes {
    float *photos;        // (batch, H, W, 3)
    struct scene *scenes; // (batch)
    uint8_t **masks;      // (batch, SHEETS), each with its room
    size_t *rooms;
};

struct scene_loader {
    struct scene_sources sources;
    struct scene_loader_options options;
    size_t coco_count; // photos in all; CCP's are numbered behind COCO's
    size_t count;
    struct ring *ring;
    struct scenes *batches; // one for each of the ring's slots
    size_t batch_count;
    struct cache *cache; // of scene sources, one for each photo
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
// cache.
static int get_source(struct scene_loader *l, size_t photo, struct scene_source **source,
                      int *owned, swatch_error *error)
{
    const struct scene_sources *s = &l->sources;
    *owned = 0;
    if ((*source = cache_get(l->cache, photo)))
        return SWATCH_OK;
    const int status =
        photo < l->coco_count
            ? scene_source_coco(s->coco, &s->coco->images[photo], source, error)
            : scene_source_ccp(s->ccp, s->names[photo - l->coco_count], source, error);
    if (!status)
        *owned = !cache_put(l->cache, photo, *source, (*source)->bytes);
    return status;
}

// What a thread works in.
struct desk {
    float *row;       // (width, 4)
    uint8_t *outside; // (height, width)
    float *photo;     // (height, width, 3), of the people to be pasted
};

static void desk_free(void *user)
{
    struct desk *desk = user;
    if (!desk)
        return;
    free(desk->row);
    free(desk->outside);
    free(desk->photo);
    free(desk);
}

static void *desk_new(void *user)
{
    const struct scene_loader *l = user;
    const struct scene_loader_options *o = &l->options;
    struct desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        return NULL;
    desk->row = aligned_alloc(16, o->width * 4 * sizeof *desk->row);
    desk->outside = malloc(o->width * o->height);
    desk->photo = malloc(o->width * o->height * 3 * sizeof *desk->photo);
    if (desk->row && desk->outside && desk->photo)
        return desk;
    desk_free(desk);
    return NULL;
}

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

static int fill_scene(void *user, void *own, size_t at, size_t index, uint64_t number,
                      swatch_error *error)
{
    struct scene_loader *l = user;
    const struct desk *desk = own;
    const struct scenes *batch = &l->batches[at];
    const struct scene_loader_options *o = &l->options;
    const struct scene_sources *s = &l->sources;
    struct rng rng = {o->seed, number, 0};
    float *photo = batch->photos + index * o->width * o->height * 3;
    struct scene *scene = &batch->scenes[index], people;
    uint8_t **masks = batch->masks + index * SHEETS;
    size_t *rooms = batch->rooms + index * SHEETS;
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
        return error_set(error, SWATCH_USAGE, "a share of %s pasted scenes is not 0 to 1",
                         SHORT(s->paste, 6));
    return augmentation_check(&o->augmentation, error);
}

static int make_batches(struct scene_loader *l, size_t count, swatch_error *error)
{
    const struct scene_loader_options *o = &l->options;
    size_t numbers;
    if (__builtin_mul_overflow(o->width * o->height * 3, o->batch, &numbers) ||
        numbers > SIZE_MAX / sizeof(float))
        return error_memory(error);
    l->batches = calloc(count, sizeof *l->batches);
    if (!l->batches)
        return error_memory(error);
    l->batch_count = count;
    for (size_t i = 0; i < count; i++) {
        struct scenes *batch = &l->batches[i];
        batch->photos = malloc(numbers * sizeof *batch->photos);
        batch->scenes = calloc(o->batch, sizeof *batch->scenes);
        batch->masks = calloc(o->batch * SHEETS, sizeof *batch->masks);
        batch->rooms = calloc(o->batch * SHEETS, sizeof *batch->rooms);
        if (!batch->photos || !batch->scenes || !batch->masks || !batch->rooms)
            return error_memory(error);
    }
    return SWATCH_OK;
}

static void cached_free(void *source)
{
    scene_source_free(source);
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
    l->coco_count = sources->coco ? sources->coco->count : 0;
    l->count = l->coco_count + (sources->ccp ? sources->name_count : 0);
    const struct ring_options ring = {.batch = options->batch,
                                      .threads = options->threads,
                                      .first = options->first,
                                      .stride = options->stride ? options->stride : options->batch};
    const struct ring_filler filler = {l, desk_new, desk_free, fill_scene};
    int status = check_options(l, error);
    if (!status) {
        l->cache = cache_new(l->count, options->cache_bytes, cached_free);
        status = l->cache ? make_batches(l, ring_slots(&ring), error) : error_memory(error);
    }
    if (!status)
        status = ring_new(&ring, &filler, &l->ring, error);
    if (status)
        scene_loader_free(l);
    else
        *loader = l;
    return status;
}

int scene_loader_next(struct scene_loader *l, const struct scene **scenes, double *seconds_waited,
                      swatch_error *error)
{
    size_t slot;
    const int status = ring_next(l->ring, &slot, seconds_waited, error);
    if (!status)
        *scenes = l->batches[slot].scenes;
    return status;
}

void scene_loader_free(struct scene_loader *l)
{
    if (!l)
        return;
    ring_free(l->ring);
    for (size_t i = 0; i < l->batch_count; i++) {
        struct scenes *batch = &l->batches[i];
        for (size_t k = 0; batch->masks && k < l->options.batch * SHEETS; k++)
            free(batch->masks[k]);
        free(batch->photos);
        free(batch->scenes);
        free(batch->masks);
        free(batch->rooms);
    }
    cache_free(l->cache);
    free(l->batches);
    free(l);
}
