// Three threads do a photo's three parts, so that over many photos they overlap: one decodes, one
// runs the network and measures, and the main thread writes files, says what went wrong and counts.
// A photo that fails travels on to the end of the line, so that all is said in the photos' order
// and by one thread.

#include "extract_line.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_file.h"
#include "output.h"
#include "progress.h"
#include "queue.h"
#include "say.h"

struct job {
    const struct photo_entry *entry;
    swatch_photo *photo;
    swatch_result *result;
    uint8_t *mask;
    size_t mask_width, mask_height;
    size_t number, of; // person `number` (from 1) of so many in the photo's album; 0: no album
    int status;
    swatch_error error;
};

struct line {
    const struct extract_settings *settings;
    const struct photo_list *list;
    struct queue decoded, extracted;
    swatch_report *report;          // or NULL
    swatch_album *album;            // of the photo whose people are being saved, or NULL
    const struct photo_entry *told; // a photo of which one person failed; the rest is passed over
    // Set by the network's thread before it closes `extracted`: the model cannot be used.
    int model_status;
    swatch_error model_error;
};

static void job_free(struct job *job)
{
    if (!job)
        return;
    swatch_photo_free(job->photo);
    swatch_result_free(job->result);
    swatch_free(job->mask);
    free(job);
}

static char *folder_of(const struct extract_settings *s, const struct photo_entry *entry)
{
    return output_path(s->output, entry->name, NULL);
}

static int fail(struct job *job, const char *format, const char *what)
{
    snprintf(job->error.message, sizeof job->error.message, format, what);
    return job->status = job->error.status = SWATCH_FAILED;
}

// Before anything is decoded: is there something to do, and will there be room for its folder?
static int check(const struct extract_settings *s, struct job *job)
{
    if (job->entry->fault)
        return fail(job, "%s", job->entry->fault);
    if (!s->output || s->how & SWATCH_REPLACE)
        return SWATCH_OK;
    char *folder = folder_of(s, job->entry);
    if (!folder)
        return fail(job, "%s", "out of memory");
    const int taken = output_taken(folder, &job->error);
    free(folder);
    return taken ? SWATCH_FAILED : SWATCH_OK;
}

static void *decode(void *user)
{
    struct line *line = user;
    const struct extract_settings *s = line->settings;
    for (size_t i = 0; i < line->list->count && !interrupted(); i++) {
        struct job *job = calloc(1, sizeof *job);
        if (!job)
            break; // what is left is counted as not begun
        job->entry = &line->list->entries[i];
        job->status = check(s, job);
        swatch_photo_options options = SWATCH_PHOTO_OPTIONS_INIT;
        options.max_pixels = s->max_pixels;
        if (!job->status)
            job->status = swatch_photo_open(job->entry->path, &options, &job->photo, &job->error);
        if (!job->status && s->person_mask)
            job->status = swatch_mask_open(s->person_mask, &options, &job->mask, &job->mask_width,
                                           &job->mask_height, &job->error);
        if (queue_put(&line->decoded, job)) {
            job_free(job);
            break;
        }
    }
    queue_close(&line->decoded);
    return NULL;
}

// What the network's thread works with.
struct tools {
    swatch_model *model, *person_model;
    swatch_session *session, *people; // people: NULL without the person step
};

static int tools_open(struct tools *t, const struct extract_settings *s, swatch_error *error)
{
    char path[PATH_MAX], person[PATH_MAX], room[PATH_MAX];
    const char *classes = s->classes ? class_file(s->classes, room) : NULL;
    *person = 0;
    if ((s->classes && !classes) || !model_file(s->model, s->classes, path) ||
        (!s->person_mask && person_model_file(s->person, s->wants_people, person)))
        return SWATCH_FAILED;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = (swatch_precision)s->precision;
    options.classes = classes;
    if (swatch_model_open(path, &options, &t->model, error) ||
        swatch_session_new(t->model, NULL, &t->session, error))
        return SWATCH_FAILED;
    options.classes = NULL;
    if (*person && (swatch_model_open(person, &options, &t->person_model, error) ||
                    swatch_session_new(t->person_model, NULL, &t->people, error)))
        return SWATCH_FAILED;
    return SWATCH_OK;
}

static void tools_close(struct tools *t)
{
    swatch_session_free(t->session);
    swatch_session_free(t->people);
    swatch_model_free(t->model);
    swatch_model_free(t->person_model);
}

// The clothes of the n-th largest person.
static int extract_person(const struct tools *t, const struct extract_settings *s,
                          const swatch_photo *photo, const swatch_people *people, size_t n,
                          struct job *job)
{
    swatch_extract_options options = s->extract;
    options.size = sizeof options;
    const size_t index = swatch_people_largest(people, n);
    options.mask_width = swatch_photo_width(photo);
    options.mask_height = swatch_photo_height(photo);
    uint8_t *mask = malloc(options.mask_width * options.mask_height);
    if (!mask)
        return fail(job, "%s", "out of memory");
    swatch_people_mask(people, index, mask);
    options.person_mask = mask;
    options.person_reach = SWATCH_PERSON_REACH;
    options.person = swatch_people_get(people, index);
    job->status = swatch_extract(t->session, photo, &options, &job->result, &job->error);
    free(mask);
    return job->status;
}

// All that were asked for but the last are put on the line as jobs of their own; `job`, which has
// the photo, becomes the last, or the one that failed. Returns what queue_put does.
static int extract_album(struct line *line, const struct tools *t, const swatch_people *people,
                         struct job *job)
{
    const struct extract_settings *s = line->settings;
    const size_t there = swatch_people_count(people), of = there < s->people ? there : s->people;
    job->of = of;
    for (size_t i = 0; i + 1 < of && !job->status; i++) {
        struct job *one = calloc(1, sizeof *one);
        if (!one) {
            fail(job, "%s", "out of memory");
            break;
        }
        one->entry = job->entry;
        one->number = i + 1;
        one->of = of;
        if (extract_person(t, s, job->photo, people, i, one)) {
            job->status = one->status;
            job->error = one->error;
            job_free(one);
        } else if (queue_put(&line->extracted, one)) {
            job_free(one);
            return -1;
        }
    }
    job->number = of;
    if (!job->status)
        extract_person(t, s, job->photo, people, of - 1, job);
    return 0;
}

// One photo. Returns what queue_put does.
static int extract_photo(struct line *line, const struct tools *t, struct job *job)
{
    const struct extract_settings *s = line->settings;
    swatch_people *people = NULL;
    int ended = 0;
    if (!t->people) {
        swatch_extract_options options = s->extract;
        options.size = sizeof options;
        options.person_mask = job->mask;
        options.mask_width = job->mask_width;
        options.mask_height = job->mask_height;
        job->status = swatch_extract(t->session, job->photo, &options, &job->result, &job->error);
        return 0;
    }
    job->status = swatch_people_find(t->people, job->photo, NULL, &people, &job->error);
    if (!job->status && swatch_people_count(people) == 0) {
        fail(job, "%s: nobody is found; --person none goes on without", job->entry->path);
        job->status = SWATCH_NO_PERSON;
    }
    if (!job->status && s->people)
        ended = extract_album(line, t, people, job);
    else if (!job->status)
        extract_person(t, s, job->photo, people, 0, job);
    swatch_people_free(people);
    return ended;
}

static void *extract(void *user)
{
    struct line *line = user;
    struct tools tools = {0};
    // The models are opened while the first photo is decoded.
    line->model_status = tools_open(&tools, line->settings, &line->model_error);
    if (line->model_status)
        queue_close(&line->decoded);
    for (struct job *job; (job = queue_take(&line->decoded));) {
        if (line->model_status || interrupted()) {
            job_free(job);
            continue;
        }
        const int ended = job->status ? 0 : extract_photo(line, &tools, job);
        swatch_photo_free(job->photo);
        job->photo = NULL;
        if (ended || queue_put(&line->extracted, job)) {
            job_free(job);
            queue_close(&line->decoded);
        }
    }
    queue_close(&line->extracted);
    tools_close(&tools);
    return NULL;
}

static void save(const struct extract_settings *s, struct job *job)
{
    if (!s->output || job->status)
        return;
    char *folder = folder_of(s, job->entry);
    job->status = folder ? swatch_result_save(job->result, folder, s->how, &job->error)
                         : fail(job, "%s", "out of memory");
    free(folder);
}

// One person more of a photo; with the last the photo's folder appears.
static void save_in_album(struct line *line, struct job *job)
{
    const struct extract_settings *s = line->settings;
    if (!job->status && job->number == 1) {
        char *folder = s->output ? folder_of(s, job->entry) : NULL;
        job->status = s->output && !folder
                          ? fail(job, "%s", "out of memory")
                          : swatch_album_new(folder, s->how, &line->album, &job->error);
        free(folder);
    }
    if (!job->status)
        job->status = swatch_album_add(line->album, job->result, &job->error);
    if (!job->status && job->number == job->of)
        job->status = swatch_album_finish(line->album, &job->error);
    if (job->status)
        line->told = job->entry;
}

static void close_album(struct line *line)
{
    swatch_album_free(line->album);
    line->album = NULL;
}

struct count {
    size_t done, failed;
    int status; // of the command
};

// A report that cannot be kept or written is a failure of its own: the photos are done.
static void report(struct line *line, const struct job *job, struct count *count)
{
    swatch_error error;
    if (!line->report)
        return;
    char person[32], *folder = NULL;
    snprintf(person, sizeof person, "person-%zu", job->number);
    if (job->of)
        folder = output_path(job->entry->name, person, NULL);
    if (job->status ? swatch_report_fail(line->report, job->entry->path, job->error.message, &error)
                    : swatch_report_add(line->report, job->result,
                                        folder ? folder : job->entry->name, &error)) {
        say("swatch: the report: %s", error.message);
        count->status = SWATCH_FAILED;
    }
    free(folder);
}

// The command's status after a photo failed: that of the photo, if there is one alone; nobody
// found, if nothing else went wrong.
static int status_after(const struct job *job, size_t photos, int before)
{
    const int telling = photos == 1 || job->status == SWATCH_NO_PERSON;
    return telling && (!before || before == job->status) ? job->status : SWATCH_FAILED;
}

// The end of the line.
static void finish(struct line *line, struct count *count)
{
    const struct extract_settings *s = line->settings;
    const size_t photos = line->list->count;
    for (struct job *job; (job = queue_take(&line->extracted)); job_free(job)) {
        if (job->of && line->told == job->entry)
            continue;
        if (job->of)
            save_in_album(line, job);
        else
            save(s, job);
        if (!job->status && job->number < job->of) {
            report(line, job, count);
            continue;
        }
        if (!job->status && s->json) {
            progress_clear();
            if (puts(job->of ? swatch_album_json(line->album) : swatch_result_json(job->result)) <
                    0 ||
                fflush(stdout)) {
                // Nobody listens any more: whatever is done from here on is lost.
                say("swatch: standard output: %s", strerror(errno));
                clearerr(stdout);
                close_album(line);
                count->failed++;
                count->status = SWATCH_FAILED;
                queue_close(&line->extracted);
                continue;
            }
        }
        if (job->status) {
            progress_clear();
            say("swatch: %s", job->error.message);
            count->failed++;
            count->status = status_after(job, photos, count->status);
        } else {
            count->done++;
        }
        close_album(line);
        report(line, job, count);
        progress_show((double)(count->done + count->failed) / (double)photos, "%zu of %zu  %s",
                      count->done + count->failed, photos, job->entry->path);
    }
    close_album(line);
    progress_clear();
}

int extract_line(const struct extract_settings *s, const struct photo_list *list)
{
    struct line line = {.settings = s, .list = list};
    struct count count = {0};
    pthread_t decoder, extractor;
    swatch_error error;

    if (s->report && swatch_report_new(s->output, s->how & SWATCH_REPLACE, &line.report, &error)) {
        say("swatch: %s", error.message);
        return SWATCH_FAILED;
    }
    interrupt_catch();
    queue_start(&line.decoded);
    queue_start(&line.extracted);
    progress_start(s->quiet);
    if (pthread_create(&decoder, NULL, decode, &line)) {
        say("swatch: no thread can be started");
        count.status = SWATCH_FAILED;
        goto done;
    }
    if (pthread_create(&extractor, NULL, extract, &line)) {
        say("swatch: no thread can be started");
        count.status = SWATCH_FAILED;
        queue_close(&line.decoded);
        pthread_join(decoder, NULL);
        for (struct job *job; (job = queue_take(&line.decoded));)
            job_free(job);
        goto done;
    }
    finish(&line, &count);
    pthread_join(extractor, NULL);
    pthread_join(decoder, NULL);
    if (line.model_status) {
        if (*line.model_error.message)
            say("swatch: %s", line.model_error.message);
        count.status = SWATCH_FAILED;
        goto done;
    }
    if (line.report && swatch_report_save(line.report, &error)) {
        say("swatch: %s", error.message);
        count.status = SWATCH_FAILED;
    }
    const size_t left = list->count - count.done - count.failed;
    if (left > 0)
        count.status = SWATCH_FAILED;
    if (!s->quiet && (list->count > 1 || left > 0)) {
        fprintf(stderr, "%zu done, %zu failed", count.done, count.failed);
        fprintf(stderr, left ? ", %zu not begun: %s\n" : "\n", left,
                interrupted() ? "interrupted" : "stopped");
    }
done:
    swatch_report_free(line.report);
    queue_end(&line.decoded);
    queue_end(&line.extracted);
    return count.status;
}
