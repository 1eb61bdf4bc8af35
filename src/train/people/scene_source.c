// Keeps a mask as the pixels of its own rectangle. Samples it at the nearest pixel, as augment.c
// samples labels, and draws the box anew around the pixels that are seen.

#include "train/people/scene_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"

// Finds left, top, right and bottom of the pixels that are set. Returns their number; if it is 0,
// `bounds` means nothing.
static size_t mask_bounds(const uint8_t *mask, size_t width, size_t height, size_t bounds[4])
{
    size_t left = width, right = 0, top = height, bottom = 0, set = 0;
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++)
            if (mask[y * width + x]) {
                left = size_least(left, x);
                right = size_most(right, x + 1);
                top = size_least(top, y);
                bottom = y + 1;
                set++;
            }
    memcpy(bounds, (size_t[4]){left, top, right, bottom}, 4 * sizeof *bounds);
    return set;
}

size_t scene_fit_box(struct instance *i)
{
    size_t bounds[4];
    const size_t set = mask_bounds(i->mask, i->width, i->height, bounds);
    for (int k = 0; k < 4; k++)
        i->box[k] = (float)((k % 2 ? i->y : i->x) + bounds[k]);
    return set;
}

// Cuts the set pixels out of mask (height, width) as an instance of `s`. None set: none is added.
static int add_instance(struct scene_source *s, const uint8_t *mask, size_t width, size_t height,
                        int ignore, swatch_error *error)
{
    size_t bounds[4];
    const size_t area = mask_bounds(mask, width, height, bounds);
    if (area == 0 || s->count == SCENE_INSTANCES_MAX)
        return SWATCH_OK;
    const size_t left = bounds[0], top = bounds[1];
    const size_t w = bounds[2] - left, h = bounds[3] - top;
    uint8_t *cut = malloc(w * h);
    if (!cut)
        return error_memory(error);
    for (size_t y = 0; y < h; y++)
        memcpy(cut + y * w, mask + (top + y) * width + left, w);
    s->areas[s->count] = area;
    struct instance *added = &s->instances[s->count++];
    *added = (struct instance){
        .ignore = ignore, .x = left, .y = top, .width = w, .height = h, .mask = cut};
    scene_fit_box(added);
    s->bytes += w * h;
    return SWATCH_OK;
}

// Copies photo and people into the source; people (1 band) is 1 where somebody is.
static int finish(struct scene_source *s, const struct image *photo, const struct image *people,
                  swatch_error *error)
{
    if (source_new(photo, people, &s->photo, error))
        return SWATCH_FAILED;
    s->bytes += sizeof *s + s->photo->bytes;
    return SWATCH_OK;
}

int scene_source_coco(const struct coco *coco, const struct coco_image *image,
                      struct scene_source **source, swatch_error *error)
{
    struct image photo = {0}, mask = {0}, people = {0};
    int status = SWATCH_FAILED;
    struct scene_source *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    if (coco_photo(coco, image, &photo, &s->stored, error) ||
        image_new(&mask, photo.width, photo.height, 1, error) ||
        image_new(&people, photo.width, photo.height, 1, error))
        goto done;
    memset(people.pixels, 0, photo.width * photo.height);
    for (size_t i = 0; i < image->count; i++) {
        const struct coco_annotation *a = &image->annotations[i];
        if (coco_mask(coco, image, a, mask.pixels, error) ||
            add_instance(s, mask.pixels, mask.width, mask.height, a->crowd || !coco_has_outline(a),
                         error))
            goto done;
        for (size_t k = 0; k < mask.width * mask.height; k++)
            people.pixels[k] |= mask.pixels[k] & 1;
    }
    status = finish(s, &photo, &people, error);
done:
    image_free(&photo);
    image_free(&mask);
    image_free(&people);
    if (status)
        scene_source_free(s);
    else
        *source = s;
    return status;
}

int scene_source_ccp(const struct ccp *ccp, const char *name, struct scene_source **source,
                     swatch_error *error)
{
    struct image photo = {0}, labels = {0};
    int status = SWATCH_FAILED;
    struct scene_source *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    s->only_positives = 1;
    if (ccp_load(ccp, name, &photo, &labels, error))
        goto done;
    for (size_t i = 0; i < labels.width * labels.height; i++)
        labels.pixels[i] = labels.pixels[i] ? 255 : 0;
    if (add_instance(s, labels.pixels, labels.width, labels.height, 0, error))
        goto done;
    for (size_t i = 0; i < labels.width * labels.height; i++)
        labels.pixels[i] &= 1;
    status = finish(s, &photo, &labels, error);
done:
    image_free(&photo);
    image_free(&labels);
    if (status)
        scene_source_free(s);
    else
        *source = s;
    return status;
}

void scene_source_free(struct scene_source *s)
{
    if (!s)
        return;
    source_free(s->photo);
    for (size_t i = 0; i < s->count; i++)
        free((uint8_t *)s->instances[i].mask);
    free(s);
}

// Finds the rectangle of the canvas in which an instance's rectangle of the photo may be seen.
static void find_rectangle(const struct view *v, const struct instance *i, size_t width,
                           size_t height, struct instance *out)
{
    const double determinant = v->x[0] * v->y[1] - v->x[1] * v->y[0];
    double low[2] = {1e30, 1e30}, high[2] = {-1e30, -1e30};
    for (int corner = 0; corner < 4; corner++) {
        const double px = (double)(i->x + (corner & 1 ? i->width : 0)) - v->x[2];
        const double py = (double)(i->y + (corner & 2 ? i->height : 0)) - v->y[2];
        const double at[2] = {(v->y[1] * px - v->x[1] * py) / determinant,
                              (v->x[0] * py - v->y[0] * px) / determinant};
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
        }
    }
    const double sides[2] = {(double)width, (double)height};
    for (int k = 0; k < 2; k++) {
        low[k] = fmin(fmax(floor(low[k]), 0), sides[k]);
        high[k] = fmin(fmax(ceil(high[k]), low[k]), sides[k]);
    }
    out->x = (size_t)low[0];
    out->y = (size_t)low[1];
    out->width = (size_t)(high[0] - low[0]);
    out->height = (size_t)(high[1] - low[1]);
}

// Samples a mask into `mask`, which is out->mask, and fits the box around it. Returns the pixels
// that are set.
static size_t sample_mask(const struct view *v, const struct instance *from, struct instance *out,
                          uint8_t *mask)
{
    for (size_t row = 0; row < out->height; row++)
        for (size_t column = 0; column < out->width; column++) {
            const double cx = (double)(out->x + column) + 0.5, cy = (double)(out->y + row) + 0.5;
            const double px = floor(v->x[0] * cx + v->x[1] * cy + v->x[2]) - (double)from->x;
            const double py = floor(v->y[0] * cx + v->y[1] * cy + v->y[2]) - (double)from->y;
            const int set = px >= 0 && py >= 0 && px < (double)from->width &&
                            py < (double)from->height &&
                            from->mask[(size_t)py * from->width + (size_t)px];
            *mask++ = set ? 255 : 0;
        }
    return scene_fit_box(out);
}

int scene_source_sample(const struct scene_source *s, const struct view *view,
                        const struct scene_canvas *canvas, float *photo, struct scene *scene,
                        struct scene_room *room, swatch_error *error)
{
    const size_t width = canvas->width, height = canvas->height;
    struct instance rectangles[SCENE_INSTANCES_MAX];
    size_t needs = 1, at = 0;
    view_sample(view, s->photo, width, height, canvas->row, photo, canvas->outside);
    for (size_t i = 0; i < s->count; i++) {
        find_rectangle(view, &s->instances[i], width, height, &rectangles[i]);
        needs += rectangles[i].width * rectangles[i].height;
    }
    if (room->size < needs) {
        uint8_t *larger = realloc(room->bytes, needs);
        if (!larger)
            return error_memory(error);
        *room = (struct scene_room){larger, needs};
    }
    scene->photo = photo;
    scene->photo_width = width;
    scene->photo_height = height;
    scene->only_positives = s->only_positives;
    scene->count = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct instance *out = &scene->instances[scene->count];
        *out = rectangles[i];
        out->mask = room->bytes + at;
        const size_t seen = sample_mask(view, &s->instances[i], out, room->bytes + at);
        if (seen == 0)
            continue;
        at += out->width * out->height;
        const double whole = (double)s->areas[i] * view->scale * view->scale;
        out->ignore = s->instances[i].ignore || !scene_seen(seen, whole);
        scene->count++;
    }
    return SWATCH_OK;
}
