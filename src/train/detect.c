// The loop around detect_trainer_step: scenes in, progress, validation, checkpoints out.

#include "train/detect.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/folder.h"
#include "model/file.h"
#include "train/recipe.h"
#include "train/report.h"
#include "train/state.h"
#include "train/together.h"

#define CLASSES 2 // background and people

struct run {
    const struct detect_options *options;
    struct detect_recipe settings;
    struct ranks *ranks; // of the recipe
    struct coco coco;
    struct ccp ccp;
    char **names;
    struct scene_sources sources;
    struct detect_trainer trainer;
    struct state state;
    char *recipe;       // as text
    const char *figure; // what the trainer's best is the best of; NULL: nothing was measured yet
    char checkpoint[PATH_MAX], model[PATH_MAX], best[PATH_MAX], log[PATH_MAX];
    // Since the last report of progress.
    struct detect_losses sums;
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

// The recipe as one line of JSON with its keys in a fixed order.
static char *describe_recipe(const struct detect_options *o, const struct maskrcnn *network)
{
    const struct detect_recipe *r = &o->recipe;
    const struct augmentation *a = &o->augmentation;
    json_t *json = json_pack(
        "{ss, ss, sI, sI, sI, sI, sI, sI, sI, sI, sf, sf, sf, sf, sf, sf, sf, sb, ss, sf, sf, sI,"
        " s{sb, sf, sf, sf, sf, sf, sf}}",
        "generator", "mask-rcnn", "backbone", maskrcnn_backbone_name(network), "height",
        (json_int_t)r->height, "width", (json_int_t)r->width, "batch", (json_int_t)r->batch,
        "anchors", (json_int_t)r->anchors, "regions", (json_int_t)r->regions, "mask_regions",
        (json_int_t)r->mask_regions, "steps", (json_int_t)r->steps, "seed", (json_int_t)r->seed,
        "rate", (double)r->rate, "beta1", (double)r->beta1, "beta2", (double)r->beta2, "decay",
        (double)r->decay, "warmup", (double)r->warmup, "average_decay", (double)r->average_decay,
        "encoder_rate", (double)r->encoder_rate, "sync_norm", r->sync_norm, "precision",
        r->dtype == DTYPE_BF16 ? "bf16" : "f32", "ccp_share", (double)o->ccp_share, "paste",
        (double)o->paste, "frozen", (json_int_t)network->frozen, "augmentation", "flip", a->flip,
        "scale_low", (double)a->scale_low, "scale_high", (double)a->scale_high, "rotation",
        (double)a->rotation, "color", (double)a->color, "close_ups", (double)a->close_ups,
        "close_scale", (double)a->close_scale);
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7)) : NULL;
    json_decref(json);
    return text;
}

static int open_data(struct run *run, swatch_error *error)
{
    const struct detect_options *o = run->options;
    run->sources = (struct scene_sources){
        .hold_out = o->hold_out, .ccp_share = o->ccp_share, .paste = o->paste};
    if (o->coco) {
        if (coco_open(o->coco, "person", &run->coco, error))
            return SWATCH_FAILED;
        run->sources.coco = &run->coco;
    }
    if (o->ccp) {
        if (ccp_open(o->ccp, &run->ccp, error) ||
            ccp_split_load(o->split, &run->names, &run->sources.name_count, error))
            return SWATCH_FAILED;
        run->sources.ccp = &run->ccp;
        run->sources.names = run->names;
    }
    return SWATCH_OK;
}

// The folder and its files are rank 0's alone: on other machines there may be no such folder.
static int open_folder(struct run *run, swatch_error *error)
{
    const struct detect_options *o = run->options;
    if (ranks_number(run->ranks) > 0)
        return SWATCH_OK;
    if (run_path(run, "checkpoint.safetensors", run->checkpoint, error) ||
        run_path(run, "model.safetensors", run->model, error) ||
        run_path(run, "best.safetensors", run->best, error) ||
        run_path(run, "log.jsonl", run->log, error) ||
        state_expect(run->checkpoint, o->resume, error) || folder_make(o->run, error))
        return SWATCH_FAILED;
    return SWATCH_OK;
}

// Of the photos and which of them are held out.
static uint64_t data_hash(const struct run *run)
{
    char hold_out[32];
    snprintf(hold_out, sizeof hold_out, "%zu", run->options->hold_out);
    uint64_t hash = together_hash(TOGETHER_HASH, hold_out);
    for (size_t i = 0; i < run->coco.count; i++)
        hash = together_hash(hash, run->coco.images[i].file);
    hash = together_hash(hash, ""); // no photo's name
    for (size_t i = 0; i < run->sources.name_count; i++)
        hash = together_hash(hash, run->names[i]);
    return hash;
}

static int run_open(struct run *run, swatch_error *error)
{
    const struct detect_options *o = run->options;
    struct maskrcnn network;
    run->settings = o->recipe;
    if (open_data(run, error) || open_folder(run, error))
        return SWATCH_FAILED;
    maskrcnn_lite(&network, CLASSES);
    if (!o->start_from)
        network.frozen = 0; // what was never trained must learn
    if (!(run->recipe = describe_recipe(o, &network)))
        return error_memory(error);
    const int status = detect_trainer_new(&run->settings, &network, &run->trainer, error);
    if (status)
        return status;
    run->state = (struct state){.recipe = run->recipe,
                                .data = data_hash(run),
                                .steps = o->recipe.steps,
                                .step = &run->trainer.step,
                                .best = &run->trainer.best,
                                .names = {"generator"},
                                .sets = {&run->trainer.params}};
    if (ranks_number(run->ranks) > 0)
        return SWATCH_OK; // the weights come from rank 0
    if (o->resume)
        return state_load(run->checkpoint, &run->state, error);
    size_t count;
    return o->start_from
               ? state_start_from(o->start_from, &run->trainer.params, "mask-rcnn", &count, error)
               : SWATCH_OK;
}

static void run_close(struct run *run)
{
    detect_trainer_free(&run->trainer);
    ccp_split_free(run->names, run->sources.name_count);
    ccp_close(&run->ccp);
    coco_close(&run->coco);
    free(run->recipe);
}

// The history that goes into the model file.
static char *history(const struct run *run)
{
    char *text = NULL, best[64] = "";
    if (run->figure)
        snprintf(best, sizeof best, "\"validation_%s\":%.4f,", run->figure, run->trainer.best);
    if (asprintf(&text, "{\"step\":%llu,%s\"recipe\":%s}", (unsigned long long)run->trainer.step,
                 best, run->recipe) < 0)
        text = NULL;
    return text;
}

static int export(struct run *run, const char *path, swatch_error *error)
{
    const struct detect_recipe *r = &run->options->recipe;
    char *architecture = maskrcnn_text(&run->trainer.network), *text = history(run), input[64];
    int status = SWATCH_FAILED;
    snprintf(input, sizeof input, "{\"height\":%zu,\"width\":%zu}", r->height, r->width);
    if (!architecture || !text) {
        error_memory(error);
    } else {
        const struct safetensors_pair pairs[] = {{"swatch.format", MODEL_FORMAT},
                                                 {"swatch.architecture", architecture},
                                                 {"swatch.input", input},
                                                 {"swatch.classes", "[\"background\",\"person\"]"},
                                                 {"swatch.colors", "[\"#000000\",\"#ffffff\"]"},
                                                 {"swatch.history", text}};
        status = state_export(path, &run->trainer.params, r->average_decay > 0, pairs, 6, error);
    }
    free(architecture);
    free(text);
    return status;
}

// Means since the last call, into `progress` and the log; starts summing afresh.
static int take_progress(struct run *run, struct detect_progress *progress, swatch_error *error)
{
    const double elapsed = clock_now() - run->since;
    const double steps = (double)run->steps_summed, each = steps > 0 ? 1 / steps : 0;
    const struct detect_recipe *r = &run->options->recipe;
    const struct detect_losses *s = &run->sums;
    const double per_step = elapsed * each;
    *progress = (struct detect_progress){
        .remark = gradients_remark(run->trainer.gradients),
        .step = run->trainer.step,
        .steps = r->steps,
        .losses = {s->objectness * each, s->proposals * each, s->classes * each, s->boxes * each,
                   s->masks * each},
        .rate = (double)recipe_rate(r->rate, r->warmup, 1, run->trainer.step, r->steps),
        .photos_per_second = per_step > 0 ? (double)r->batch / per_step : 0,
        .flops_per_second = per_step > 0 ? (double)ranks_count(run->ranks) *
                                               detect_trainer_flops(&run->trainer) / per_step
                                         : 0,
        .wait_share = elapsed > 0 ? run->waited / elapsed : 0,
        .seconds_left = per_step * (double)(r->steps - run->trainer.step),
    };
    run->sums = (struct detect_losses){0};
    run->steps_summed = 0;
    run->waited = 0;
    run->since = clock_now();
    if (steps == 0)
        return SWATCH_OK;
    const struct detect_losses *l = &progress->losses;
    const char *names[] = {"loss_objectness", "loss_proposals",    "loss_classes", "loss_boxes",
                           "loss_masks",      "photos_per_second", "wait_share",   "rate"};
    const double values[] = {l->objectness,
                             l->proposals,
                             l->classes,
                             l->boxes,
                             l->masks,
                             progress->photos_per_second,
                             progress->wait_share,
                             progress->rate};
    return report_append(run->log, progress->step, names, values, 8, error);
}

// The one figure by which the best weights are chosen.
static double main_figure(struct run *run, const struct detect_figures *f)
{
    const int of_masks = run->sources.coco && !isnan(f->masks.ap);
    if (of_masks || f->ccp_count)
        run->figure = of_masks ? "mask_ap" : "person_overlap";
    return of_masks ? f->masks.ap : f->ccp_overlap;
}

static int validate(struct run *run, struct detect_progress *progress, swatch_error *error)
{
    struct detect_figures *f = &progress->figures;
    if (export(run, run->model, error))
        return SWATCH_FAILED;
    if (run->options->hold_out == 0)
        return SWATCH_OK;
    if (detect_validate(run->model, run->trainer.backend, &run->sources, f, error))
        return SWATCH_FAILED;
    progress->validated = 1;
    const char *names[] = {"mask_ap", "mask_ap50", "box_ap", "person_overlap", "false_alarms"};
    const double values[] = {isnan(f->masks.ap) ? 0 : f->masks.ap,
                             isnan(f->masks.ap50) ? 0 : f->masks.ap50,
                             isnan(f->boxes.ap) ? 0 : f->boxes.ap, f->ccp_overlap,
                             f->empty ? (double)f->alarmed / (double)f->empty : 0};
    if (report_append(run->log, run->trainer.step, names, values, 5, error))
        return SWATCH_FAILED;
    const double figure = main_figure(run, f);
    if (figure > run->trainer.best) {
        run->trainer.best = figure;
        if (export(run, run->best, error))
            return SWATCH_FAILED;
    }
    run->since = clock_now();
    return export(run, run->model, error); // again, now that the figure is known
}

static void add_losses(struct detect_losses *sum, const struct detect_losses *l)
{
    sum->objectness += l->objectness;
    sum->proposals += l->proposals;
    sum->classes += l->classes;
    sum->boxes += l->boxes;
    sum->masks += l->masks;
}

static int loop(struct run *run, int *finished, swatch_error *error)
{
    const struct detect_options *o = run->options;
    const struct detect_recipe *r = &o->recipe;
    struct detect_trainer *t = &run->trainer;
    struct detect_progress progress;
    struct scene_loader *loader = NULL;
    double checkpointed = clock_now(), reported = clock_now();
    int status, stop = 0;
    const struct scene_loader_options loading = {.height = r->height,
                                                 .width = r->width,
                                                 .batch = t->photos,
                                                 .seed = r->seed,
                                                 .first = t->step * r->batch +
                                                          ranks_number(run->ranks) * t->photos,
                                                 .stride = r->batch,
                                                 .threads = o->loader_threads,
                                                 .cache_bytes = o->cache_bytes,
                                                 .augmentation = o->augmentation};
    status = scene_loader_new(&run->sources, &loading, &loader, error);
    if (status)
        return status;
    status = SWATCH_FAILED;
    run->since = clock_now();
    // Of a resumed run there may be nothing left to do.
    if (t->step >= r->steps && ranks_number(run->ranks) == 0 && o->progress) {
        if (take_progress(run, &progress, error))
            goto done;
        o->progress(o->user, &progress);
    }
    while (!stop && t->step < r->steps) {
        const struct scene *scenes;
        struct detect_losses losses;
        double waited = 0;
        if (scene_loader_next(loader, &scenes, &waited, error) ||
            detect_trainer_step(t, scenes, &losses, error))
            goto done;
        add_losses(&run->sums, &losses);
        run->steps_summed++;
        run->waited += waited;

        const int last = t->step == r->steps;
        const int due = last || (o->validate_every > 0 && t->step % o->validate_every == 0);
        const double time = clock_now();
        const int tells = ranks_number(run->ranks) == 0;
        if (tells && (due || time - reported >= 1)) {
            if (take_progress(run, &progress, error) ||
                (due &&
                 (validate(run, &progress, error) || report_write(o->run, run->recipe, error))))
                goto done;
            reported = clock_now();
            stop = o->progress && o->progress(o->user, &progress);
        }
        stop = together_stop(run->ranks, stop);
        if (tells && (stop || last || time - checkpointed >= 60 * o->checkpoint_minutes)) {
            if (state_save(run->checkpoint, &run->state, error))
                goto done;
            checkpointed = clock_now();
        }
    }
    *finished = t->step >= r->steps;
    status = SWATCH_OK;
done:
    scene_loader_free(loader);
    return status;
}

// Until all ranks are ready to make steps.
static int prepare(struct run *run, swatch_error *error)
{
    int status = run_open(run, error);
    const uint64_t hash = status ? 0 : together_hash(run->state.data, run->recipe);
    status = together_begin(run->ranks, status, hash, error);
    if (!status)
        status = together_state(run->ranks, &run->state, error);
    if (!status)
        status = gradients_connect(run->trainer.gradients, error);
    // Only now is the log given up of one that died before its first checkpoint.
    const int begins = !run->options->resume && ranks_number(run->ranks) == 0;
    return !status && begins ? report_restart(run->log, error) : status;
}

int detect_run(const struct detect_options *options, int *finished, swatch_error *error)
{
    struct run *run = calloc(1, sizeof *run);
    *finished = 0;
    if (!run)
        return error_memory(error);
    run->options = options;
    run->ranks = options->recipe.ranks;
    params_init(&run->trainer.params, 0);
    int status = prepare(run, error);
    if (!status)
        status = loop(run, finished, error);
    run_close(run);
    free(run);
    return status;
}
