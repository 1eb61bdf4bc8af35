#include "train/people/scene_paste.h"

#include <string.h>

#include "base/least.h"
#include "train/people/scene_source.h"

static void copy_person(const struct instance *p, const float *from, float *photo, size_t width)
{
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++) {
            const size_t at = ((p->y + y) * width + p->x + x) * 3;
            if (p->mask[y * p->width + x])
                memcpy(photo + at, from + at, 3 * sizeof *photo);
        }
}

// Removes the pixels that `front` covers from the mask of `behind`.
static void hide(const struct instance *behind, const struct instance *front)
{
    const size_t left = size_most(behind->x, front->x), top = size_most(behind->y, front->y);
    const size_t right = size_least(behind->x + behind->width, front->x + front->width);
    const size_t bottom = size_least(behind->y + behind->height, front->y + front->height);
    uint8_t *mask = (uint8_t *)behind->mask;
    for (size_t y = top; y < bottom; y++)
        for (size_t x = left; x < right; x++)
            if (front->mask[(y - front->y) * front->width + x - front->x])
                mask[(y - behind->y) * behind->width + x - behind->x] = 0;
}

void scene_paste(struct scene *scene, float *photo, size_t width, const struct scene *from)
{
    size_t before[SCENE_INSTANCES_MAX], kept = 0;
    const size_t old = scene->count;
    for (size_t i = 0; i < old; i++)
        before[i] = scene->instances[i].mask ? scene_fit_box(&scene->instances[i]) : 0;
    for (size_t k = 0; k < from->count && scene->count < SCENE_INSTANCES_MAX; k++) {
        const struct instance *p = &from->instances[k];
        if (p->ignore || !p->mask)
            continue;
        copy_person(p, from->photo, photo, width);
        for (size_t i = 0; i < scene->count; i++)
            if (scene->instances[i].mask)
                hide(&scene->instances[i], p);
        scene->instances[scene->count++] = *p;
    }
    for (size_t i = 0; i < scene->count; i++) {
        struct instance p = scene->instances[i];
        if (i < old && p.mask) { // may be hidden now
            const size_t seen = scene_fit_box(&p);
            if (seen == 0)
                continue;
            p.ignore |= seen < before[i] && !scene_seen(seen, (double)before[i]);
        }
        scene->instances[kept++] = p;
    }
    scene->count = kept;
}
