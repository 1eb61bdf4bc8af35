// A small Mask R-CNN for tests, with weights set by hand. In any photo it finds a person in each of
// its anchors that does not overlap others much, all with the same score. Each mask fills its box.
#ifndef TESTS_TINY_PERSON_H
#define TESTS_TINY_PERSON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/file.h"
#include "train/people/trainer.h"
#include "train/state.h"

static inline void tiny_person_set(struct params *params, const char *name, const float *bias)
{
    char full[128];
    snprintf(full, sizeof full, "%s.weight", name);
    struct param *weights = params_find(params, full);
    snprintf(full, sizeof full, "%s.bias", name);
    struct param *biases = params_find(params, full);
    if (!weights || !biases) {
        fprintf(stderr, "the tiny person model has no %s\n", name);
        exit(1);
    }
    memset(weights->value, 0, weights->count * sizeof *weights->value);
    memset(biases->value, 0, biases->count * sizeof *biases->value);
    for (size_t i = 0; bias && i < biases->count; i++)
        biases->value[i] = bias[i % 2];
}

// Writes the model. The logit of its scores is 2 * surety. It looks at 64x64 pixels, then at
// closer x closer unless closer is 0.
static inline void tiny_person_looking(const char *path, float surety, size_t closer)
{
    const float classes[2] = {-surety, surety}, inside[2] = {4, 4};
    struct maskrcnn m;
    struct detect_trainer t;
    swatch_error error;
    maskrcnn_torchvision(&m, 2);
    m.width = 8;
    for (size_t i = 0; i < 4; i++)
        m.blocks[i] = 1;
    m.pyramid = 16;
    m.first_level = 2;
    for (size_t level = 0; level < MASKRCNN_LEVELS; level++)
        m.size[level][0] = (float)(8 << level);
    m.box_units = 8;
    m.mask_side = 7;
    m.mask_convs = 1;
    m.mask_channels = 8;
    m.before_nms = 100;
    m.proposals = 100;
    m.detections = 8;
    m.shorter = m.longer = m.multiple = 64;
    m.closer_shorter = m.closer_longer = closer;
    const struct recipe recipe = {.height = 64,
                                  .width = 64,
                                  .batch = 1,
                                  .anchors = 8,
                                  .regions = 8,
                                  .mask_regions = 2,
                                  .steps = 1,
                                  .rate = 1e-3f,
                                  .beta1 = 0.9f,
                                  .beta2 = 0.999f,
                                  .encoder_rate = 1,
                                  .dtype = DTYPE_F32};
    if (detect_trainer_new(&recipe, &m, &t, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    tiny_person_set(&t.params, "rpn.head.cls_logits", NULL);
    tiny_person_set(&t.params, "rpn.head.bbox_pred", NULL);
    tiny_person_set(&t.params, "roi_heads.box_predictor.cls_score", classes);
    tiny_person_set(&t.params, "roi_heads.box_predictor.bbox_pred", NULL);
    tiny_person_set(&t.params, "roi_heads.mask_predictor.mask_fcn_logits", inside);
    char *architecture = maskrcnn_text(&t.network);
    const struct safetensors_pair pairs[] = {{"swatch.format", MODEL_FORMAT},
                                             {"swatch.architecture", architecture},
                                             {"swatch.classes", "[\"background\",\"person\"]"},
                                             {"swatch.history", "{}"}};
    if (state_export(path, &t.params, 0, pairs, 4, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    free(architecture);
    detect_trainer_free(&t);
}

// Writes a model that takes everything for people (finds 1), or nothing (finds 0).
static inline void tiny_person(const char *path, int finds)
{
    tiny_person_looking(path, finds ? 2 : -5, 0);
}

#endif
