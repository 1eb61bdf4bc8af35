// Drawn scenes for the tiny Mask R-CNN to learn from: ellipses over noise.
#ifndef TRAIN_PEOPLE_TINY_PEOPLE_H
#define TRAIN_PEOPLE_TINY_PEOPLE_H

#include "test.h"
#include "tiny.h"

#define PEOPLE_SIDE TINY_SIDE
#define PEOPLE_BATCH 2

// Draws one or two separate ellipses on noise into photo (PEOPLE_SIDE, PEOPLE_SIDE, 3), 0-255.
static inline void people_draw(struct scene *s, uint8_t *photo, uint8_t *masks, struct rng *rng)
{
    *s = (struct scene){.photo_width = PEOPLE_SIDE, .photo_height = PEOPLE_SIDE};
    for (size_t i = 0; i < PEOPLE_SIDE * PEOPLE_SIDE * 3; i++)
        photo[i] = (uint8_t)(90 + rng_below(rng, 40));
    const size_t people = 1 + rng_below(rng, 2);
    for (size_t k = 0; k < people; k++) {
        const float a = rng_range(rng, 5, 10), b = rng_range(rng, 11, 25);
        const float x = rng_range(rng, 12, 20) + 30 * (float)k, y = rng_range(rng, 26, 38);
        struct instance *i = &s->instances[s->count++];
        i->x = (size_t)(x - a);
        i->y = (size_t)(y - b);
        i->width = (size_t)(2 * a + 1);
        i->height = (size_t)(2 * b + 1);
        i->mask = masks;
        for (size_t v = 0; v < i->height; v++)
            for (size_t u = 0; u < i->width; u++) {
                const float dx = ((float)(i->x + u) + 0.5f - x) / a;
                const float dy = ((float)(i->y + v) + 0.5f - y) / b;
                const int inside = dx * dx + dy * dy < 1;
                uint8_t *p = photo + ((i->y + v) * PEOPLE_SIDE + i->x + u) * 3;
                *masks++ = inside ? 255 : 0;
                if (inside) {
                    p[0] = (uint8_t)(200 + rng_below(rng, 40));
                    p[1] = (uint8_t)(60 + rng_below(rng, 40));
                    p[2] = (uint8_t)(20 + rng_below(rng, 40));
                }
            }
        i->box[0] = (float)i->x;
        i->box[1] = (float)i->y;
        i->box[2] = (float)(i->x + i->width);
        i->box[3] = (float)(i->y + i->height);
    }
}

static inline struct recipe people_recipe(enum dtype dtype)
{
    struct recipe recipe = tiny_people_recipe(dtype);
    recipe.batch = PEOPLE_BATCH;
    recipe.anchors = 64;
    recipe.regions = 24;
    recipe.mask_regions = 4;
    recipe.steps = 120;
    recipe.seed = 4;
    recipe.rate = 4e-3f;
    recipe.warmup = 0.1f;
    recipe.cosine = 1;
    return recipe;
}

// Makes one step on newly drawn scenes.
static inline int people_step(struct detect_trainer *t, struct rng *rng,
                              double losses[PEOPLE_LOSSES], swatch_error *error)
{
    static float photos[PEOPLE_BATCH][PEOPLE_SIDE * PEOPLE_SIDE * 3];
    static uint8_t pixels[PEOPLE_SIDE * PEOPLE_SIDE * 3];
    static uint8_t masks[PEOPLE_BATCH][PEOPLE_SIDE * PEOPLE_SIDE * 2];
    struct scene scenes[PEOPLE_BATCH];
    for (size_t n = 0; n < PEOPLE_BATCH; n++) {
        people_draw(&scenes[n], pixels, masks[n], rng);
        scenes[n].photo = photos[n];
        for (size_t i = 0; i < sizeof pixels; i++)
            photos[n][i] = (float)pixels[i] / 127.5f - 1;
    }
    return detect_trainer_step(t, scenes, losses, error);
}

#endif
