// The loop around a trainer's steps: batches in, progress, validation, checkpoints out.

#include "train/train.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/folder.h"
#include "train/checkpoint.h"
#include "train/clothes/repeats.h"
#include "train/clothes/validate.h"
#include "train/report.h"
#include "train/together.h"

struct run {
    const struct train_options *options;
    struct recipe recipe;
    struct ranks *ranks; // of the recipe
    struct dataset data;
    char **names; // the split: `training` names to learn from, then the rest to validate on
    size_t name_count, training;
    uint8_t *repeats; // (training) how often an epoch shows each; NULL: once
    struct trainer trainer;
    struct validation *validation;
    char checkpoint[PATH_MAX], model[PATH_MAX], best[PATH_MAX], log[PATH_MAX];
    // Since the last report of progress.
    struct step_losses sums;
    uint64_t steps_summed;
    double since, waited;
};

static int run_path(const struct run *run, const char *name, char path[PATH_MAX],
                    swatch_error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s", run->options->run, name) >= PATH_MAX)
        return error_set(error, SWATCH_FAILED, "%s/%s: the path is too long", run->options->run,
                         name);
    return SWATCH_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Appends the names of the validation file to those of the split, once each.
static int add_validation(struct run *run, char ***held, size_t *held_count, swatch_error *error)
{
    if (ccp_split_load(run->options->validation, held, held_count, error))
        return SWATCH_FAILED;
    qsort(*held, *held_count, sizeof **held, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < run->name_count; i++) {
        if (bsearch(&run->names[i], *held, *held_count, sizeof **held, by_name))
            free(run->names[i]);
        else
            run->names[kept++] = run->names[i];
    }
    run->name_count = kept;
    char **all = realloc(run->names, (kept + *held_count + 1) * sizeof *all);
    if (!all)
        return error_memory(error);
    run->names = all;
    memcpy(all + kept, *held, *held_count * sizeof *all);
    run->name_count += *held_count;
    run->training = kept;
    *held_count = 0;
    return SWATCH_OK;
}

// Moves every hold_out-th name behind the others, both in their order.
static int hold_out(struct run *run, swatch_error *error)
{
    const size_t n = run->options->hold_out;
    char **names = malloc((run->name_count + 1) * sizeof *names);
    if (!names)
        return error_memory(error);
    run->training = 0;
    for (size_t i = 0; i < run->name_count; i++)
        if (n == 0 || i % n != n - 1)
            names[run->training++] = run->names[i];
    for (size_t i = 0, to = run->training; i < run->name_count; i++)
        if (n != 0 && i % n == n - 1)
            names[to++] = run->names[i];
    memcpy(run->names, names, run->name_count * sizeof *names);
    free(names);
    return SWATCH_OK;
}

// Parts the names into those to train on and those to validate on.
static int part_names(struct run *run, swatch_error *error)
{
    char **held = NULL;
    size_t held_count = 0;
    const int status = run->options->validation ? add_validation(run, &held, &held_count, error)
                                                : hold_out(run, error);
    ccp_split_free(held, held_count);
    if (!status && run->training == 0)
        return error_set(error, SWATCH_FAILED, "%s: no photo is left to train on",
                         run->options->split ? run->options->split : run->options->dataset);
    return status;
}

// Weighs the classes and repeats photos by what the training photos hold, as the recipe says.
static int balance(struct run *run, swatch_error *error)
{
    const size_t classes = run->recipe.classes;
    uint64_t sums[CLASSES_MAX] = {0};
    uint8_t *present = calloc(run->training, classes);
    int status = present ? SWATCH_OK : error_memory(error);
    for (size_t i = 0; !status && i < run->training; i++) {
        uint64_t pixels[CLASSES_MAX] = {0};
        status = dataset_count(&run->data, run->names[i], pixels, error);
        for (size_t c = 0; c < classes; c++) {
            sums[c] += pixels[c];
            present[i * classes + c] = pixels[c] > 0;
        }
    }
    if (!status && run->recipe.class_balance > 0)
        trainer_balance(&run->trainer, sums);
    if (!status && run->recipe.repeat_rare > 0) {
        run->repeats = malloc(run->training);
        if (run->repeats)
            repeats_of(present, run->training, classes, run->recipe.repeat_rare, run->repeats);
        else
            status = error_memory(error);
    }
    free(present);
    return status;
}

// The folder and its files are rank 0's alone: on other machines there may be no such folder.
static int open_folder(struct run *run, swatch_error *error)
{
    const struct train_options *o = run->options;
    char samples[PATH_MAX];
    if (ranks_number(run->ranks) > 0)
        return SWATCH_OK;
    if (run_path(run, "checkpoint.safetensors", run->checkpoint, error) ||
        run_path(run, "model.safetensors", run->model, error) ||
        run_path(run, "best.safetensors", run->best, error) ||
        run_path(run, "log.jsonl", run->log, error) || run_path(run, "samples", samples, error) ||
        state_expect(run->checkpoint, o->resume, error) || folder_make(o->run, error) ||
        folder_make(samples, error))
        return SWATCH_FAILED;
    return SWATCH_OK;
}

// Of the photos, which of them are held out, and the classes.
static uint64_t data_hash(const struct run *run)
{
    const struct class_map *map = &run->data.map;
    const uint8_t(*colors)[3] = map->classes.colors;
    uint64_t hash = TOGETHER_HASH;
    char text[32];
    for (size_t i = 0; i < run->name_count; i++) {
        if (i == run->training)
            hash = together_hash(hash, ""); // no photo's name
        hash = together_hash(hash, run->names[i]);
    }
    for (size_t c = 0; c < map->classes.count; c++) {
        snprintf(text, sizeof text, "#%02x%02x%02x", colors[c][0], colors[c][1], colors[c][2]);
        hash = together_hash(together_hash(hash, map->classes.names[c]), text);
        for (size_t tag = 0; tag < map->tags; tag++)
            if (map->of_tag[tag] == c) {
                snprintf(text, sizeof text, "%zu", tag);
                hash = together_hash(hash, text);
            }
    }
    return hash;
}

static int run_open(struct run *run, swatch_error *error)
{
    const struct train_options *o = run->options;
    int status = dataset_open(o->dataset, o->classes, &run->data, error);
    if (!status)
        status = dataset_names(&run->data, o->split, &run->names, &run->name_count, error);
    if (status)
        return status;
    if (part_names(run, error) || open_folder(run, error))
        return SWATCH_FAILED;
    run->recipe = o->recipe;
    run->recipe.classes = run->data.map.classes.count;
    status = trainer_new(&run->recipe, run->data.map.classes.colors, &run->trainer, error);
    if (status)
        return status;
    run->trainer.data = data_hash(run);
    if ((run->recipe.class_balance > 0 || run->recipe.repeat_rare > 0) && balance(run, error))
        return SWATCH_FAILED;
    if (ranks_number(run->ranks) > 0)
        return SWATCH_OK; // the weights come from rank 0
    if (o->resume)
        return checkpoint_load(run->checkpoint, &run->trainer, error);
    size_t count;
    return o->start_from ? checkpoint_start_from(o->start_from, &run->trainer, &count, error)
                         : SWATCH_OK;
}

// Of what decides the run besides the weights.
static uint64_t run_hash(const struct run *run, swatch_error *error)
{
    char *recipe = recipe_text(&run->recipe);
    if (!recipe) {
        error_memory(error);
        return 0;
    }
    const uint64_t hash = together_hash(run->trainer.data, recipe);
    free(recipe);
    return hash;
}

static void run_close(struct run *run)
{
    validation_free(run->validation);
    trainer_free(&run->trainer);
    ccp_split_free(run->names, run->name_count);
    free(run->repeats);
    dataset_close(&run->data);
}

// The history that goes into the model file.
static char *history(const struct run *run)
{
    char *text = NULL, *recipe = recipe_text(&run->recipe);
    if (recipe && asprintf(&text,
                           "{\"step\":%llu,\"photos\":%zu,\"validation_photos\":%zu,"
                           "\"validation_mean_iou\":%.4f,\"recipe\":%s}",
                           (unsigned long long)run->trainer.step, run->training,
                           run->name_count - run->training, run->trainer.best_mean_iou, recipe) < 0)
        text = NULL;
    free(recipe);
    return text;
}

static int export(struct run *run, const char *path, swatch_error *error)
{
    char *text = history(run);
    const int status =
        text ? checkpoint_export(path, &run->trainer, &run->data.map.classes, text, error)
             : error_memory(error);
    free(text);
    return status;
}

// Means since the last call, into `progress` and the log; starts summing afresh.
static int take_progress(struct run *run, struct train_progress *progress, swatch_error *error)
{
    const double elapsed = clock_now() - run->since, steps = (double)run->steps_summed;
    const struct recipe *r = &run->recipe;
    const double per_step = steps > 0 ? elapsed / steps : 0;
    *progress = (struct train_progress){
        .remark = gradients_remark(run->trainer.gradients),
        .step = run->trainer.step,
        .steps = r->steps,
        .losses = {.pixel = steps > 0 ? run->sums.pixel / steps : 0,
                   .region = steps > 0 ? run->sums.region / steps : 0,
                   .fool = steps > 0 ? run->sums.fool / steps : 0,
                   .discriminator = steps > 0 ? run->sums.discriminator / steps : 0},
        .rate = (double)trainer_rate(r, run->trainer.step),
        .photos_per_second = per_step > 0 ? (double)r->batch / per_step : 0,
        .flops_per_second =
            per_step > 0 ? (double)ranks_count(run->ranks) * trainer_flops(&run->trainer) / per_step
                         : 0,
        .wait_share = elapsed > 0 ? run->waited / elapsed : 0,
        .seconds_left = per_step * (double)(r->steps - run->trainer.step),
    };
    run->sums = (struct step_losses){0};
    run->steps_summed = 0;
    run->waited = 0;
    run->since = clock_now();
    if (steps == 0)
        return SWATCH_OK;
    const char *names[] = {"loss_pixel",        "loss_fool",  "loss_discriminator", "rate",
                           "photos_per_second", "wait_share", "loss_region"};
    const double values[] = {progress->losses.pixel,         progress->losses.fool,
                             progress->losses.discriminator, progress->rate,
                             progress->photos_per_second,    progress->wait_share,
                             progress->losses.region};
    return report_append(run->log, progress->step, names, values, r->region_weight > 0 ? 7 : 6,
                         error);
}

static int validate(struct run *run, struct train_progress *progress, swatch_error *error)
{
    struct metrics metrics = {0};
    char sheet[PATH_MAX], name[64];
    if (!run->validation)
        return ranks_number(run->ranks) > 0 ? SWATCH_OK : export(run, run->model, error);
    if (ranks_number(run->ranks) > 0) // does its share of the work, and rank 0 tells of it
        return validation_run(run->validation, &run->trainer, &metrics, NULL, error);
    snprintf(name, sizeof name, "samples/%08llu.png", (unsigned long long)run->trainer.step);
    if (run_path(run, name, sheet, error) ||
        validation_run(run->validation, &run->trainer, &metrics, sheet, error))
        return SWATCH_FAILED;
    progress->validated = 1;
    progress->pixel_accuracy = metrics_pixel_accuracy(&metrics);
    progress->mean_iou = metrics_mean_iou(&metrics);
    progress->mean_boundary = metrics_mean_boundary(&metrics);

    const char *names[3 + CLASSES_MAX] = {"pixel_accuracy", "mean_iou", "mean_boundary"};
    double values[3 + CLASSES_MAX] = {progress->pixel_accuracy, progress->mean_iou,
                                      progress->mean_boundary};
    char iou_names[CLASSES_MAX][CLASS_NAME_MAX + 8];
    size_t count = 3;
    for (size_t c = 0; c < run->data.map.classes.count; c++) {
        const double iou = metrics_iou(&metrics, c);
        if (isnan(iou))
            continue;
        snprintf(iou_names[c], sizeof iou_names[c], "iou_%s", run->data.map.classes.names[c]);
        names[count] = iou_names[c];
        values[count++] = iou;
    }
    if (report_append(run->log, run->trainer.step, names, values, count, error))
        return SWATCH_FAILED;
    if (progress->mean_iou > run->trainer.best_mean_iou) {
        run->trainer.best_mean_iou = progress->mean_iou;
        if (export(run, run->best, error))
            return SWATCH_FAILED;
    }
    run->since = clock_now();
    return export(run, run->model, error);
}

static int write_page(struct run *run, swatch_error *error)
{
    char *recipe = recipe_text(&run->recipe);
    const int status =
        recipe ? report_write(run->options->run, recipe, error) : error_memory(error);
    free(recipe);
    return status;
}

// Feeds the next batch. What is waited for it is waited while no step is under way.
static int feed(struct run *run, struct loader *loader, swatch_error *error)
{
    const struct batch *batch;
    double waited = 0;
    if (loader_next(loader, &batch, &waited, error))
        return SWATCH_FAILED;
    run->waited += waited;
    trainer_feed(&run->trainer, batch->photo, batch->labels);
    return SWATCH_OK;
}

// One step. A batch that is there feeds the next step meanwhile; one that is not is not waited for
// before this one's end, so that what is waited is what the device stands still.
static int step(struct run *run, struct loader *loader, int *fed, struct step_losses *losses,
                swatch_error *error)
{
    const int last = run->trainer.step + 1 == run->recipe.steps;
    if ((!*fed && feed(run, loader, error)) || trainer_begin(&run->trainer, error))
        return SWATCH_FAILED;
    *fed = !last && loader_ready(loader);
    if (*fed && feed(run, loader, error))
        return SWATCH_FAILED;
    return trainer_end(&run->trainer, losses, error);
}

static int loop(struct run *run, int *finished, swatch_error *error)
{
    const struct train_options *o = run->options;
    const struct recipe *r = &run->recipe;
    struct train_progress progress;
    struct loader *loader = NULL;
    double checkpointed = clock_now(), reported = clock_now();
    int status, stop = 0, fed = 0;
    const struct loader_options loading = {.height = r->height,
                                           .width = r->width,
                                           .batch = run->trainer.photos,
                                           .seed = r->seed,
                                           .first = run->trainer.step * r->batch +
                                                    ranks_number(run->ranks) * run->trainer.photos,
                                           .stride = r->batch,
                                           .threads = o->loader_threads,
                                           .cache_bytes = o->cache_bytes,
                                           .augmentation = r->augmentation,
                                           .repeats = run->repeats,
                                           .shuffle = 1};
    status = loader_new(&run->data, run->names, run->training, &loading, &loader, error);
    if (status)
        return status;
    status = SWATCH_FAILED;
    run->since = clock_now();
    // Of a resumed run there may be nothing left to do.
    if (run->trainer.step >= r->steps && ranks_number(run->ranks) == 0 && o->progress) {
        if (take_progress(run, &progress, error))
            goto done;
        o->progress(o->user, &progress);
    }
    while (!stop && run->trainer.step < r->steps) {
        struct step_losses losses;
        if (step(run, loader, &fed, &losses, error))
            goto done;
        run->sums.pixel += losses.pixel;
        run->sums.region += losses.region;
        run->sums.fool += losses.fool;
        run->sums.discriminator += losses.discriminator;
        run->steps_summed++;

        const uint64_t made = run->trainer.step;
        const int last = made == r->steps;
        const int due = last || (o->validate_every > 0 && made % o->validate_every == 0);
        const double time = clock_now();
        const int tells = ranks_number(run->ranks) == 0;
        if (!tells && due && validate(run, &progress, error))
            goto done;
        if (tells && (due || time - reported >= 1)) {
            if (take_progress(run, &progress, error) ||
                (due && (validate(run, &progress, error) || write_page(run, error))))
                goto done;
            reported = clock_now();
            stop = o->progress && o->progress(o->user, &progress);
        }
        stop = together_stop(run->ranks, stop);
        if (tells && (stop || last || time - checkpointed >= 60 * o->checkpoint_minutes)) {
            if (checkpoint_save(run->checkpoint, &run->trainer, error))
                goto done;
            checkpointed = clock_now();
        }
    }
    *finished = run->trainer.step >= r->steps;
    status = SWATCH_OK;
done:
    loader_free(loader);
    return status;
}

// Until all ranks are ready to make steps.
static int prepare(struct run *run, swatch_error *error)
{
    int status = run_open(run, error);
    uint64_t hash = 0;
    if (!status && run->training < run->name_count)
        status =
            validation_new(&run->data, run->names + run->training, run->name_count - run->training,
                           &run->recipe, &run->validation, error);
    if (!status && run->ranks)
        status = (hash = run_hash(run, error)) == 0;
    status = together_begin(run->ranks, status, hash, error);
    if (!status)
        status = checkpoint_share(&run->trainer, error);
    if (!status)
        status = gradients_connect(run->trainer.gradients, error);
    // Only now is the log given up of one that died before its first checkpoint.
    const int begins = !run->options->resume && ranks_number(run->ranks) == 0;
    return !status && begins ? report_restart(run->log, error) : status;
}

int train_run(const struct train_options *options, int *finished, swatch_error *error)
{
    struct run *run = calloc(1, sizeof *run);
    int status;
    *finished = 0;
    if (!run)
        return error_memory(error);
    run->options = options;
    run->ranks = options->recipe.ranks;
    params_init(&run->trainer.generator, 0);
    params_init(&run->trainer.discriminator, 0);
    status = prepare(run, error);
    if (!status)
        status = loop(run, finished, error);
    run_close(run);
    free(run);
    return status;
}
