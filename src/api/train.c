// swatch_train: the public options into a recipe, and progress back out.

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "nn/device.h"
#include "train/detect.h"
#include "train/train.h"

void swatch_train_defaults(swatch_train_options *o)
{
    *o = (swatch_train_options){
        .hold_out = 10,
        .validate_every = 500,
        .checkpoint_minutes = 10,
        .loader_threads = 1,
        .cache_bytes = (size_t)2 << 30,
        .generator = "lite-unet",
        .discriminator_filters = 16,
        .pixel_weight = 1,
        .gan_weight = 0.02f,
        .height = 384,
        .width = 256,
        .batch = 8,
        .steps = 5000,
        .seed = 1,
        .rate = 1e-3f,
        .beta1 = 0.9f,
        .beta2 = 0.999f,
        .decay = 0.01f,
        .encoder_rate = 1,
        .warmup = 0.05f,
        .cosine = 1,
        .average_decay = 0.998f,
        .precision = SWATCH_PRECISION_AUTO,
        .device = "auto",
        .flip = 1,
        .scale_low = 0.8f,
        .scale_high = 1.8f,
        .rotation = 12,
        .close_ups = 0.25f,
        .close_scale = 4,
        .persons = 0.5f,
        .color = 0.7f,
    };
}

void swatch_train_article(swatch_train_options *o)
{
    o->generator = "keras-gan";
    o->rgb = 1;
    o->discriminator_filters = 64;
    o->pixel_weight = 100;
    o->gan_weight = 1;
    o->batch = 1;
    o->rate = 2e-4f;
    o->beta1 = 0.5f;
    o->decay = 0;
    o->warmup = 0;
    o->cosine = 0;
    o->average_decay = 0;
    o->persons = 0;
}

void swatch_train_person(swatch_train_options *o)
{
    o->generator = "mask-rcnn";
    o->persons = 0;
    o->ccp_share = 0.3f;
    o->paste = 0.5f;
    o->height = o->width = 448;
    o->decay = 0.02f;
    o->scale_low = 0.75f;
    o->scale_high = 1.75f;
    o->rotation = 6;
    o->close_ups = 0.1f;
    o->close_scale = 3;
}

struct bridge {
    const swatch_train_options *options;
    const struct backend *backend;
    struct ranks *ranks;
    char device[128];
};

static const char *device_of(struct bridge *bridge, const char *remark)
{
    snprintf(bridge->device, sizeof bridge->device, "%s%s%s", bridge->backend->name,
             *remark ? "; " : "", remark);
    return bridge->device;
}

static int progress(void *user, const struct train_progress *p)
{
    struct bridge *bridge = user;
    const swatch_train_options *o = bridge->options;
    const swatch_train_progress out = {.device = device_of(bridge, p->remark),
                                       .step = p->step,
                                       .steps = p->steps,
                                       .loss_pixel = p->losses.pixel,
                                       .loss_fool = p->losses.fool,
                                       .loss_discriminator = p->losses.discriminator,
                                       .rate = p->rate,
                                       .photos_per_second = p->photos_per_second,
                                       .flops_per_second = p->flops_per_second,
                                       .wait_share = p->wait_share,
                                       .seconds_left = p->seconds_left,
                                       .validated = p->validated,
                                       .pixel_accuracy = p->pixel_accuracy,
                                       .mean_iou = p->mean_iou,
                                       .mean_boundary = p->mean_boundary};
    return o->progress(o->user, &out);
}

static int person_progress(void *user, const struct detect_progress *p)
{
    struct bridge *bridge = user;
    const swatch_train_options *o = bridge->options;
    const struct detect_figures *f = &p->figures;
    const swatch_train_progress out = {.device = device_of(bridge, p->remark),
                                       .step = p->step,
                                       .steps = p->steps,
                                       .loss_proposals = p->losses.objectness + p->losses.proposals,
                                       .loss_boxes = p->losses.classes + p->losses.boxes,
                                       .loss_masks = p->losses.masks,
                                       .rate = p->rate,
                                       .photos_per_second = p->photos_per_second,
                                       .flops_per_second = p->flops_per_second,
                                       .wait_share = p->wait_share,
                                       .seconds_left = p->seconds_left,
                                       .validated = p->validated,
                                       .mask_ap = f->masks.ap,
                                       .mask_ap50 = f->masks.ap50,
                                       .box_ap = f->boxes.ap,
                                       .person_iou = f->ccp_overlap,
                                       .false_alarm =
                                           f->empty ? (double)f->alarmed / (double)f->empty : 0};
    return o->progress(o->user, &out);
}

static enum dtype precision_of(const swatch_train_options *o, const struct backend *backend)
{
    return o->precision == SWATCH_PRECISION_F32    ? DTYPE_F32
           : o->precision == SWATCH_PRECISION_BF16 ? DTYPE_BF16
           : backend->has_fast_bf16()              ? DTYPE_BF16
                                                   : DTYPE_F32;
}

static struct augmentation augmentation_of(const swatch_train_options *o)
{
    return (struct augmentation){.flip = o->flip != 0,
                                 .scale_low = o->scale_low,
                                 .scale_high = o->scale_high,
                                 .rotation = o->rotation,
                                 .close_ups = o->close_ups,
                                 .close_scale = o->close_scale,
                                 .persons = o->persons,
                                 .color = o->color};
}

#define ANCHORS 128    // drawn from each photo,
#define REGIONS 96     // and regions for the box head,
#define MASK_REGIONS 6 // and for the mask head

static int train_person(struct bridge *bridge, int *finished, swatch_error *error)
{
    const swatch_train_options *o = bridge->options;
    const struct backend *backend = bridge->backend;
    if (!o->people && !o->dataset)
        return error_set(error, SWATCH_USAGE, "mask-rcnn learns from people, a dataset, or both");
    if (o->people && (strncmp(o->people, "coco:", 5) != 0 || !o->people[5]))
        return error_set(error, SWATCH_USAGE, "%s: people are given as coco:FILE", o->people);
    if (o->dataset && !o->split)
        return error_set(error, SWATCH_USAGE, "%s: a split of the data set is needed", o->dataset);
    if (o->dataset && (strncmp(o->dataset, "ccp:", 4) != 0 || !o->dataset[4]))
        return error_set(error, SWATCH_USAGE, "%s: mask-rcnn learns from ccp:DIR", o->dataset);
    const struct detect_options d = {
        .recipe = {.height = o->height,
                   .width = o->width,
                   .batch = o->batch,
                   .anchors = ANCHORS,
                   .regions = REGIONS,
                   .mask_regions = MASK_REGIONS,
                   .steps = o->steps,
                   .seed = o->seed,
                   .rate = o->rate,
                   .beta1 = o->beta1,
                   .beta2 = o->beta2,
                   .decay = o->decay,
                   .encoder_rate = o->encoder_rate,
                   .warmup = o->warmup,
                   .average_decay = o->average_decay,
                   .dtype = precision_of(o, backend),
                   .sync_norm = o->sync_norm != 0,
                   .ranks = bridge->ranks,
                   .backend = backend},
        .augmentation = augmentation_of(o),
        .ccp_share = o->ccp_share,
        .paste = o->paste,
        .coco = o->people ? o->people + 5 : NULL,
        .ccp = o->dataset ? o->dataset + 4 : NULL,
        .split = o->split,
        .run = o->run,
        .start_from = o->start_from,
        .hold_out = o->hold_out,
        .checkpoint_minutes = o->checkpoint_minutes,
        .validate_every = o->validate_every,
        .loader_threads = o->loader_threads ? o->loader_threads : 1,
        .cache_bytes = o->cache_bytes,
        .resume = o->resume,
        .progress = o->progress ? person_progress : NULL,
        .user = bridge,
    };
    return detect_run(&d, finished, error);
}

static int train_clothes(struct bridge *bridge, int *finished, swatch_error *error)
{
    const swatch_train_options *o = bridge->options;
    const struct backend *backend = bridge->backend;
    if (strlen(o->generator) >= sizeof((struct recipe *)0)->generator)
        return error_set(error, SWATCH_USAGE, "%.40s: no such generator", o->generator);
    struct train_options t = {
        .recipe = {.rgb = o->rgb != 0,
                   .filters = o->filters,
                   .discriminator_filters = o->discriminator_filters,
                   .patchgan = o->patchgan != 0,
                   .logistic = o->logistic != 0,
                   .pixel_weight = o->pixel_weight,
                   .gan_weight = o->gan_weight,
                   .region_weight = o->region_weight,
                   .class_balance = o->class_balance,
                   .repeat_rare = o->repeat_rare,
                   .height = o->height,
                   .width = o->width,
                   .batch = o->batch,
                   .steps = o->steps,
                   .seed = o->seed,
                   .rate = o->rate,
                   .beta1 = o->beta1,
                   .beta2 = o->beta2,
                   .decay = o->decay,
                   .encoder_rate = o->encoder_rate,
                   .warmup = o->warmup,
                   .cosine = o->cosine != 0,
                   .average_decay = o->average_decay,
                   .dtype = precision_of(o, backend),
                   .sync_norm = o->sync_norm != 0,
                   .ranks = bridge->ranks,
                   .backend = backend,
                   .augmentation = augmentation_of(o)},
        .dataset = o->dataset,
        .split = o->split,
        .validation = o->validation,
        .classes = o->classes,
        .run = o->run,
        .start_from = o->start_from,
        .hold_out = o->hold_out,
        .checkpoint_minutes = o->checkpoint_minutes,
        .validate_every = o->validate_every,
        .loader_threads = o->loader_threads ? o->loader_threads : 1,
        .cache_bytes = o->cache_bytes,
        .resume = o->resume,
        .progress = o->progress ? progress : NULL,
        .user = bridge,
    };
    strcpy(t.recipe.generator, o->generator);
    return train_run(&t, finished, error);
}

int swatch_train(const swatch_train_options *o, int *finished, swatch_error *error)
{
    struct bridge bridge = {.options = o};
    int unused, status;
    if (!o || !o->run || !o->generator)
        return error_set(error, SWATCH_USAGE, "training needs a run and a generator");
    const int person = strcmp(o->generator, "mask-rcnn") == 0;
    if (!person && (!o->dataset || !o->classes))
        return error_set(error, SWATCH_USAGE,
                         "training needs a data set, a class file, a run and a generator");
    finished = finished ? finished : &unused;
    *finished = 0;
    if (ranks_open(&bridge.ranks, error))
        return SWATCH_FAILED;
    status = device_open(o->device, bridge.ranks, &bridge.backend, error);
    if (!status)
        status = person ? train_person(&bridge, finished, error)
                        : train_clothes(&bridge, finished, error);
    if (status)
        ranks_sign(bridge.ranks, error);
    ranks_close(bridge.ranks, status);
    return status;
}
