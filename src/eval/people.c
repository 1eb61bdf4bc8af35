// Detections of any score count for average precision. Those of SWATCH_PERSON_SCORE and more count
// as false alarms.

#include "eval/people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define LEAST_SCORE 0.01f

// The detections or annotations of a photo, with their masks.
struct items {
    struct ap_item *items;
    struct rle *masks;
    size_t count;
};

static int items_new(struct items *items, size_t count, swatch_error *error)
{
    *items = (struct items){.items = calloc(count + 1, sizeof *items->items),
                            .masks = calloc(count + 1, sizeof *items->masks)};
    return items->items && items->masks ? SWATCH_OK : error_memory(error);
}

static void items_free(struct items *items)
{
    for (size_t i = 0; i < items->count; i++)
        rle_free(&items->masks[i]);
    free(items->items);
    free(items->masks);
}

static int of_detections(const struct detection *detections, size_t count, size_t width,
                         size_t height, uint8_t *room, struct items *items, swatch_error *error)
{
    if (items_new(items, count, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < count; i++) {
        const struct detection *d = &detections[i];
        memset(room, 0, width * height);
        for (size_t y = 0; y < d->height; y++)
            for (size_t x = 0; x < d->width; x++)
                room[(d->y + y) * width + d->x + x] = d->mask[y * d->width + x] >= 128;
        if (rle_encode(room, width, height, &items->masks[i], error))
            return SWATCH_FAILED;
        items->count = i + 1;
        items->items[i] = (struct ap_item){.box = {(double)d->box[0], (double)d->box[1],
                                                   (double)(d->box[2] - d->box[0]),
                                                   (double)(d->box[3] - d->box[1])},
                                           .score = (double)d->score,
                                           .mask = &items->masks[i]};
    }
    return SWATCH_OK;
}

static int of_annotations(const struct coco *coco, const struct coco_image *image, uint8_t *room,
                          struct items *items, swatch_error *error)
{
    if (items_new(items, image->count, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < image->count; i++) {
        const struct coco_annotation *a = &image->annotations[i];
        if (coco_mask(coco, image, a, room, error) ||
            rle_encode(room, image->width, image->height, &items->masks[i], error))
            return SWATCH_FAILED;
        items->count = i + 1;
        items->items[i] =
            (struct ap_item){.area = a->area >= 0 ? a->area : (double)rle_area(&items->masks[i]),
                             .crowd = a->crowd,
                             .mask = &items->masks[i],
                             .box = {a->box[0], a->box[1], a->box[2], a->box[3]}};
    }
    return SWATCH_OK;
}

// Adds a photo to the masks' or the boxes' average precision. For masks, a person without an
// outline is ignored as a crowd is.
static int add_photo(struct ap *ap, const struct coco_image *image, const struct items *found,
                     const struct items *truth, int masks, swatch_error *error)
{
    for (size_t i = 0; i < truth->count; i++)
        truth->items[i].crowd =
            image->annotations[i].crowd || (masks && !coco_has_outline(&image->annotations[i]));
    for (int k = 0; k < 2; k++) {
        const struct items *items = k ? truth : found;
        for (size_t i = 0; i < items->count; i++)
            items->items[i].mask = masks ? &items->masks[i] : NULL;
    }
    return ap_add(ap, found->items, found->count, truth->items, truth->count, error);
}

static int look_at_coco(struct runner *runner, const struct coco *coco,
                        const struct coco_image *image, struct ap *masks, struct ap *boxes,
                        struct people_figures *figures, swatch_error *error)
{
    struct items found = {0}, truth = {0};
    struct detection *detections = NULL;
    struct image photo = {0};
    uint8_t *room = NULL;
    size_t count = 0;
    int status = SWATCH_FAILED, stored;
    if (coco_photo(coco, image, &photo, &stored, error))
        return SWATCH_FAILED;
    if (!(room = malloc(photo.width * photo.height))) {
        error_memory(error);
        goto done;
    }
    if (people_run(runner, &photo, LEAST_SCORE, &detections, &count, error) ||
        of_detections(detections, count, photo.width, photo.height, room, &found, error) ||
        of_annotations(coco, image, room, &truth, error) ||
        add_photo(masks, image, &found, &truth, 1, error) ||
        add_photo(boxes, image, &found, &truth, 0, error))
        goto done;
    figures->stored += (size_t)stored;
    for (size_t i = 0; i < image->count; i++)
        figures->without_outline += !coco_has_outline(&image->annotations[i]);
    if (image->count == 0) {
        figures->empty++;
        figures->alarmed += count > 0 && detections[0].score >= SWATCH_PERSON_SCORE;
    }
    status = SWATCH_OK;
done:
    items_free(&found);
    items_free(&truth);
    detections_free(detections, count);
    image_free(&photo);
    free(room);
    return status;
}

// Returns intersection over union of a detection with the labels that are not background.
static double fit(const struct detection *d, const struct image *labels)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < labels->width * labels->height; i++)
        either += labels->pixels[i] != 0;
    for (size_t y = 0; y < d->height; y++)
        for (size_t x = 0; x < d->width; x++)
            if (d->mask[y * d->width + x] >= 128) {
                const int person = labels->pixels[(d->y + y) * labels->width + d->x + x] != 0;
                both += (size_t)person;
                either += !person;
            }
    return either ? (double)both / (double)either : 0;
}

static int look_at_ccp(struct runner *runner, const struct ccp *ccp, const char *name,
                       struct people_figures *figures, swatch_error *error)
{
    struct image photo = {0}, labels = {0};
    struct detection *detections = NULL;
    size_t count = 0;
    double best = 0;
    int status = SWATCH_FAILED;
    if (ccp_load(ccp, name, &photo, &labels, error) ||
        people_run(runner, &photo, SWATCH_PERSON_SCORE, &detections, &count, error))
        goto done;
    for (size_t i = 0; i < count; i++)
        best = fmax(best, fit(&detections[i], &labels));
    figures->ccp_overlap += best;
    figures->ccp_count++;
    status = SWATCH_OK;
done:
    detections_free(detections, count);
    image_free(&photo);
    image_free(&labels);
    return status;
}

static int is_wanted(const struct people_photos *p, const char *file)
{
    for (size_t i = 0; p->only && i < p->only_count; i++)
        if (strcmp(p->only[i], file) == 0)
            return 1;
    return !p->only;
}

static int count_photo(const struct people_photos *p, size_t *done, size_t photos,
                       swatch_error *error)
{
    if (p->progress && p->progress(p->user, ++*done, photos))
        return error_set(error, SWATCH_CANCELLED, "stopped after %zu of %zu photos", *done, photos);
    return SWATCH_OK;
}

static int look_at_all(struct runner *runner, const struct people_photos *p, struct ap *masks,
                       struct ap *boxes, struct people_figures *figures, swatch_error *error)
{
    const size_t coco = p->coco ? p->only ? p->only_count : p->coco->count / p->every : 0;
    const size_t all = coco + (p->ccp ? p->name_count / p->every : 0);
    size_t done = 0;
    for (size_t i = p->every; p->coco && i <= p->coco->count; i += p->every) {
        const struct coco_image *image = &p->coco->images[i - 1];
        if (!is_wanted(p, image->file))
            continue;
        if (look_at_coco(runner, p->coco, image, masks, boxes, figures, error) ||
            count_photo(p, &done, all, error))
            return SWATCH_FAILED;
        figures->photos++;
    }
    for (size_t i = p->every; p->ccp && i <= p->name_count; i += p->every)
        if (look_at_ccp(runner, p->ccp, p->names[i - 1], figures, error) ||
            count_photo(p, &done, all, error))
            return SWATCH_FAILED;
    return SWATCH_OK;
}

int people_measure(struct runner *runner, const struct people_photos *photos,
                   struct people_figures *figures, swatch_error *error)
{
    struct ap *masks = NULL, *boxes = NULL;
    int status = SWATCH_FAILED;
    *figures = (struct people_figures){0};
    if (ap_new(&masks, error) || ap_new(&boxes, error) ||
        look_at_all(runner, photos, masks, boxes, figures, error))
        goto done;
    if (figures->ccp_count)
        figures->ccp_overlap /= (double)figures->ccp_count;
    status = ap_compute(masks, &figures->masks, error) || ap_compute(boxes, &figures->boxes, error)
                 ? SWATCH_FAILED
                 : SWATCH_OK;
done:
    ap_free(masks);
    ap_free(boxes);
    return status;
}
