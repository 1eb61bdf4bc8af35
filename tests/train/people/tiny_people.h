// A small Mask R-CNN to train in tests, on drawn scenes: ellipses over noise.
#ifndef TRAIN_PEOPLE_TINY_PEOPLE_H
#define TRAIN_PEOPLE_TINY_PEOPLE_H

#include "model/file.h"
#include "test.h"
#include "train/people/trainer.h"
#include "train/state.h"

#define PEOPLE_SIDE 64
#define PEOPLE_BATCH 2

// Sets the smallest settings of the network.
static inline void people_network(struct maskrcnn *m)
{
    maskrcnn_torchvision(m, 2);
    m->width = 8;
    for (size_t i = 0; i < 4; i++)
        m->blocks[i] = 1;
    m->pyramid = 16;
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++)
        m->size[level][0] = (float)(8 << level);
    m->box_units = 32;
    m->mask_side = 7;
    m->mask_convs = 2;
    m->mask_channels = 16;
    m->before_nms = 60;
    m->proposals = 40;
    m->detections = 8;
    m->shorter = m->longer = PEOPLE_SIDE;
    m->multiple = 64;
    for (size_t i = 0; i < 3; i++)
        m->mean[i] = m->deviation[i] = 0.5f;
}

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
    return (struct recipe){.height = PEOPLE_SIDE,
                           .width = PEOPLE_SIDE,
                           .batch = PEOPLE_BATCH,
                           .anchors = 64,
                           .regions = 24,
                           .mask_regions = 4,
                           .steps = 120,
                           .seed = 4,
                           .rate = 4e-3f,
                           .beta1 = 0.9f,
                           .beta2 = 0.999f,
                           .encoder_rate = 1,
                           .warmup = 0.1f,
                           .cosine = 1,
                           .dtype = dtype};
}

// One step on scenes drawn anew.
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

// Writes the network as a model file.
static inline void people_save(struct detect_trainer *t, const char *path)
{
    char *architecture = maskrcnn_text(&t->network);
    const struct safetensors_pair pairs[] = {{"swatch.format", MODEL_FORMAT},
                                             {"swatch.architecture", architecture},
                                             {"swatch.classes", "[\"background\",\"person\"]"},
                                             {"swatch.history", "{}"}};
    swatch_error error;
    CHECK(state_export(path, &t->params, 0, pairs, 4, &error) == 0);
    free(architecture);
}

#endif
