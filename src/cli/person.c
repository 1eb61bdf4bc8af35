// swatch person: who is in photos, and where.

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "output.h"
#include "say.h"
#include "shared.h"
#include "source.h"
#include "verbs.h"

#define COCO_SCORE 0.01 // the least that counts for average precision

struct settings {
    struct batch_options batch;
    const char *model, *coco;
    int precision;
    double score;
};

static const struct option_entry entries[] = {
    {"output", 'o', OPTION_FOLDER, "DIR",
     "write DIR/NAME/ for each photo NAME.jpg; DIR is made if need be",
     .offset = offsetof(struct settings, batch.output)},
    SHARED_MODEL(struct settings, model,
                 "a model that finds people; otherwise $SWATCH_PERSON_MODEL, "
                 "then " PERSON_MODEL_DEFAULT),
    {"coco", 0, OPTION_FILE, "FILE",
     "also write everything found with a score of 0.01 or more in COCO's results format",
     .offset = offsetof(struct settings, coco), .against = "watch"},
    {"score", 0, OPTION_REAL, "S", "keep people with at least this score", "0.6",
     .offset = offsetof(struct settings, score), .low = 0.001, .high = 1},
    SHARED_PRECISION(struct settings, precision),
    SHARED_THREADS(struct settings, batch.threads, "threads that all networks together use"),
    SHARED_PHOTOS(struct settings, batch, "output", NULL),
    {0},
};

static void set_defaults(void *settings)
{
    ((struct settings *)settings)->score = SWATCH_PERSON_SCORE;
}

struct finder {
    const struct settings *settings;
    char path[PATH_MAX];
    struct batch *batch;
    struct pool pool;  // of people alone
    swatch_coco *coco; // or NULL
    size_t people;
};

static json_t *made(void *user)
{
    const struct finder *f = user;
    return json_pack("{so*, s{ss, sf}, so*}", "person_model", source_checksum(f->path), "options",
                     "precision", shared_precisions[f->settings->precision], "score",
                     f->settings->score, "strict", f->settings->batch.strict ? json_true() : NULL);
}

static int begin(void *user, swatch_error *error)
{
    struct finder *f = user;
    if (f->pool.workers)
        return SWATCH_OK; // photos that --watch found
    swatch_model_options model = SWATCH_MODEL_OPTIONS_INIT;
    model.precision = (swatch_precision)f->settings->precision;
    const int status = swatch_model_open(f->path, &model, &f->pool.people, error);
    return status ? status : batch_start_pool(f->batch, &f->pool, error);
}

static int work(void *user, struct job *job)
{
    struct finder *f = user;
    swatch_people *people = NULL;
    swatch_people_options options = SWATCH_PEOPLE_OPTIONS_INIT;
    const int all = f->coco && f->settings->score > COCO_SCORE;
    options.least_score = all ? COCO_SCORE : f->settings->score;
    struct sessions *sessions = batch_take(f->batch, &f->pool, job);
    job->status = swatch_people_find(sessions->people, job->photo, &options, &people, &job->error);
    pool_give(&f->pool, sessions);
    job->work = people;
    return job->status;
}

static int save(void *user, struct job *job)
{
    struct finder *f = user;
    if (f->coco)
        job->status = swatch_coco_add(f->coco, job->work, &job->error);
    swatch_people_keep(job->work, f->settings->score);
    if (job->status || !job->folder || job->there)
        return job->status;
    if (output_above(job->folder))
        return job_fail(job, SWATCH_FAILED, "%s: cannot be made: %s", job->folder, strerror(errno));
    return job->status = swatch_people_save(job->work, job->folder,
                                            job->replace ? SWATCH_REPLACE : 0, &job->error);
}

// Counts people, also those that an earlier call found.
static void count(void *user, const struct job *job)
{
    struct finder *f = user;
    json_t *saved = job->saved ? json_loads(job->saved, 0, NULL) : NULL;
    if (saved)
        f->people += json_array_size(json_object_get(saved, "people"));
    else if (!job->status && job->work)
        f->people += swatch_people_count(job->work);
    json_decref(saved);
}

static void release(struct job *job)
{
    swatch_people_free(job->work);
}

static int run_all(void *user, struct batch *batch)
{
    struct finder *f = user;
    const struct settings *s = f->settings;
    swatch_error error;
    char also[64];
    if (s->coco &&
        swatch_coco_new(s->coco, s->batch.overwrite ? SWATCH_REPLACE : 0, &f->coco, &error)) {
        say("swatch: %s", error.message);
        return SWATCH_FAILED;
    }
    int status = batch_run(batch);
    // What was found before a failure is not lost.
    if (f->coco && !batch->stopped && swatch_coco_save(f->coco, &error)) {
        say("swatch: %s", error.message);
        status = SWATCH_FAILED;
    }
    snprintf(also, sizeof also, "%zu %s", f->people, f->people == 1 ? "person" : "people");
    if (!status && !f->people && batch->list.count) {
        status = SWATCH_NO_PERSON;
        if (batch->list.count == 1)
            say("swatch: %s: nobody is found", batch->list.entries[0].path);
    }
    batch->status = status;
    batch_tell(batch, also);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct settings *s = settings;
    struct finder f = {.settings = s};
    struct batch batch = {.options = &s->batch,
                          .user = &f,
                          .file = "people.json",
                          .made = made,
                          .always = s->coco != NULL,
                          .begin = begin,
                          .work = work,
                          .many = 1,
                          .write = save,
                          .after = count,
                          .release = release};
    int status = SWATCH_OK;
    f.batch = &batch;
    if (!s->batch.output && !s->coco)
        return table_wrong(verb, "neither -o DIR nor --coco FILE is given");
    status = batch_list(&batch, verb, arguments, NULL);
    if (!status && person_model_file(s->model, 1, f.path))
        status = SWATCH_FAILED;
    if (!status)
        status = batch_rounds(&batch, run_all);
    swatch_coco_free(f.coco);
    pool_end(&f.pool);
    batch_end(&batch);
    return status;
}

const struct verb verb_person = {
    .name = "person",
    .usage = "[OPTION]... PHOTO... -o DIR",
    .summary = "find the people in photos",
    .more = "A PHOTO may be a folder; - is standard input. For anna.jpg this writes into DIR/anna/ "
            "people.png (8-bit palette, the size of the photo: 0 background, k the person with the "
            "k-th highest score) and people.json (boxes in pixels, scores, areas). Photos that are "
            "done are passed over. If no photo shows anybody, the exit status is 3; the files are "
            "written all the same.\n",
    .words = "file",
    .options = entries,
    .many_shapes = 1,
    .settings_size = sizeof(struct settings),
    .defaults = set_defaults,
    .run = run,
};
