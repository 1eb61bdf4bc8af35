// A photo that fails travels on to the end of the line, so that all is said in the photos' order
// and by one thread.

#include "batch.h"

#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "output.h"
#include "place.h"
#include "progress.h"
#include "queue.h"
#include "say.h"
#include "watch.h"

#define MEMORY_LEAST ((size_t)72 << 20) // bytes; with less, libraries end the process somewhere

struct line {
    struct queue decoded, worked;
    int begun; // what begin() returned; its message is in `error`
    swatch_error error;
    struct places places;
    // Photos between decoding and their end, by the memory that they take.
    pthread_mutex_t lock;
    pthread_cond_t freed;
    size_t memory, most;
    const struct photo_entry *failed; // a part of it failed: what follows of it is passed over
    double started;
};

// Bytes that the call may take.
static size_t call_memory(const struct batch_options *o)
{
    return o->max_memory ? o->max_memory : swatch_memory_share();
}

size_t batch_network_memory(const struct batch_options *o)
{
    return call_memory(o) / 4;
}

// A further result holds half of what a photo takes on its way.
static size_t with_results(const struct batch *b, size_t bytes)
{
    return b->results > 1 ? bytes + bytes / 2 * (b->results - 1) : bytes;
}

static void give_memory(struct line *line, struct job *job)
{
    pthread_mutex_lock(&line->lock);
    line->memory -= job->memory;
    job->memory = 0;
    pthread_cond_signal(&line->freed);
    pthread_mutex_unlock(&line->lock);
}

void batch_free_job(const struct batch *b, struct job *job)
{
    if (!job)
        return;
    give_memory(b->line, job);
    if (b->release)
        b->release(job);
    swatch_photo_free(job->photo);
    free(job->name);
    free(job->folder);
    free(job->saved);
    free(job->text);
    free(job);
}

// ---- Decoding ----------------------------------------------------------------------------------

struct admission {
    const struct batch *b;
    struct job *job;
};

// Waits until the photos before this one leave it room. One alone always has it: the library has
// refused what is larger than all there is.
static int admit(void *user, size_t bytes)
{
    const struct admission *a = user;
    struct line *line = a->b->line;
    bytes = with_results(a->b, bytes);
    pthread_mutex_lock(&line->lock);
    while (line->memory && (bytes > line->most || line->memory > line->most - bytes))
        pthread_cond_wait(&line->freed, &line->lock);
    line->memory += bytes;
    pthread_mutex_unlock(&line->lock);
    a->job->memory = bytes;
    return 0;
}

// Reads the photo of a job that is to be worked on.
static int open_photo(const struct batch *b, struct job *job, const json_t *source)
{
    swatch_photo_options options = SWATCH_PHOTO_OPTIONS_INIT;
    options.max_pixels = b->options->max_pixels;
    options.strict = b->options->strict;
    options.max_memory = b->line->most / with_results(b, 64) * 64;
    options.admit = admit;
    options.user = &(struct admission){b, job};
    job->status = swatch_photo_open(job->entry->path, &options, &job->photo, &job->error);
    if (job->status)
        give_memory(b->line, job);
    if (!job->status && swatch_photo_notice(job->photo))
        snprintf(job->notice, sizeof job->notice, "%s", swatch_photo_notice(job->photo));
    if (job->status || !source)
        return job->status;
    char *text = json_dumps(source, JSON_COMPACT);
    job->status = text ? swatch_photo_set_source(job->photo, text, &job->error)
                       : job_fail(job, SWATCH_FAILED, "out of memory");
    free(text);
    return job->status;
}

// Looks where the results of a job go, and whether they are there.
static int find_place(struct batch *b, struct job *job, json_t **source)
{
    return b->find && !job->entry->fault ? b->find(b->user, job, source)
                                         : place_find(&b->line->places, job, source);
}

static void *decode(void *user)
{
    struct batch *b = user;
    if ((b->options->output || b->find) && b->made && !b->was_made)
        b->was_made = b->made(b->user);
    b->line->places.made = json_incref(b->was_made);
    for (size_t i = 0; i < b->list.count && !interrupted(); i++) {
        struct job *job = calloc(1, sizeof *job);
        json_t *source = NULL;
        if (!job)
            break; // what is left is counted as not begun
        job->entry = &b->list.entries[i];
        job->number = i;
        if (!find_place(b, job, &source) && !job->saved)
            open_photo(b, job, source);
        if (!job->status && job->name && !(job->saved && !*job->saved))
            place_claim(&b->line->places, job, source);
        json_decref(source);
        if (queue_put(&b->line->decoded, i, job)) {
            batch_free_job(b, job);
            break;
        }
    }
    queue_close(&b->line->decoded);
    return NULL;
}

// ---- Work --------------------------------------------------------------------------------------

_Static_assert(POOL_MOST < QUEUE_MOST, "each worker has a place in the queue of what is worked");

// Threads of all networks together.
static size_t all_threads(const struct batch *b)
{
    return b->options->threads ? b->options->threads : swatch_threads();
}

// Photos that can be worked on at the same time. With --watch more may come than there are.
static size_t most_workers(const struct batch *b)
{
    const size_t most = pool_workers(all_threads(b), call_memory(b->options));
    return b->watch || b->list.count > most ? most : b->list.count ? b->list.count : 1;
}

int batch_start_pool(struct batch *b, struct pool *pool, swatch_error *error)
{
    const struct pool_options options = {.workers = most_workers(b),
                                         .all = all_threads(b),
                                         .memory = batch_network_memory(b->options)};
    const int status = pool_start(pool, &options, error);
    b->workers = pool->workers;
    return status;
}

static int ends_list(const struct batch *b, const struct job *job)
{
    return job->number + 1 == b->list.count;
}

struct sessions *batch_take(const struct batch *b, struct pool *pool, const struct job *job)
{
    return pool_take(pool, ends_list(b, job) || queue_ended(&b->line->decoded));
}

int batch_is_last(const struct batch *b, const struct job *job)
{
    return b->workers < 2 && !b->watch && ends_list(b, job);
}

static void *work(void *user)
{
    struct batch *b = user;
    struct line *line = b->line;
    for (struct job *job; (job = queue_take(&line->decoded));) {
        if (line->begun || interrupted())
            job->skipped = 1;
        else if (!job->status && !job->saved)
            job->status = b->work(b->user, job);
        swatch_photo_free(job->photo);
        job->photo = NULL;
        if (queue_put(&line->worked, job->number, job)) {
            batch_free_job(b, job);
            queue_close(&line->decoded);
        }
    }
    return NULL;
}

// The first working thread. It starts the others; where it cannot, there are fewer.
static void *work_first(void *user)
{
    struct batch *b = user;
    struct line *line = b->line;
    pthread_t others[POOL_MOST];
    size_t count = 0;
    // The models are opened while the first photo is decoded.
    line->begun = b->begin ? b->begin(b->user, &line->error) : SWATCH_OK;
    if (line->begun)
        queue_close(&line->decoded);
    while (!line->begun && count + 1 < b->workers &&
           pthread_create(&others[count], NULL, work, b) == 0)
        count++;
    work(b);
    while (count > 0)
        pthread_join(others[--count], NULL);
    queue_close(&line->worked);
    if (b->close && !b->watch)
        b->close(b->user);
    return NULL;
}

int batch_pass(struct batch *b, struct job *part)
{
    return queue_put_part(&b->line->worked, part->number, part);
}

// ---- The end of the line -----------------------------------------------------------------------

// The status of the call after a photo failed: that of the photo, if there is one alone; nobody
// found, if nothing else went wrong.
static int status_after(const struct job *job, size_t photos, int before)
{
    const int telling = photos == 1 || job->status == SWATCH_NO_PERSON;
    return telling && (!before || before == job->status) ? job->status : SWATCH_FAILED;
}

// A path as JSON, in UTF-8.
static json_t *path_json(const char *path)
{
    char *valid = g_utf8_make_valid(path, -1);
    json_t *json = json_string(valid);
    g_free(valid);
    return json;
}

static int print_error(const struct job *job)
{
    json_t *json = json_pack("{so, s{si, ss}}", "photo", path_json(job->entry->path), "error",
                             "status", job->status, "message", job->error.message);
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    const int failed = !text || puts(text) < 0 || output_print("", 0);
    free(text);
    json_decref(json);
    return failed;
}

// Prints what is to be printed of a photo. 0, or -1 if nobody listens.
static int print_line(const struct job *job, int json)
{
    const char *line = job->saved && json ? job->saved : job->line;
    if (job->status && json) {
        progress_clear();
        return print_error(job);
    }
    if (job->status || !line || !*line)
        return 0;
    progress_clear();
    const size_t length = strlen(line);
    return fwrite(line, 1, length, stdout) != length ||
           (line[length - 1] != '\n' && putchar('\n') < 0) || output_print("", 0);
}

static void show(const struct batch *b, const struct job *job)
{
    const size_t through = b->done + b->there + b->failed, all = b->list.count;
    const double seconds = clock_seconds() - b->line->started;
    const size_t worked = b->done + b->failed;
    char speed[64] = "";
    if (worked > 0 && seconds > 0) {
        const double left = (double)(all - through) * seconds / (double)worked;
        snprintf(speed, sizeof speed, "%.3g photos/s  %.0f %s left  ", (double)worked / seconds,
                 left < 100 ? left : left / 60, left < 100 ? "s" : "min");
    }
    progress_show((double)through / (double)all, "%zu of %zu  %s%s", through, all, speed,
                  job->entry->path);
}

// Counts a photo and says what went wrong.
static void count(struct batch *b, const struct job *job)
{
    if (*job->notice && !b->options->quiet)
        say("swatch: %s: %s", job->entry->path, job->notice);
    if (job->status) {
        say("swatch: %s", job->error.message);
        b->failed++;
        b->status = status_after(job, b->list.count, b->status);
    } else if (job->there) {
        b->there++;
    } else {
        b->done++;
    }
    if (b->after)
        b->after(b->user, job);
}

static void finish(struct batch *b)
{
    for (struct job *job; (job = queue_take(&b->line->worked)); batch_free_job(b, job)) {
        if (job->skipped || b->line->failed == job->entry)
            continue;
        if (!job->status && !job->saved)
            job->status = b->write(b->user, job);
        if (job->status == SWATCH_EXISTS)
            place_done_meanwhile(&b->line->places, job);
        if (job->status && job->more)
            b->line->failed = job->entry;
        else if (job->more)
            continue;
        if (print_line(job, b->options->json)) {
            // Nobody listens any more: whatever is done from here on is lost.
            b->failed++;
            b->status = SWATCH_FAILED;
            b->stopped = 1;
            queue_close(&b->line->worked);
            continue;
        }
        count(b, job);
        show(b, job);
    }
    progress_clear();
}

static int start(pthread_t *thread, void *(*function)(void *), struct batch *b)
{
    if (pthread_create(thread, NULL, function, b) == 0)
        return 0;
    say("swatch: no thread can be started");
    b->status = SWATCH_FAILED;
    return -1;
}

// Whether there may be results to write. Where all that is named is mistyped, no folder is made.
static int has_output(const struct batch *b)
{
    int any = b->watch || b->after; // after() may write a report, also of what failed
    for (size_t i = 0; i < b->list.count && !any; i++)
        any = !b->list.entries[i].fault && photos_are_there(b->list.entries[i].path);
    return b->options->output && any;
}

int batch_run(struct batch *b)
{
    struct line line = {.started = clock_seconds(),
                        .places = {b->options, b->file, b->always, NULL, NULL}};
    pthread_t decoder, worker;
    line.most = call_memory(b->options) / 2;
    if (has_output(b) && output_folder(b->options->output)) {
        b->stopped = 1;
        return b->status = SWATCH_FAILED;
    }
    if (swatch_memory_share() < MEMORY_LEAST) {
        say("swatch: out of memory");
        b->stopped = 1;
        return b->status = SWATCH_FAILED;
    }
    b->line = &line;
    // A closed pipe and a file that grows too large are errors to tell of, not an end halfway.
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    interrupt_catch();
    pthread_mutex_init(&line.lock, NULL);
    pthread_cond_init(&line.freed, NULL);
    if (!b->workers) // else --watch found more photos
        b->workers = b->many ? most_workers(b) : 1;
    queue_start(&line.decoded, 2);
    queue_start(&line.worked, b->workers + 1);
    progress_start(b->options->quiet);
    if (start(&worker, work_first, b))
        goto done;
    // Without a decoder there is nothing to work on.
    const int decodes = !start(&decoder, decode, b);
    if (!decodes)
        queue_close(&line.decoded);
    finish(b);
    pthread_join(worker, NULL);
    if (decodes)
        pthread_join(decoder, NULL);
    if (line.begun) {
        say("swatch: %s", line.error.message);
        b->stopped = 1;
        b->status = line.begun == SWATCH_USAGE ? SWATCH_USAGE : SWATCH_FAILED;
    } else if (b->done + b->there + b->failed < b->list.count) {
        b->status = SWATCH_FAILED;
    }
done:
    place_end(&line.places);
    queue_end(&line.decoded);
    queue_end(&line.worked);
    pthread_cond_destroy(&line.freed);
    pthread_mutex_destroy(&line.lock);
    b->line = NULL;
    return b->status;
}

void batch_tell(const struct batch *b, const char *also)
{
    const size_t left = b->list.count - b->done - b->there - b->failed;
    char text[4000];
    size_t used;
    const int begun = b->done + b->there + b->failed > 0 || interrupted();
    if (b->options->quiet || (b->stopped && !begun) ||
        (b->list.count == 1 && !left && (b->status || !b->options->output)))
        return;
    used = (size_t)snprintf(text, sizeof text, "%zu done, %zu failed", b->done, b->failed);
    if (b->there)
        used += (size_t)snprintf(text + used, sizeof text - used, ", %zu there already", b->there);
    if (also)
        used += (size_t)snprintf(text + used, sizeof text - used, ", %s", also);
    if (left)
        used += (size_t)snprintf(text + used, sizeof text - used, ", %zu not begun: %s", left,
                                 interrupted() ? "interrupted" : "stopped");
    if (b->options->output && b->done + b->there)
        snprintf(text + used, sizeof text - used, "; results are in %s", b->options->output);
    say("%s", text);
}

// ---- The list of photos ------------------------------------------------------------------------

int batch_list(struct batch *b, const struct verb *verb, const struct arguments *arguments,
               const char *one)
{
    const struct batch_options *o = b->options;
    int inputs = o->files_from && strcmp(o->files_from, "-") == 0;
    b->list = (struct photo_list){
        .recursive = o->recursive, .shard = o->shard, .shards = o->shards, .output = o->output};
    if (!arguments->count && !o->files_from)
        return table_wrong(verb, "no photo is named");
    if (o->watch) {
        if (!(b->watch = watch_new()))
            return SWATCH_FAILED;
        b->list.visit = watch_folder;
        b->list.user = b->watch;
    }
    for (int i = 0; i < arguments->count; i++)
        inputs += strcmp(arguments->words[i], "-") == 0;
    if (inputs > 1)
        return table_wrong(verb, "standard input is only one photo, or one list");
    for (int i = 0; i < arguments->count; i++)
        if (photos_add(&b->list, arguments->words[i])) {
            say("swatch: out of memory");
            return SWATCH_FAILED;
        }
    if (o->files_from && photos_add_from(&b->list, o->files_from, o->zero))
        return SWATCH_FAILED;
    if (one && b->list.count != 1)
        return table_wrong(verb, "--%s goes with one photo, not with %zu", one, b->list.count);
    return SWATCH_OK;
}

const char *batch_read_shard(void *options, const char *text)
{
    struct batch_options *o = options;
    char end;
    if (strspn(text, "0123456789/") != strlen(text) ||
        sscanf(text, "%zu/%zu%c", &o->shard, &o->shards, &end) != 2 || o->shard < 1 ||
        o->shard > o->shards)
        return "must be K/N with K from 1 to N";
    return NULL;
}

const char *batch_read_memory(void *options, const char *text)
{
    static const char units[] = "BKMG";
    struct batch_options *o = options;
    char unit = *units, end;
    const int read =
        *text >= '0' && *text <= '9' ? sscanf(text, "%zu%c%c", &o->max_memory, &unit, &end) : 0;
    const char *known = strchr(units, unit);
    const int shift = known ? 10 * (int)(known - units) : 0;
    if (read < 1 || read > 2 || !known || !o->max_memory || o->max_memory > SIZE_MAX >> shift)
        return "must be a number of bytes, as 800M or 4G";
    o->max_memory <<= shift;
    return NULL;
}

// With --watch: waits for photos to appear and makes the list of them. 1: the batch is to be run
// again; 0: there is an end to it.
static int wait_for_more(struct batch *b)
{
    struct photo_list next = b->list;
    if (!b->watch || b->stopped || interrupted())
        return 0;
    next.entries = NULL;
    next.count = next.room = 0;
    photos_free(&b->list);
    b->list = next;
    b->done = b->there = b->failed = 0;
    b->status = SWATCH_OK;
    if (watch_wait(b->watch, &b->list) == 0)
        return 1;
    if (!interrupted())
        b->status = SWATCH_FAILED;
    return 0;
}

int batch_rounds(struct batch *b, int (*round)(void *user, struct batch *b))
{
    int status = SWATCH_OK;
    do {
        const int failed = round(b->user, b);
        status = status ? status : failed;
    } while (wait_for_more(b));
    return status ? status : b->status;
}

void batch_end(struct batch *b)
{
    watch_free(b->watch);
    photos_free(&b->list);
    json_decref(b->was_made);
}
