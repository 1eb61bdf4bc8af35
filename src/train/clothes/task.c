// The task clothes: learns the class of each pixel, with a generator and a discriminator.

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "train/clothes/export.h"
#include "train/clothes/repeats.h"
#include "train/clothes/samples.h"
#include "train/clothes/trainer.h"
#include "train/clothes/validate.h"
#include "train/task.h"
#include "train/together.h"

struct clothes {
    const struct train_options *options;
    struct dataset data;
    struct classes classes;     // of the network's answer
    uint8_t whole[CLASSES_MAX]; // the data set's class -> one of `classes`
    char **names;               // `training` names to learn from, then those to validate on
    size_t name_count, training;
    uint8_t *repeats; // (training) how often an epoch shows each photo; NULL: once
    struct trainer trainer;
    struct loader *loader;
    int fed; // 1: the next step's batch has been fed
    struct validation *validation;
    const char *losses[CLOTHES_LOSSES];
    size_t which[CLOTHES_LOSSES], loss_count; // indices of the trainer's losses that the run has
    char figures[CLASSES_MAX][CLASS_NAME_MAX + 8];
    char notice[PATH_MAX + 160];
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Moves the names of the validation file behind the other names of the split.
static int add_validation(struct clothes *c, char ***held, size_t *held_count, swatch_error *error)
{
    if (ccp_split_load(c->options->validation, held, held_count, error))
        return SWATCH_FAILED;
    qsort(*held, *held_count, sizeof **held, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < c->name_count; i++) {
        if (bsearch(&c->names[i], *held, *held_count, sizeof **held, by_name))
            free(c->names[i]);
        else
            c->names[kept++] = c->names[i];
    }
    c->name_count = kept;
    char **all = realloc(c->names, (kept + *held_count + 1) * sizeof *all);
    if (!all)
        return error_memory(error);
    c->names = all;
    memcpy(all + kept, *held, *held_count * sizeof *all);
    c->name_count += *held_count;
    c->training = kept;
    *held_count = 0;
    return SWATCH_OK;
}

// Moves every hold_out-th name behind the others. Both parts keep their order.
static int hold_out(struct clothes *c, swatch_error *error)
{
    const size_t n = c->options->hold_out;
    char **names = malloc((c->name_count + 1) * sizeof *names);
    if (!names)
        return error_memory(error);
    c->training = 0;
    for (size_t i = 0; i < c->name_count; i++)
        if (n == 0 || i % n != n - 1)
            names[c->training++] = c->names[i];
    for (size_t i = 0, to = c->training; i < c->name_count; i++)
        if (n != 0 && i % n == n - 1)
            names[to++] = c->names[i];
    memcpy(c->names, names, c->name_count * sizeof *names);
    free(names);
    return SWATCH_OK;
}

// Divides the names into those to learn from and those to validate on.
static int part_names(struct clothes *c, swatch_error *error)
{
    const struct train_options *o = c->options;
    char **held = NULL;
    size_t held_count = 0;
    const int status =
        o->validation ? add_validation(c, &held, &held_count, error) : hold_out(c, error);
    ccp_split_free(held, held_count);
    if (!status && c->training == 0)
        return error_set(error, SWATCH_FAILED, "%s: no photo is left to train on",
                         o->split ? o->split : o->dataset);
    return status;
}

// Counts the classes of all photos to learn from, then sets the weights of classes and the repeats
// of photos as the recipe says.
static int balance(struct clothes *c, swatch_error *error)
{
    const struct recipe *r = &c->options->recipe;
    const size_t classes = c->data.map.classes.count;
    uint64_t sums[CLASSES_MAX] = {0};
    uint8_t *present = calloc(c->training, classes);
    int status = present ? SWATCH_OK : error_memory(error);
    for (size_t i = 0; !status && i < c->training; i++) {
        uint64_t pixels[CLASSES_MAX] = {0};
        status = dataset_count(&c->data, c->names[i], pixels, error);
        for (size_t k = 0; k < classes; k++) {
            sums[k] += pixels[k];
            present[i * classes + k] = pixels[k] > 0;
        }
    }
    if (!status && r->class_balance > 0)
        trainer_balance(&c->trainer, sums);
    if (!status && r->repeat_rare > 0) {
        c->repeats = malloc(c->training);
        if (c->repeats)
            repeats_of(present, c->training, classes, r->repeat_rare, c->repeats);
        else
            status = error_memory(error);
    }
    free(present);
    return status;
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, number);
    return together_hash(hash, text);
}

// Hashes the names of the photos, which of them are held out, and the classes.
static uint64_t data_hash(const struct clothes *c)
{
    const struct class_map *map = &c->data.map;
    const uint8_t(*colors)[3] = map->classes.colors;
    uint64_t hash = TOGETHER_HASH;
    char text[32];
    for (size_t i = 0; i < c->name_count; i++) {
        if (i == c->training)
            hash = together_hash(hash, ""); // no photo has this name
        hash = together_hash(hash, c->names[i]);
    }
    for (size_t k = 0; k < map->classes.count; k++) {
        snprintf(text, sizeof text, "#%02x%02x%02x", colors[k][0], colors[k][1], colors[k][2]);
        hash = together_hash(together_hash(hash, map->classes.names[k]), text);
        for (size_t tag = 0; tag < map->tags; tag++)
            if (map->of_tag[tag] == k)
                hash = hash_number(hash, tag);
        if (c->options->garments)
            hash = together_hash(hash, c->classes.names[c->whole[k]]);
    }
    for (size_t i = 0; i < map->set_count; i++) {
        hash = hash_number(hash, map->sets[i]);
        for (size_t tag = 0; tag < map->tags; tag++)
            if (map->of_tag[tag] == map->classes.count + i)
                hash = hash_number(hash, tag);
    }
    return hash;
}

static int check(const struct train_options *o, swatch_error *error)
{
    if (!o->dataset)
        return error_set(error, SWATCH_USAGE, "clothes are learned from a dataset, which lacks");
    if (strncmp(o->dataset, "ccp:", 4) == 0 && !o->split)
        return error_set(error, SWATCH_USAGE, "%s: CCP is used with a split", o->dataset);
    if (!o->classes)
        return error_set(error, SWATCH_USAGE, "%s: it is used with a class file, which lacks",
                         o->dataset);
    return SWATCH_OK;
}

// Fills in what the run needs to know.
static int describe(struct clothes *c, struct learner *l, swatch_error *error)
{
    struct trainer *t = &c->trainer;
    const int has[CLOTHES_LOSSES] = {[LOSS_PIXEL] = 1,
                                     [LOSS_FOOL] = t->d != NULL,
                                     [LOSS_DISCRIMINATOR] = t->d != NULL,
                                     [LOSS_REGION] = t->loss_region != NULL,
                                     [LOSS_GARMENTS] = t->loss_garments != NULL};
    for (size_t i = 0; i < CLOTHES_LOSSES; i++)
        if (has[i]) {
            c->losses[c->loss_count] = clothes_losses[i];
            c->which[c->loss_count++] = i;
        }
    l->backend = t->backend;
    l->gradients = t->gradients;
    l->step = &t->step;
    l->data = data_hash(c);
    l->flops = trainer_flops(t);
    l->losses = c->losses;
    l->loss_count = c->loss_count;
    l->names[0] = "generator";
    l->names[1] = "discriminator";
    l->sets[0] = &t->generator;
    l->sets[1] = &t->discriminator;
    l->learned = c->training;
    l->held_count = c->name_count - c->training;
    l->held = calloc(l->held_count + 1, sizeof *l->held);
    if (!l->held)
        return error_memory(error);
    for (size_t i = 0; i < l->held_count; i++)
        l->held[i] = c->names[c->training + i];
    return SWATCH_OK;
}

// Tells that the run makes a model of a smaller input than the one it starts from. Files that are
// no models of clothes, as pretrained encoders, have no input. state_start_from tells of bad files.
static void notice_size(struct clothes *c, struct learner *l)
{
    const struct recipe *r = &c->options->recipe;
    struct safetensors *file = NULL;
    json_int_t height = 0, width = 0;
    if (!c->options->start_from || safetensors_open(c->options->start_from, &file, NULL))
        return;
    const char *text = safetensors_metadata(file, "swatch.input");
    json_t *input = text ? json_loads(text, 0, NULL) : NULL;
    if (!json_unpack(input, "{sI, sI}", "height", &height, "width", &width) && height > 0 &&
        width > 0 && (uint64_t)height * (uint64_t)width > r->height * r->width) {
        snprintf(c->notice, sizeof c->notice,
                 "%s sees photos at %lldx%lld, this run at %zux%zu: what is small in a photo may "
                 "get worse; compare both with swatch eval",
                 c->options->start_from, (long long)width, (long long)height, r->width, r->height);
        l->notice = c->notice;
    }
    json_decref(input);
    safetensors_close(file);
}

// With a second head the data are opened in its classes, which must fold into the answer's.
static int open_data(struct clothes *c, swatch_error *error)
{
    const struct train_options *o = c->options;
    int status = dataset_open(o->dataset, o->garments ? o->garments : o->classes, &c->data, error);
    c->data.sets = 1;
    c->classes = c->data.map.classes;
    if (!status && o->garments)
        status = classes_fold_load(o->classes, &c->data.map.classes, &c->classes, c->whole, error);
    return status;
}

static int open_clothes(struct train_options *o, struct learner *l, swatch_error *error)
{
    struct clothes *c = l->own = calloc(1, sizeof *c);
    if (!c)
        return error_memory(error);
    c->options = o;
    params_init(&c->trainer.generator, 0);
    params_init(&c->trainer.discriminator, 0);
    int status = check(o, error);
    status = status ? status : open_data(c, error);
    status = status ? status : dataset_names(&c->data, o->split, &c->names, &c->name_count, error);
    status = status ? status : part_names(c, error);
    if (status)
        return status;
    const struct label_meaning meaning = {.colors = c->classes.colors,
                                          .sets = c->data.map.sets,
                                          .set_count = c->data.map.set_count,
                                          .whole = o->garments ? c->whole : NULL};
    o->recipe.classes = c->classes.count;
    o->recipe.garments = o->garments ? c->data.map.classes.count : 0;
    status = trainer_new(&o->recipe, &meaning, &c->trainer, error);
    if (!status && (o->recipe.class_balance > 0 || o->recipe.repeat_rare > 0))
        status = balance(c, error);
    status = status ? status : describe(c, l, error);
    notice_size(c, l);
    if (!status && l->held_count > 0)
        status = validation_new(&c->data, c->names + c->training, l->held_count, &c->trainer,
                                c->classes.colors, &c->validation, error);
    return status;
}

// Returns the label of a class, or SOURCE_OUTSIDE if the data set has no class of the name.
static uint8_t label_of(const struct clothes *c, const char *name)
{
    const int at = classes_find(&c->data.map.classes, name);
    return at < 0 ? SOURCE_OUTSIDE : (uint8_t)at;
}

static int begin(struct learner *l, swatch_error *error)
{
    struct clothes *c = l->own;
    struct loader_options loading =
        loader_run_options(c->options, c->trainer.step, c->trainer.photos);
    loading.augmentation.skin = label_of(c, "skin");
    loading.augmentation.hair = label_of(c, "hair");
    const struct clothes_photos photos = {.data = &c->data,
                                          .names = c->names,
                                          .count = c->training,
                                          .repeats = c->repeats,
                                          .shuffle = 1};
    return samples_open(&photos, &loading, &c->loader, error);
}

// Waits for the next batch and feeds it.
static int feed(struct clothes *c, double *waited, swatch_error *error)
{
    const struct batch *batch;
    if (loader_next(c->loader, &batch, waited, error))
        return SWATCH_FAILED;
    trainer_feed(&c->trainer, batch->photos, batch->items);
    return SWATCH_OK;
}

// Makes one step. While the device works on it, the next batch is fed if it is ready. If it is not,
// it is waited for after the step, so that *waited is the time in which the device has no work.
static int step(struct learner *l, double *losses, double *waited, swatch_error *error)
{
    struct clothes *c = l->own;
    const int last = c->trainer.step + 1 == c->options->recipe.steps;
    double all[CLOTHES_LOSSES];
    if ((!c->fed && feed(c, waited, error)) || trainer_begin(&c->trainer, error))
        return SWATCH_FAILED;
    c->fed = !last && loader_ready(c->loader);
    if ((c->fed && feed(c, waited, error)) || trainer_end(&c->trainer, all, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < c->loss_count; i++)
        losses[i] = all[c->which[i]];
    return SWATCH_OK;
}

static int validate(struct learner *l, const char *model, const char *sheet, struct figures *f,
                    swatch_error *error)
{
    struct clothes *c = l->own;
    struct metrics *m = calloc(2, sizeof *m); // of the answer, of the second head
    (void)model;
    int status = m ? validation_run(c->validation, m, sheet, error) : error_memory(error);
    if (!status) {
        f->list[0] = (swatch_training_value){"mean_iou", metrics_mean_iou(m)};
        f->list[1] = (swatch_training_value){"pixel_accuracy", metrics_pixel_accuracy(m)};
        f->list[2] = (swatch_training_value){"mean_boundary", metrics_mean_boundary(m)};
        f->count = 3;
        if (c->options->garments) {
            f->list[3] = (swatch_training_value){"garments_mean_iou", metrics_mean_iou(m + 1)};
            f->list[4] =
                (swatch_training_value){"garments_accuracy", metrics_pixel_accuracy(m + 1)};
            f->count = 5;
        }
        for (size_t k = 0; k < c->classes.count; k++) {
            snprintf(c->figures[k], sizeof c->figures[k], "iou_%s", c->classes.names[k]);
            const swatch_training_value iou = {c->figures[k], metrics_iou(m, k)};
            if (!isnan(iou.value))
                f->list[f->count++] = iou;
        }
    }
    free(m);
    return status;
}

static int export(struct learner *l, const char *path, const char *history, swatch_error *error)
{
    struct clothes *c = l->own;
    return clothes_export(path, &c->trainer, &c->classes,
                          c->options->garments ? &c->data.map.classes : NULL, history, error);
}

static void close_clothes(struct learner *l)
{
    struct clothes *c = l->own;
    if (!c)
        return;
    loader_free(c->loader);
    validation_free(c->validation);
    trainer_free(&c->trainer);
    ccp_split_free(c->names, c->name_count);
    dataset_close(&c->data);
    free(c->repeats);
    free(l->held);
    free(c);
}

const struct task task_clothes = {.name = "clothes",
                                  .open = open_clothes,
                                  .begin = begin,
                                  .step = step,
                                  .validate = validate,
                                  .export = export,
                                  .close = close_clothes};
