// A small Mask R-CNN for tests, with weights set by hand. In any photo it finds a person in each of
// its anchors that does not overlap others much, all with the same score. Each mask fills its box.
#ifndef TESTS_TINY_PERSON_H
#define TESTS_TINY_PERSON_H

#include "tiny.h"

static inline void tiny_person_set(struct params *params, const char *name, const float *bias)
{
    char full[128];
    snprintf(full, sizeof full, "%s.weight", name);
    struct param *weights = params_find(params, full);
    snprintf(full, sizeof full, "%s.bias", name);
    struct param *biases = params_find(params, full);
    tiny_need(weights && biases, name);
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
    const struct recipe recipe = tiny_people_recipe(DTYPE_F32);
    struct maskrcnn m;
    struct detect_trainer t;
    tiny_network(&m);
    m.first_level = 2;
    m.box_units = 8;
    m.mask_convs = 1;
    m.mask_channels = 8;
    m.before_nms = m.proposals = 100;
    m.closer_shorter = m.closer_longer = closer;
    tiny_detector(&t, &recipe, &m);
    tiny_person_set(&t.params, "rpn.head.cls_logits", NULL);
    tiny_person_set(&t.params, "rpn.head.bbox_pred", NULL);
    tiny_person_set(&t.params, "roi_heads.box_predictor.cls_score", classes);
    tiny_person_set(&t.params, "roi_heads.box_predictor.bbox_pred", NULL);
    tiny_person_set(&t.params, "roi_heads.mask_predictor.mask_fcn_logits", inside);
    tiny_detector_save(&t, path);
    detect_trainer_free(&t);
}

// Writes a model that takes everything for people (finds 1), or nothing (finds 0).
static inline void tiny_person(const char *path, int finds)
{
    tiny_person_looking(path, finds ? 2 : -5, 0);
}

#endif
