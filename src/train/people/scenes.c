// Draws the photos of a scene and pastes people of some into the others.
#include "train/people/scenes.h"

#include <stdlib.h>

#include "base/error.h"
#include "train/people/scene_paste.h"
#include "train/people/scene_source.h"

#define PASTE_LOW 0.15f // scale of photos from which people are pasted, drawn from here
#define PASTE_HIGH 1.1f //   to here
#define PASTE_CCP 0.5   // share of CCP's among them

struct scenes {
    struct scene_sources sources;
    struct loader_options options;
    size_t coco_count; // photos; CCP's are numbered behind COCO's
    size_t ccp_count;
};

static size_t kept_count(size_t count, size_t hold_out)
{
    return hold_out ? count - count / hold_out : count;
}

// Returns the number of the index-th photo that is not held out.
static size_t kept(size_t index, size_t hold_out)
{
    return hold_out > 1 ? index / (hold_out - 1) * hold_out + index % (hold_out - 1) : index;
}

static size_t draw_photo(const struct scenes *s, double ccp_share, struct rng *rng)
{
    const size_t hold_out = s->sources.hold_out;
    const size_t coco = kept_count(s->coco_count, hold_out);
    const size_t ccp = kept_count(s->ccp_count, hold_out);
    const int from_ccp = coco == 0 || (ccp > 0 && rng_uniform(rng) < ccp_share);
    const size_t index = rng_below(rng, (uint32_t)(from_ccp ? ccp : coco));
    return kept(index, hold_out) + (from_ccp ? s->coco_count : 0);
}

static int make_source(void *own, size_t index, void **item, size_t *bytes, swatch_error *error)
{
    const struct scenes *s = own;
    const struct scene_sources *from = &s->sources;
    struct scene_source *source;
    const int status =
        index < s->coco_count
            ? scene_source_coco(from->coco, &from->coco->images[index], &source, error)
            : scene_source_ccp(from->ccp, from->names[index - s->coco_count], &source, error);
    if (status)
        return status;
    if (source->stored && from->stored)
        *from->stored = 1;
    *item = source;
    *bytes = source->bytes;
    return SWATCH_OK;
}

static void free_source(void *source)
{
    scene_source_free(source);
}

// Draws a photo and its changes, and samples it into `photo` and `scene`.
static int sample_photo(struct cache *photos, size_t index, const struct augmentation *changes,
                        struct rng *rng, const struct scene_canvas *canvas, float *photo,
                        struct scene *scene, struct scene_room *room, swatch_error *error)
{
    struct view view;
    void *item;
    int status = cache_borrow(photos, index, &item, error);
    if (status)
        return status;
    const struct scene_source *source = item;
    view_draw(changes, source->photo, canvas->width, canvas->height, rng, &view);
    status = scene_source_sample(source, &view, canvas, photo, scene, room, error);
    cache_return(photos, index, item);
    return status;
}

static int fill(void *own, struct cache *photos, const struct sample *sample, swatch_error *error)
{
    const struct scenes *s = own;
    const struct loader_options *o = &s->options;
    const float paste = o->augmentation.paste;
    struct rng rng = {o->seed, sample->number, 0};
    struct scene *scene = sample->item, people;
    const struct scene_canvas canvas = {o->width, o->height, sample->desk->row,
                                        sample->desk->labels};
    float *pasted = sample->desk->photo;
    size_t photo = draw_photo(s, (double)s->sources.ccp_share, &rng);
    int status = sample_photo(photos, photo, &o->augmentation, &rng, &canvas, sample->photo, scene,
                              &scene->rooms[0], error);
    if (status || paste == 0 || rng_uniform(&rng) >= paste)
        return status;
    struct augmentation smaller = o->augmentation;
    smaller.scale_low = PASTE_LOW;
    smaller.scale_high = PASTE_HIGH;
    smaller.close_ups = smaller.persons = 0;
    const size_t pastes = 1 + rng_below(&rng, SCENE_ROOMS - 1);
    for (size_t i = 1; !status && i <= pastes; i++) {
        photo = draw_photo(s, PASTE_CCP, &rng);
        status = sample_photo(photos, photo, &smaller, &rng, &canvas, pasted, &people,
                              &scene->rooms[i], error);
        if (!status)
            scene_paste(scene, sample->photo, o->width, &people);
    }
    return status;
}

static void item_free(void *item)
{
    struct scene *scene = item;
    for (size_t i = 0; i < SCENE_ROOMS; i++)
        free(scene->rooms[i].bytes);
}

static int check(const struct scenes *s, swatch_error *error)
{
    const size_t hold_out = s->sources.hold_out;
    if (hold_out == 1 ||
        kept_count(s->coco_count, hold_out) + kept_count(s->ccp_count, hold_out) == 0)
        return error_set(error, SWATCH_USAGE, "no photos to load");
    return augmentation_check(&s->options.augmentation, error);
}

int scenes_open(const struct scene_sources *sources, const struct loader_options *options,
                struct loader **loader, swatch_error *error)
{
    struct scenes *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    s->sources = *sources;
    s->options = *options;
    s->coco_count = sources->coco ? sources->coco->count : 0;
    s->ccp_count = sources->ccp ? sources->name_count : 0;
    const int status = check(s, error);
    if (status) {
        free(s);
        return status;
    }
    const struct loader_kind kind = {
        .own = s,
        .photos = {s, s->coco_count + s->ccp_count, make_source, free_source},
        .item = sizeof(struct scene),
        .fill = fill,
        .item_free = item_free,
        .close = free};
    return loader_new(&kind, options, loader, error);
}
