// Photos into a catalogue: the way of a photo is that of `swatch extract`, and its end is a record.
// The decoding thread asks by a connection of its own whether a photo is there already.

#include "catalog.h"

#include <glib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/record.h"
#include "catalog/store.h"
#include "say.h"
#include "show.h"
#include "source.h"
#include "verbs.h"

struct adder {
    struct extractor extractor; // first: batch.h gives the functions of extractor.c this struct
    struct batch *batch;
    struct catalog *asks, *writes; // of the decoding thread, of the main thread; or NULL: the
                                   // record is only kept
    char model[33];                // a checksum of all that results depend on besides the photo
    json_t *record;                // of the photo whose people are coming
    const struct photo_entry *record_of;
};

static int job_status(struct job *job, int status)
{
    return job->status = status;
}

static int no_memory(struct job *job)
{
    return job_fail(job, SWATCH_NO_MEMORY, "out of memory");
}

// ---- The decoding thread -----------------------------------------------------------------------

static json_t *made(void *user)
{
    struct adder *a = user;
    json_t *json = extractor_made(&a->extractor);
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    gchar *sum = text ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1) : NULL;
    snprintf(a->model, sizeof a->model, "%s", sum ? sum : "");
    g_free(sum);
    free(text);
    return json;
}

// The absolute path of a job's photo, to be freed; or NULL, and the job fails.
static char *path_of(struct job *job)
{
    const char *path = job->entry->path;
    if (strcmp(path, "-") == 0) {
        job_fail(job, SWATCH_USAGE, "standard input has no place that a catalogue could name");
        return NULL;
    }
    char *whole = realpath(path, NULL);
    if (!whole) {
        job_fail(job, SWATCH_NOT_FOUND, "%s: cannot be found", path);
    } else if (!g_utf8_validate(whole, -1, NULL)) {
        job_fail(job, SWATCH_FAILED, "%s: its path is not UTF-8, as a catalogue needs it", path);
        free(whole);
        whole = NULL;
    }
    return whole;
}

// Why a photo failed, without its name: a record has the path for itself, and the photo may be
// renamed.
static const char *reason_of(const struct job *job)
{
    const char *message = job->error.message;
    char name[sizeof job->error.message];
    show_safe(job->entry->path, name, sizeof name, INT_MAX);
    const size_t length = strlen(name);
    const int named =
        strncmp(message, name, length) == 0 && strncmp(message + length, ": ", 2) == 0;
    return named ? message + length + 2 : message;
}

// What is to be said of a photo that is there.
static int tell_known(struct adder *a, struct job *job, const char *sha256,
                      const struct known *known)
{
    json_t *record = NULL;
    job->there = 1;
    if (known->status)
        return job_fail(job, known->status, "%s: %s", job->entry->path,
                        known->message ? known->message : "failed");
    if (!a->batch->options->json) {
        job->saved = strdup("");
    } else {
        if (job_status(job, catalog_get(a->asks, catalog_id(sha256), &record, &job->error)))
            return job->status;
        job->saved = record_line(record);
        json_decref(record);
    }
    return job->saved ? SWATCH_OK : no_memory(job);
}

static int find(void *user, struct job *job, json_t **source)
{
    struct adder *a = user;
    struct known known;
    char *path = path_of(job);
    if (!path)
        return job->status;
    *source = source_of(path, a->batch->was_made);
    const char *sha256 = json_string_value(json_object_get(*source, "sha256"));
    if (!sha256) {
        job_fail(job, SWATCH_FAILED, "%s: cannot be read, or is no file", job->entry->path);
        free(path);
        return job->status;
    }
    job_status(job, catalog_known(a->asks, sha256, &known, &job->error));
    if (!job->status && known.there && !a->batch->options->overwrite &&
        strcmp(known.model, a->model) == 0) {
        if (strcmp(known.path, path) != 0 && access(known.path, F_OK)) // it was moved
            job_status(job, catalog_move(a->asks, sha256, path, &job->error));
        if (!job->status)
            tell_known(a, job, sha256, &known);
    }
    catalog_known_clear(&known);
    free(path);
    return job->status;
}

// ---- The main thread ---------------------------------------------------------------------------

// Begins the record of a job's photo.
static int begin_record(struct adder *a, struct job *job, const json_t *source)
{
    char *path = a->writes ? path_of(job) : strdup(""); // nobody reads where it lies
    const char *sha256 = json_string_value(json_object_get(source, "sha256"));
    const json_int_t bytes = json_integer_value(json_object_get(source, "bytes"));
    json_decref(a->record);
    a->record = path ? record_new(path, sha256 ? sha256 : "", bytes, a->model, job->status,
                                  job->status ? reason_of(job) : NULL)
                     : NULL;
    a->record_of = job->entry;
    free(path);
    return a->record || job->status ? job->status : no_memory(job);
}

// Whether the photo came meanwhile, from another file that is still there: that one's path stays.
static int came_meanwhile(struct adder *a, struct job *job)
{
    struct known known;
    const char *path = json_string_value(json_object_get(a->record, "path"));
    const char *sha256 = json_string_value(json_object_get(a->record, "sha256"));
    job_status(job, catalog_known(a->writes, sha256, &known, &job->error));
    const int came = !job->status && known.there && !known.status &&
                     strcmp(known.model, a->model) == 0 && strcmp(known.path, path) != 0 &&
                     access(known.path, F_OK) == 0;
    catalog_known_clear(&known);
    return came;
}

static int put(struct adder *a, struct job *job)
{
    if (a->writes && !came_meanwhile(a, job) && !job->status)
        job_status(job, catalog_put(a->writes, a->record, &job->error));
    if (job->status)
        return job->status;
    if (a->writes && a->batch->options->json) {
        job->text = record_line(a->record);
        job->line = job->text;
        return job->text ? SWATCH_OK : no_memory(job);
    }
    return SWATCH_OK;
}

static int keep(void *user, struct job *job)
{
    struct adder *a = user;
    json_t *result = json_loads(swatch_result_json(job->work), 0, NULL);
    if (!result)
        return no_memory(job);
    if (a->record_of != job->entry)
        begin_record(a, job, json_object_get(result, "source"));
    if (!job->status && record_add(a->record, result))
        no_memory(job);
    json_decref(result);
    if (!job->status && !job->more)
        put(a, job);
    if (job->status || !job->more)
        a->record_of = NULL;
    return job->status;
}

// Keeps that a photo shows nobody, or is damaged: that does not change until the photo does.
static void after(void *user, const struct job *job)
{
    struct adder *a = user;
    struct job failed = {.entry = job->entry, .status = job->status, .error = job->error};
    if (job->there || (job->status != SWATCH_NO_PERSON && job->status != SWATCH_BAD_FILE))
        return;
    json_t *source = source_of(job->entry->path, NULL);
    if (source) {
        begin_record(a, &failed, source);
        a->record_of = NULL;
        if (a->record && catalog_put(a->writes, a->record, &failed.error))
            say("swatch: %s", failed.error.message);
    }
    json_decref(source);
}

static int run_once(void *user, struct batch *batch)
{
    const struct adder *a = user;
    const int status = batch_run(batch);
    if (a->writes)
        batch_tell(batch, NULL);
    return status;
}

static int run(struct adder *a, struct catalog_settings *s, const struct arguments *arguments)
{
    struct batch batch = {.options = &s->extract.batch,
                          .user = a,
                          .made = made,
                          .find = a->writes ? find : NULL,
                          .results = s->extract.people < 4 ? s->extract.people : 4,
                          .begin = extractor_begin,
                          .work = extractor_work,
                          .many = 1,
                          .write = keep,
                          .after = a->writes ? after : NULL,
                          .release = extractor_release,
                          .close = extractor_close};
    a->batch = a->extractor.batch = &batch;
    int status = batch_list(&batch, &verb_catalog, arguments, s->like ? "like" : NULL);
    if (!status)
        status = extractor_start(&a->extractor, &s->extract);
    if (!status)
        status = batch_rounds(&batch, run_once);
    extractor_end(&a->extractor);
    batch_end(&batch);
    return status;
}

static int any_there(const struct arguments *a)
{
    for (int i = 0; i < a->count; i++)
        if (photos_are_there(a->words[i]))
            return 1;
    return 0;
}

int catalog_add(struct catalog_settings *s, const char *place, const struct arguments *arguments)
{
    struct adder a = {.record = NULL};
    swatch_error error;
    int status = SWATCH_OK;
    const int empty = !arguments->count && !s->extract.batch.files_from;
    // Where all that is named is mistyped, no catalogue is made.
    const int makes = empty || s->extract.batch.files_from || any_there(arguments);
    if (makes)
        status = catalog_open(place, ENGINE_MAKE, &a.writes, &error);
    if (makes && !status)
        status = catalog_open(place, ENGINE_WRITE, &a.asks, &error);
    if (status)
        say("swatch: %s", error.message);
    else if (!empty)
        status = run(&a, s, arguments);
    json_decref(a.record);
    catalog_close(a.asks);
    catalog_close(a.writes);
    return status;
}

// The catalogue's own record of a photo.
static json_t *own_record(struct catalog *catalog, const char *path, int64_t *id,
                          swatch_error *error)
{
    struct known known = {0};
    json_t *source = source_of(path, NULL), *record = NULL;
    const char *sha256 = json_string_value(json_object_get(source, "sha256"));
    if (sha256 && !catalog_known(catalog, sha256, &known, error) && known.there && !known.status) {
        *id = catalog_id(sha256);
        catalog_get(catalog, *id, &record, error);
    }
    catalog_known_clear(&known);
    json_decref(source);
    return record;
}

json_t *catalog_like(struct catalog_settings *s, struct catalog *catalog, int64_t *id, int *status)
{
    struct adder a = {.record = NULL};
    struct arguments one = {.words = (char *[]){(char *)s->like}, .count = 1};
    swatch_error error;
    const int json = s->extract.batch.json;
    *id = -1;
    *status = SWATCH_OK;
    json_t *record = own_record(catalog, s->like, id, &error);
    if (record)
        return record;
    s->extract.batch.json = 0;
    *status = run(&a, s, &one);
    s->extract.batch.json = json;
    if (*status) {
        json_decref(a.record);
        return NULL;
    }
    return a.record;
}
