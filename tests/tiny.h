// The networks that tests train and run: as small as they can be. tiny_model.h and tiny_person.h
// make models with known answers of them, train/tiny_run.h whole runs, and
// train/people/tiny_people.h steps on drawn people.
#ifndef TESTS_TINY_H
#define TESTS_TINY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "train/clothes/trainer.h"
#include "train/people/trainer.h"
#include "train/state.h"

#define TINY_SIDE 64 // of the canvas that people are looked for on

static const struct classes tiny_classes = {
    .count = 4,
    .names = {"background", "skin", "hair", "clothes"},
    .colors = {{0, 0, 0}, {255, 0, 0}, {0, 0, 255}, {0, 255, 0}}};

// Ends the test where a set-up fails.
static inline void tiny_need(int made, const char *what)
{
    if (made)
        return;
    fprintf(stderr, "a tiny network cannot be made: %s\n", what);
    exit(1);
}

// What all recipes begin with: one step on one photo of `side` x `side`, without augmentation.
static inline struct recipe tiny_recipe(size_t side, enum dtype dtype)
{
    return (struct recipe){.height = side,
                           .width = side,
                           .batch = 1,
                           .steps = 1,
                           .seed = 3,
                           .rate = 1e-3f,
                           .beta1 = 0.9f,
                           .beta2 = 0.999f,
                           .encoder_rate = 1,
                           .dtype = dtype,
                           .augmentation = {.scale_low = 1, .scale_high = 1}};
}

// The article's generator, without a discriminator, for the four classes.
static inline struct recipe tiny_clothes_recipe(void)
{
    struct recipe recipe = tiny_recipe(128, DTYPE_F32);
    strcpy(recipe.generator, "keras-gan");
    recipe.filters = 3;
    recipe.pixel_weight = 1;
    recipe.classes = 4;
    return recipe;
}

static inline struct recipe tiny_people_recipe(enum dtype dtype)
{
    struct recipe recipe = tiny_recipe(TINY_SIDE, dtype);
    recipe.anchors = 16;
    recipe.regions = 8;
    recipe.mask_regions = 2;
    return recipe;
}

static inline void tiny_trainer(struct trainer *t, const struct recipe *recipe)
{
    swatch_error error = {0};
    tiny_need(
        trainer_new(recipe, &(struct label_meaning){.colors = tiny_classes.colors}, t, &error) == 0,
        error.message);
}

// Sets the smallest settings of Mask R-CNN that learn something.
static inline void tiny_network(struct maskrcnn *m)
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
    m->shorter = m->longer = m->multiple = TINY_SIDE;
    for (size_t i = 0; i < 3; i++)
        m->mean[i] = m->deviation[i] = 0.5f;
}

static inline void tiny_detector(struct detect_trainer *t, const struct recipe *recipe,
                                 const struct maskrcnn *m)
{
    swatch_error error = {0};
    tiny_need(detect_trainer_new(recipe, m, t, &error) == 0, error.message);
}

// Writes a detector as a model file.
static inline void tiny_detector_save(const struct detect_trainer *t, const char *path)
{
    char *architecture = maskrcnn_text(&t->network);
    const struct safetensors_pair pairs[] = {{"swatch.format", MODEL_FORMAT},
                                             {"swatch.architecture", architecture},
                                             {"swatch.classes", "[\"background\",\"person\"]"},
                                             {"swatch.history", "{}"}};
    swatch_error error = {0};
    tiny_need(state_export(path, &t->params, 0, pairs, 4, &error) == 0, error.message);
    free(architecture);
}

#endif
