#include "train/people/scene_paste.h"

#include <string.h>

#include "base/least.h"

static void copy_person(const struct instance *p, const float *from, float *photo, size_t width)
{
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++) {
            const size_t at = ((p->y + y) * width + p->x + x) * 3;
            if (p->mask[y * p->width + x])
                memcpy(photo + at, from + at, 3 * sizeof *photo);
        }
}

// Takes what `front` covers out of the mask of `behind`.
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

static size_t area_of(const struct instance *p)
{
    size_t area = 0;
    for (size_t i = 0; p->mask && i < p->width * p->height; i++)
        area += p->mask[i] != 0;
    return area;
}

// Draws the box close around the mask.
static void fit_box(struct instance *p)
{
    size_t left = p->width, right = 0, top = p->height, bottom = 0;
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < p->width; x++)
            if (p->mask[y * p->width + x]) {
                left = size_least(left, x);
                right = size_most(right, x + 1);
                top = size_least(top, y);
                bottom = y + 1;
            }
    p->box[0] = (float)(p->x + left);
    p->box[1] = (float)(p->y + top);
    p->box[2] = (float)(p->x + right);
    p->box[3] = (float)(p->y + bottom);
}

void scene_paste(struct scene *scene, float *photo, size_t width, const struct scene *from)
{
    size_t before[SCENE_INSTANCES_MAX], kept = 0;
    const size_t old = scene->count;
    for (size_t i = 0; i < old; i++)
        before[i] = area_of(&scene->instances[i]);
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
        const size_t area = area_of(&p);
        if (i < old && p.mask && area < before[i]) {
            if (area == 0)
                continue;
            p.ignore |= !scene_seen(area, (double)before[i]);
            fit_box(&p);
        }
        scene->instances[kept++] = p;
    }
    scene->count = kept;
}
