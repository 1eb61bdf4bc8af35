// The task people: learns to find and outline people, with the small Mask R-CNN.

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "eval/people.h"
#include "model/file.h"
#include "train/people/scenes.h"
#include "train/people/trainer.h"
#include "train/state.h"
#include "train/task.h"
#include "train/together.h"

#define CLASSES 2 // background and people

struct people {
    const struct train_options *options;
    struct coco coco;
    struct ccp ccp;
    char **names; // of CCP's photos
    struct scene_sources sources;
    struct detect_trainer trainer;
    struct loader *loader;
    atomic_int stored; // see struct scene_sources
    int told;          // 1: the run has been told of that
    char notice[PATH_MAX + 128];
};

static int check(const struct train_options *o, swatch_error *error)
{
    if (!o->people && !o->dataset)
        return error_set(error, SWATCH_USAGE, "people are learned from people, a dataset, or both");
    if (o->people && (strncmp(o->people, "coco:", 5) != 0 || !o->people[5]))
        return error_set(error, SWATCH_USAGE, "%s: people are given as coco:FILE", o->people);
    if (o->dataset && (strncmp(o->dataset, "ccp:", 4) != 0 || !o->dataset[4]))
        return error_set(error, SWATCH_USAGE, "%s: people are learned from ccp:DIR", o->dataset);
    if (o->dataset && !o->split)
        return error_set(error, SWATCH_USAGE, "%s: CCP is used with a split", o->dataset);
    return SWATCH_OK;
}

static int open_data(struct people *p, swatch_error *error)
{
    const struct train_options *o = p->options;
    p->sources = (struct scene_sources){.hold_out = o->hold_out, .ccp_share = o->recipe.ccp_share};
    if (o->people) {
        if (coco_open(o->people + 5, "person", &p->coco, error))
            return SWATCH_FAILED;
        p->sources.coco = &p->coco;
        p->sources.stored = &p->stored;
    }
    if (o->dataset) {
        if (ccp_open(o->dataset + 4, &p->ccp, error) ||
            ccp_split_load(o->split, &p->names, &p->sources.name_count, error))
            return SWATCH_FAILED;
        p->sources.ccp = &p->ccp;
        p->sources.names = p->names;
    }
    return SWATCH_OK;
}

static void notice_outlines(struct people *p, struct learner *l)
{
    size_t without = 0;
    for (size_t i = 0; i < p->coco.count; i++)
        for (size_t k = 0; k < p->coco.images[i].count; k++)
            without += !coco_has_outline(&p->coco.images[i].annotations[k]);
    if (without == 0)
        return;
    snprintf(p->notice, sizeof p->notice,
             "%s: people without an outline (%zu) are neither learned nor taken for background",
             p->options->people, without);
    l->notice = p->notice;
}

static void notice_stored(struct people *p, struct learner *l)
{
    if (!p->stored || p->told)
        return;
    p->told = 1;
    snprintf(p->notice, sizeof p->notice,
             "%s: photos are outlined as they are stored, not as EXIF turns them, and are used so",
             p->options->people);
    l->notice = p->notice;
}

// Hashes the names of the photos and which of them are held out.
static uint64_t data_hash(const struct people *p)
{
    char hold_out[32];
    snprintf(hold_out, sizeof hold_out, "%zu", p->options->hold_out);
    uint64_t hash = together_hash(TOGETHER_HASH, hold_out);
    for (size_t i = 0; i < p->coco.count; i++)
        hash = together_hash(hash, p->coco.images[i].file);
    hash = together_hash(hash, ""); // no photo has this name
    for (size_t i = 0; i < p->sources.name_count; i++)
        hash = together_hash(hash, p->names[i]);
    return hash;
}

static int list_held(const struct people *p, struct learner *l, swatch_error *error)
{
    const size_t coco = p->coco.count, ccp = p->sources.name_count, n = p->options->hold_out;
    l->held = calloc(coco + ccp + 1, sizeof *l->held);
    if (!l->held)
        return error_memory(error);
    for (size_t i = n; n > 0 && i <= coco; i += n)
        l->held[l->held_count++] = p->coco.images[i - 1].file;
    for (size_t i = n; n > 0 && i <= ccp; i += n)
        l->held[l->held_count++] = p->names[i - 1];
    l->learned = coco + ccp - l->held_count;
    return SWATCH_OK;
}

static int open_people(struct train_options *o, struct learner *l, swatch_error *error)
{
    struct people *p = l->own = calloc(1, sizeof *p);
    struct maskrcnn network;
    if (!p)
        return error_memory(error);
    p->options = o;
    params_init(&p->trainer.params, 0);
    int status = check(o, error);
    status = status ? status : open_data(p, error);
    if (status)
        return status;
    maskrcnn_lite(&network, CLASSES);
    if (!o->start_from)
        network.frozen = 0; // fresh weights must learn
    o->recipe.frozen = network.frozen;
    status = detect_trainer_new(&o->recipe, &network, &p->trainer, error);
    status = status ? status : list_held(p, l, error);
    notice_outlines(p, l);
    l->backend = p->trainer.backend;
    l->gradients = p->trainer.gradients;
    l->step = &p->trainer.step;
    l->data = data_hash(p);
    l->flops = status ? 0 : detect_trainer_flops(&p->trainer);
    l->losses = people_losses;
    l->loss_count = PEOPLE_LOSSES;
    l->names[0] = "generator";
    l->sets[0] = &p->trainer.params;
    return status;
}

static int begin(struct learner *l, swatch_error *error)
{
    struct people *p = l->own;
    const struct loader_options loading =
        loader_run_options(p->options, p->trainer.step, p->trainer.photos);
    return scenes_open(&p->sources, &loading, &p->loader, error);
}

static int step(struct learner *l, double *losses, double *waited, swatch_error *error)
{
    struct people *p = l->own;
    const struct batch *batch;
    if (loader_next(p->loader, &batch, waited, error))
        return SWATCH_FAILED;
    notice_stored(p, l);
    return detect_trainer_step(&p->trainer, batch->items, losses, error);
}

// Measures on rank 0 alone, which is the one that has the model's file.
static int validate(struct learner *l, const char *model, const char *sheet, struct figures *f,
                    swatch_error *error)
{
    struct people *p = l->own;
    const struct scene_sources *s = &p->sources;
    const struct model_options options = {.backend = l->backend};
    struct model *file = NULL;
    struct runner *runner = NULL;
    struct people_figures found;
    (void)sheet;
    if (!model)
        return SWATCH_OK;
    int status = model_open(model, &options, &file, error);
    status = status ? status : runner_new(file, &runner, error);
    if (!status) {
        const struct people_photos photos = {.coco = s->coco,
                                             .ccp = s->ccp,
                                             .names = s->names,
                                             .name_count = s->name_count,
                                             .every = s->hold_out};
        status = people_measure(runner, &photos, &found, error);
    }
    status = status ? status : l->backend->check(error);
    if (!status) {
        p->stored |= found.stored > 0;
        notice_stored(p, l);
        const swatch_training_value overlap = {"person_overlap", found.ccp_overlap};
        const int has_ap = !isnan(found.masks.ap);
        f->count = 0;
        if (has_ap) {
            f->list[f->count++] = (swatch_training_value){"mask_ap", found.masks.ap};
            f->list[f->count++] = (swatch_training_value){"mask_ap50", found.masks.ap50};
            f->list[f->count++] = (swatch_training_value){"box_ap", found.boxes.ap};
        }
        if (found.ccp_count)
            f->list[f->count++] = overlap;
        if (found.empty && f->count > 0) // must not come first: lower is better
            f->list[f->count++] = (swatch_training_value){"false_alarms", (double)found.alarmed /
                                                                              (double)found.empty};
    }
    runner_free(runner);
    model_free(file);
    return status;
}

static int export(struct learner *l, const char *path, const char *history, swatch_error *error)
{
    struct people *p = l->own;
    const struct recipe *r = &p->options->recipe;
    char *architecture = maskrcnn_text(&p->trainer.network), input[64];
    if (!architecture)
        return error_memory(error);
    snprintf(input, sizeof input, "{\"height\":%zu,\"width\":%zu}", r->height, r->width);
    const struct safetensors_pair pairs[] = {{"swatch.format", MODEL_FORMAT},
                                             {"swatch.architecture", architecture},
                                             {"swatch.input", input},
                                             {"swatch.classes", "[\"background\",\"person\"]"},
                                             {"swatch.colors", "[\"#000000\",\"#ffffff\"]"},
                                             {"swatch.history", history}};
    const int status =
        state_export(path, &p->trainer.params, r->average_decay > 0, pairs, 6, error);
    free(architecture);
    return status;
}

static void close_people(struct learner *l)
{
    struct people *p = l->own;
    if (!p)
        return;
    loader_free(p->loader);
    detect_trainer_free(&p->trainer);
    ccp_split_free(p->names, p->sources.name_count);
    ccp_close(&p->ccp);
    coco_close(&p->coco);
    free(l->held);
    free(p);
}

const struct task task_people = {.name = "people",
                                 .validates_file = 1,
                                 .open = open_people,
                                 .begin = begin,
                                 .step = step,
                                 .validate = validate,
                                 .export = export,
                                 .close = close_people};
