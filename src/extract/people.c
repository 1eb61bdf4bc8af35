// Finds people with a Mask R-CNN model. Each mask is kept in its own rectangle, so a crowd takes
// little more memory than the photo.

#include "extract/people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/result.h"
#include "model/people.h"

// Sets score, box (cut off at the photo's border) and pixels.
static void describe(const struct detection *d, const swatch_people *p, swatch_person *person)
{
    const double right = fmin(fmax((double)d->box[2], 0), (double)p->width);
    const double bottom = fmin(fmax((double)d->box[3], 0), (double)p->height);
    *person = (swatch_person){.size = sizeof *person,
                              .score = (double)d->score,
                              .left = fmin(fmax((double)d->box[0], 0), right),
                              .top = fmin(fmax((double)d->box[1], 0), bottom)};
    person->width = right - person->left;
    person->height = bottom - person->top;
    for (size_t i = 0; i < d->width * d->height; i++)
        person->pixels += d->mask[i] >= PERSON_INSIDE;
}

// Keeps the detections of people that have pixels, in their order.
static void take(swatch_people *p, const struct model *model)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->found; i++) {
        struct detection d = p->detections[i];
        const char *name = model_class_name(model, d.label);
        if (kept == PEOPLE_MAX || !name || strcmp(name, "person") != 0)
            continue;
        describe(&d, p, &p->list[kept]);
        if (p->list[kept].pixels == 0)
            continue;
        p->detections[i] = p->detections[kept];
        p->detections[kept++] = d;
    }
    p->count = kept;
}

// Sorts the largest first; of equal sizes the one with the higher score.
static void sort_by_size(swatch_people *p)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t k = i;
        for (; k > 0 && p->list[p->by_size[k - 1]].pixels < p->list[i].pixels; k--)
            p->by_size[k] = p->by_size[k - 1];
        p->by_size[k] = i;
    }
}

int people_find(swatch_session *session, const swatch_photo *photo, float least,
                swatch_people **people, swatch_error *error)
{
    swatch_people *p = calloc(1, sizeof *p);
    if (!p)
        return error_memory(error);
    p->width = photo->image.width;
    p->height = photo->image.height;
    p->name = strdup(photo->name);
    memcpy(p->notice, photo->notice, sizeof p->notice);
    p->source = photo->source ? strdup(photo->source) : NULL;
    if (!p->name || (photo->source && !p->source)) {
        people_free(p);
        return error_memory(error);
    }
    if (people_run(session->runner, &photo->image, least, &p->detections, &p->found, error)) {
        people_free(p);
        return SWATCH_FAILED;
    }
    p->list = calloc(p->found + 1, sizeof *p->list);
    p->by_size = calloc(p->found + 1, sizeof *p->by_size);
    if (!p->list || !p->by_size) {
        people_free(p);
        return error_memory(error);
    }
    take(p, session->model->file);
    sort_by_size(p);
    *people = p;
    return SWATCH_OK;
}

void people_free(swatch_people *people)
{
    if (!people)
        return;
    detections_free(people->detections, people->found);
    free(people->list);
    free(people->by_size);
    free(people->name);
    free(people->source);
    free(people);
}

void people_keep(swatch_people *people, double least)
{
    size_t count = 0;
    while (count < people->count && people->list[count].score >= least)
        count++;
    people->count = count;
    sort_by_size(people);
}

void people_mask(const swatch_people *people, size_t index, uint8_t *mask)
{
    memset(mask, 0, people->width * people->height);
    if (index >= people->count)
        return;
    const struct detection *d = &people->detections[index];
    for (size_t y = 0; y < d->height; y++)
        memcpy(mask + (d->y + y) * people->width + d->x, d->mask + y * d->width, d->width);
}
