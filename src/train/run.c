// Runs the loop around a task's steps: progress, validation, checkpoints, the page.

#include "train/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "train/report.h"
#include "train/report_log.h"
#include "train/state.h"
#include "train/together.h"

#define OPTIONS_LIMIT ((size_t)1 << 20)
#define LOG_NAME_MAX 64

struct run {
    struct train_options options;
    const struct task *task;
    struct ranks *ranks; // of the recipe
    int tells;           // 1 on rank 0, which alone writes files and calls progress
    struct learner learner;
    struct state state;
    double best, start; // see swatch_training_progress
    char checkpoint[PATH_MAX], model[PATH_MAX], best_model[PATH_MAX], log[PATH_MAX];
    int lock; // descriptor; below 0: none
    struct figures figures;
    char device[128];
    // Since progress was last reported:
    double sums[TASK_LOSSES];                  // of losses
    swatch_training_value losses[TASK_LOSSES]; // their means
    uint64_t steps_summed;
    double since, waited; // when that was, and seconds spent waiting for photos
};

const struct task *task_find(const char *name)
{
    return strcmp(name, task_clothes.name) == 0  ? &task_clothes
           : strcmp(name, task_people.name) == 0 ? &task_people
                                                 : NULL;
}

// Names the files of the folder. Only rank 0 uses them: other machines may not have the folder.
static int name_files(struct run *run, swatch_error *error)
{
    const char *folder = run->options.run;
    return file_join(run->checkpoint, folder, "checkpoint.safetensors", error) ||
                   file_join(run->model, folder, "model.safetensors", error) ||
                   file_join(run->best_model, folder, "best.safetensors", error) ||
                   file_join(run->log, folder, "log.jsonl", error)
               ? SWATCH_FAILED
               : state_expect(run->checkpoint, run->options.resume, error);
}

// Locks the folder, because two trainings in it would overwrite each other's files. The lock ends
// with the process. A file system that cannot lock is used without.
static int lock_folder(struct run *run, swatch_error *error)
{
    char samples[PATH_MAX];
    if (file_join(samples, run->options.run, "samples", error) || folder_make(samples, error))
        return SWATCH_FAILED;
    run->lock = open(run->log, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (run->lock < 0)
        return error_set(error, SWATCH_FAILED, "%s: cannot be opened: %s", run->log,
                         strerror(errno));
    if (flock(run->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        return error_set(error, SWATCH_FAILED, "%s: another training is at work in this folder",
                         run->options.run);
    // Another training may have written a checkpoint and ended just before.
    return state_expect(run->checkpoint, run->options.resume, error);
}

static int open_run(struct run *run, swatch_error *error)
{
    const struct train_options *o = &run->options;
    struct learner *l = &run->learner;
    size_t count;
    if (run->tells && name_files(run, error))
        return SWATCH_FAILED;
    const int status = run->task->open(&run->options, l, error);
    if (status)
        return status;
    run->state = (struct state){.recipe = options_text(o, FIELD_PART),
                                .data = l->data,
                                .steps = o->recipe.steps,
                                .step = l->step,
                                .best = &run->best,
                                .start = &run->start,
                                .names = {l->names[0], l->names[1]},
                                .sets = {l->sets[0], l->sets[1]}};
    if (!run->state.recipe)
        return error_memory(error);
    if (!run->tells)
        return SWATCH_OK; // together_state brings the weights of rank 0
    if (lock_folder(run, error))
        return SWATCH_FAILED;
    if (o->resume)
        return state_load(run->checkpoint, &run->state, error);
    return o->start_from
               ? state_start_from(o->start_from, l->sets[0], run->task->name, &count, error)
               : SWATCH_OK;
}

static int print_held_out(FILE *to, const void *learner)
{
    const struct learner *l = learner;
    for (size_t i = 0; i < l->held_count; i++)
        fprintf(to, "%s\n", l->held[i]);
    return 0;
}

static int write_held_out(const struct run *run, swatch_error *error)
{
    char path[PATH_MAX];
    return file_join(path, run->options.run, "held-out.txt", error)
               ? SWATCH_FAILED
               : file_write_composed(path, print_held_out, &run->learner, error);
}

static int write_options(const struct run *run, swatch_error *error)
{
    const struct train_options *o = &run->options;
    char path[PATH_MAX], *text = NULL;
    json_t *options = json_object();
    int status = file_join(path, o->run, "options.json", error);
    for (size_t i = 0; !status && field_at(i); i++) {
        const struct field *f = field_at(i);
        if (o->texts[i] && f->option.help && f->role != FIELD_NOW &&
            json_object_set_new(options, f->option.name, json_string(o->texts[i])))
            status =
                error_set(error, SWATCH_USAGE, "%s %s: not UTF-8, which a run's options must be",
                          f->option.name, o->texts[i]);
    }
    json_t *json = json_pack("{ss, so}", "task", run->task->name, "options", options);
    if (!status && (!json || !(text = json_dumps(json, JSON_INDENT(1)))))
        status = error_memory(error);
    status = status ? status : file_write(path, text, strlen(text), 1, error);
    json_decref(json);
    free(text);
    return status;
}

int train_stored(const char *run, struct ranks *ranks, const struct task **task,
                 char *texts[FIELDS_MAX], swatch_error *error)
{
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    int status = file_join(path, run, "options.json", error);
    if (!status && ranks_number(ranks) == 0) {
        if (access(path, F_OK) && errno == ENOENT)
            status = error_set(error, SWATCH_FAILED,
                               "%s: the run has no checkpoint yet; without --resume it begins anew",
                               run);
        else
            status = file_read(path, OPTIONS_LIMIT, &text, &size, error);
    }
    if (status)
        size = 0;
    ranks_broadcast(ranks, &size, sizeof size);
    if (!text && size > 0 && size <= OPTIONS_LIMIT && !(text = calloc(size + 1, 1)))
        status = error_memory(error);
    if (size > 0 && !status)
        ranks_broadcast(ranks, text, size);
    if (!status && !text)
        status = error_set(error, SWATCH_FAILED, "%s", ""); // rank 0 has the message
    status = status ? status : ranks_check(ranks, error);
    status = status ? status : options_parse(path, text, task, texts, error);
    free(text);
    return status;
}

// Makes the history for the model file, as JSON. The caller frees it. NULL: not enough memory.
static char *history(const struct run *run)
{
    char *recipe = options_text(&run->options, FIELD_PART | FIELD_LENGTH), *text = NULL;
    json_t *json = json_pack("{sI, sI, sI}", "step", (json_int_t)*run->learner.step, "photos",
                             (json_int_t)run->learner.learned, "validation_photos",
                             (json_int_t)run->learner.held_count);
    if (json && run->figures.count && !isnan(run->best)) {
        char key[LOG_NAME_MAX];
        snprintf(key, sizeof key, "validation_%s", run->figures.list[0].name);
        json_object_set_new(json, key, json_rounded(run->best));
    }
    if (json && recipe && !json_object_set_new(json, "recipe", json_loads(recipe, 0, NULL)))
        text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_decref(json);
    free(recipe);
    return text;
}

static int export(struct run *run, const char *path, swatch_error *error)
{
    char *text = history(run);
    const int status =
        text ? run->task->export(&run->learner, path, text, error) : error_memory(error);
    free(text);
    return status;
}

// Fills in `progress` and appends to the log: means since the last call. Starts new sums.
static int take_progress(struct run *run, swatch_training_progress *progress, swatch_error *error)
{
    const struct learner *l = &run->learner;
    const struct recipe *r = &run->options.recipe;
    const double elapsed = clock_seconds() - run->since, steps = (double)run->steps_summed;
    const double per_step = steps > 0 ? elapsed / steps : 0;
    const char *const remark = gradients_remark(l->gradients);
    snprintf(run->device, sizeof run->device, "%s%s%s", l->backend->name, *remark ? "; " : "",
             remark);
    *progress = (swatch_training_progress){
        .size = sizeof *progress,
        .task = run->task->name,
        .device = run->device,
        .step = *l->step,
        .steps = r->steps,
        .learned = l->learned,
        .held_out = l->held_count,
        .losses = run->losses,
        .loss_count = steps > 0 ? l->loss_count : 0,
        .figures = run->figures.list,
        .best = run->best,
        .start = run->start,
        .rate = (double)recipe_rate(r, *l->step),
        .photos_per_second = per_step > 0 ? (double)r->batch / per_step : 0,
        .flops_per_second =
            per_step > 0 ? (double)ranks_count(run->ranks) * l->flops / per_step : 0,
        .wait_share = elapsed > 0 ? run->waited / elapsed : 0,
        .seconds_left = per_step * (double)(r->steps - *l->step),
    };
    char names[TASK_LOSSES][LOG_NAME_MAX];
    swatch_training_value values[TASK_LOSSES + 3];
    const size_t count = progress->loss_count;
    for (size_t i = 0; i < count; i++) {
        run->losses[i] = (swatch_training_value){l->losses[i], run->sums[i] / steps};
        snprintf(names[i], sizeof names[i], "loss_%s", l->losses[i]);
        values[i] = (swatch_training_value){names[i], run->losses[i].value};
        run->sums[i] = 0;
    }
    values[count] = (swatch_training_value){"rate", progress->rate};
    values[count + 1] = (swatch_training_value){"photos_per_second", progress->photos_per_second};
    values[count + 2] = (swatch_training_value){"wait_share", progress->wait_share};
    run->steps_summed = 0;
    run->waited = 0;
    run->since = clock_seconds();
    return count ? report_append(run->log, progress->step, values, count + 3, error) : SWATCH_OK;
}

// Measures on the photos that are held out, appends to the log and writes the model files. The
// weights that a run starts from cannot become the best: that is chosen among learned weights.
static int validate(struct run *run, swatch_error *error)
{
    const struct task *task = run->task;
    struct learner *l = &run->learner;
    struct figures *f = &run->figures;
    char sheet[PATH_MAX], name[64];
    if (l->held_count == 0)
        return run->tells ? export(run, run->model, error) : SWATCH_OK;
    if (!run->tells) // this rank measures its share for rank 0
        return task->validate(l, NULL, NULL, f, error);
    snprintf(name, sizeof name, "samples/%08llu.png", (unsigned long long)*l->step);
    if (file_join(sheet, run->options.run, name, error) ||
        (task->validates_file && export(run, run->model, error)))
        return SWATCH_FAILED;
    f->count = 0;
    if (task->validate(l, run->model, sheet, f, error) ||
        (f->count && report_append(run->log, *l->step, f->list, f->count, error)))
        return SWATCH_FAILED;
    const double figure = f->count ? f->list[0].value : NAN;
    if (*l->step == 0) {
        run->start = figure;
    } else if (!isnan(figure) && !(figure <= run->best)) {
        run->best = figure;
        if (export(run, run->best_model, error))
            return SWATCH_FAILED;
    }
    run->since = clock_seconds();
    return export(run, run->model, error);
}

static int write_page(const struct run *run, swatch_error *error)
{
    const struct figures *f = &run->figures;
    char *options = options_text(&run->options, ~FIELD_NOW);
    const int status =
        options ? report_write(run->options.run, options, f->count ? f->list[0].name : NULL, error)
                : error_memory(error);
    free(options);
    return status;
}

static int tell(struct run *run, swatch_training_progress *progress, int validated)
{
    const struct train_options *o = &run->options;
    progress->figure_count = validated ? run->figures.count : 0;
    progress->best = run->best;
    progress->start = run->start;
    progress->notice = run->learner.notice;
    run->learner.notice = NULL;
    return o->progress ? o->progress(o->user, progress) : 0;
}

// Reports before the first step: how many photos there are and, if the run starts from given
// weights, how good those are.
static int begin(struct run *run, int *stop, swatch_error *error)
{
    const struct train_options *o = &run->options;
    swatch_training_progress progress;
    if (run->tells && (take_progress(run, &progress, error) || write_page(run, error)))
        return SWATCH_FAILED;
    *stop = run->tells && tell(run, &progress, 0);
    if (o->resume || !o->start_from || run->learner.held_count == 0)
        return SWATCH_OK;
    if (validate(run, error) || (run->tells && write_page(run, error)))
        return SWATCH_FAILED;
    *stop |= run->tells && tell(run, &progress, 1);
    return SWATCH_OK;
}

// Makes one step and does what is due after it. *told and *saved are the times of the last report
// and of the last checkpoint.
static int go_on(struct run *run, int *stop, double *told, double *saved, swatch_error *error)
{
    const struct train_options *o = &run->options;
    struct learner *l = &run->learner;
    double losses[TASK_LOSSES];
    swatch_training_progress progress;
    if (run->task->step(l, losses, &run->waited, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < l->loss_count; i++)
        run->sums[i] += losses[i];
    run->steps_summed++;

    const int last = *l->step == o->recipe.steps;
    const int due = last || (o->validate_every > 0 && *l->step % o->validate_every == 0);
    const double time = clock_seconds();
    const int tells = run->tells && (due || time - *told >= 1);
    if (tells && take_progress(run, &progress, error))
        return SWATCH_FAILED;
    if (due && validate(run, error))
        return SWATCH_FAILED;
    if (tells) {
        if (due && write_page(run, error))
            return SWATCH_FAILED;
        *told = clock_seconds();
        *stop = tell(run, &progress, due);
    }
    *stop = together_stop(run->ranks, *stop);
    if (run->tells && (*stop || last || time - *saved >= 60 * o->checkpoint_minutes)) {
        if (state_save(run->checkpoint, &run->state, error))
            return SWATCH_FAILED;
        *saved = clock_seconds();
    }
    return SWATCH_OK;
}

static int loop(struct run *run, int *finished, swatch_error *error)
{
    const struct learner *l = &run->learner;
    const uint64_t steps = run->options.recipe.steps;
    int stop = 0;
    run->since = clock_seconds();
    if (begin(run, &stop, error))
        return SWATCH_FAILED;
    double told = clock_seconds(), saved = told;
    run->since = told;
    stop = together_stop(run->ranks, stop);
    if (stop && *l->step < steps && run->tells && state_save(run->checkpoint, &run->state, error))
        return SWATCH_FAILED;
    while (!stop && *l->step < steps)
        if (go_on(run, &stop, &told, &saved, error))
            return SWATCH_FAILED;
    *finished = *l->step >= steps;
    return SWATCH_OK;
}

// Hashes what decides the run besides the weights.
static int run_hash(const struct run *run, uint64_t *hash, swatch_error *error)
{
    char *recipe = options_text(&run->options, FIELD_PART | FIELD_LENGTH);
    *hash = recipe ? together_hash(run->learner.data, recipe) : 0;
    free(recipe);
    return recipe ? SWATCH_OK : error_memory(error);
}

// Does everything before the first step.
static int prepare(struct run *run, swatch_error *error)
{
    uint64_t hash = 0;
    int status = open_run(run, error);
    if (!status)
        status = run_hash(run, &hash, error);
    status = together_begin(run->ranks, status, hash, error);
    if (!status)
        status = together_state(run->ranks, &run->state, error);
    if (!status)
        status = gradients_connect(run->learner.gradients, error);
    if (status || !run->tells)
        return status ? status : run->task->begin(&run->learner, error);
    // Now that nothing can fail on other ranks, the log of a run that died before its first
    // checkpoint is emptied.
    if ((!run->options.resume && report_restart(run->log, error)) || write_held_out(run, error) ||
        (run->options.texts && write_options(run, error)))
        return SWATCH_FAILED;
    return run->task->begin(&run->learner, error);
}

int train_run(const struct train_options *options, int *finished, swatch_error *error)
{
    struct run *run = calloc(1, sizeof *run);
    *finished = 0;
    if (!run)
        return error_memory(error);
    run->options = *options;
    run->task = options->task;
    run->ranks = options->recipe.ranks;
    run->tells = ranks_number(run->ranks) == 0;
    run->best = run->start = NAN;
    run->lock = -1;
    int status = prepare(run, error);
    if (!status)
        status = loop(run, finished, error);
    run->task->close(&run->learner);
    free((char *)run->state.recipe);
    if (run->lock >= 0)
        close(run->lock);
    free(run);
    return status;
}
