#include "works.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "key.h"
#include "task.h"

#define WORKER_MEMORY ((size_t)512 << 20) // bytes that a worker should find
#define WORKERS_MOST 64
// Threads for a worker that is alone. Each worker is that at some time, and OpenMP keeps the
// threads that it had.
#define WIDE_MOST 8

struct worker {
    struct works *works;
    pthread_t thread;
    struct sessions sessions;
    struct desk desk;
};

static size_t memory_of(const struct server_options *options)
{
    return options->max_memory ? options->max_memory : swatch_memory_share();
}

// By default as many as the machine has processors and memory for.
size_t works_workers(const struct server_options *options)
{
    size_t count = swatch_threads();
    if (options->workers)
        return options->workers;
    if (count > memory_of(options) / WORKER_MEMORY)
        count = memory_of(options) / WORKER_MEMORY;
    if (count > WORKERS_MOST)
        count = WORKERS_MOST;
    return count ? count : 1;
}

size_t works_photo_memory(const struct server_options *options)
{
    return memory_of(options) / 2 / works_workers(options);
}

void works_begin(struct works *w, const struct server_options *options, struct metrics *metrics,
                 struct decoders *decoders, void (*done)(struct exchange *exchange))
{
    *w = (struct works){.options = options, .done = done, .metrics = metrics, .decoders = decoders};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    g_queue_init(&w->queue);
    cache_start(&w->cache, options->cache);
}

static void end_sessions(struct sessions *sessions)
{
    swatch_session_free(sessions->clothes);
    swatch_session_free(sessions->people);
}

static void end_worker(struct worker *worker)
{
    end_sessions(&worker->sessions);
    decoder_end(&worker->desk.decoder);
}

// What most photos need is made before the first comes. The first worker also prepares the wide
// sessions, which the first photo will use.
static void prepare(struct worker *me)
{
    struct works *w = me->works;
    if (me == w->workers && w->wide.clothes) {
        swatch_session_prepare(w->wide.clothes, 1, 2, NULL);
        atomic_store(&w->has_wide, 1);
    }
    swatch_session_prepare(me->sessions.clothes, 1, 2, NULL);
}

// Waits for a request. NULL: no more will come.
static struct exchange *take(struct works *w)
{
    pthread_mutex_lock(&w->lock);
    w->idle++;
    while (!w->queue.length && !w->closed)
        pthread_cond_wait(&w->changed, &w->lock);
    w->idle--;
    struct exchange *exchange = g_queue_pop_head(&w->queue);
    pthread_mutex_unlock(&w->lock);
    return exchange;
}

static void *work(void *user)
{
    struct worker *me = user;
    struct works *w = me->works;
    prepare(me);
    for (struct exchange *exchange; (exchange = take(w));) {
        const int alone = atomic_fetch_add(&w->busy, 1) == 0 && works_waiting(w) == 0;
        me->desk.sessions = alone && atomic_load(&w->has_wide) ? &w->wide : &me->sessions;
        exchange->taken = clock_seconds();
        metrics_time(w->metrics, STAGE_WAIT, exchange->taken - exchange->received);
        task_run(&me->desk, exchange);
        atomic_fetch_sub(&w->busy, 1);
        w->done(exchange);
    }
    return NULL;
}

// Opens a model, which must find people or must not.
static int open_model(const char *path, const swatch_model_options *options, int people,
                      swatch_model **model, swatch_error *error)
{
    const int status = swatch_model_open(path, options, model, error);
    if (status || swatch_model_finds_people(*model) == people)
        return status;
    snprintf(error->message, sizeof error->message, "%s: the model finds %s", path,
             people ? "no people" : "people, not clothes");
    return error->status = SWATCH_USAGE;
}

static int open_models(struct works *w, swatch_error *error)
{
    const struct server_options *o = w->options;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = o->precision;
    int status = o->person ? open_model(o->person, &options, 1, &w->people, error) : SWATCH_OK;
    options.classes = o->classes;
    return status ? status : open_model(o->model, &options, 0, &w->clothes, error);
}

static int new_sessions(const struct works *w, size_t threads, size_t workers,
                        struct sessions *sessions, swatch_error *error)
{
    swatch_session_options options = SWATCH_SESSION_OPTIONS_INIT;
    options.threads = threads ? (unsigned)threads : 1;
    options.max_memory = memory_of(w->options) / 4 / workers;
    int status = swatch_session_new(w->clothes, &options, &sessions->clothes, error);
    if (!status && w->people)
        status = swatch_session_new(w->people, &options, &sessions->people, error);
    return status;
}

static int start_worker(struct works *w, struct worker *me, size_t workers, swatch_error *error)
{
    const struct server_options *o = w->options;
    *me = (struct worker){.works = w,
                          .desk = {.options = o,
                                   .memory = works_photo_memory(o),
                                   .decoder = {.all = w->decoders, .connection = -1},
                                   .models = w->models,
                                   .cache = &w->cache,
                                   .metrics = w->metrics}};
    if (w->decoders)
        decoder_begin(&me->desk.decoder); // if this fails, so will decoding, and that tells
    int status = new_sessions(w, o->threads ? o->threads : swatch_threads() / workers, workers,
                              &me->sessions, error);
    if (!status && pthread_create(&me->thread, NULL, work, me)) {
        snprintf(error->message, sizeof error->message, "a thread cannot be started");
        status = error->status = SWATCH_FAILED;
    }
    if (status)
        end_worker(me);
    return status;
}

int works_start(struct works *w, swatch_error *error)
{
    const size_t count = works_workers(w->options);
    int status = open_models(w, error);
    if (!status)
        key_of_models(w->options, w->clothes, w->people, w->models);
    if (!status && !(w->workers = calloc(count, sizeof *w->workers))) {
        snprintf(error->message, sizeof error->message, "out of memory");
        status = error->status = SWATCH_NO_MEMORY;
    }
    const size_t wide = swatch_threads() < WIDE_MOST ? swatch_threads() : WIDE_MOST;
    if (!status && !w->options->threads && wide > swatch_threads() / count)
        status = new_sessions(w, wide, count, &w->wide, error);
    while (!status && w->count < count)
        if (!(status = start_worker(w, &w->workers[w->count], count, error)))
            w->count++;
    if (!status)
        atomic_store(&w->ready, 1);
    return status;
}

size_t works_waiting(struct works *w)
{
    pthread_mutex_lock(&w->lock);
    const size_t length = w->queue.length, waiting = length > w->idle ? length - w->idle : 0;
    pthread_mutex_unlock(&w->lock);
    return waiting;
}

int works_put(struct works *w, struct exchange *exchange)
{
    pthread_mutex_lock(&w->lock);
    const int full = w->closed || w->queue.length >= w->idle + w->options->queue;
    if (!full)
        g_queue_push_tail(&w->queue, exchange);
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return full ? -1 : 0;
}

void works_stop(struct works *w)
{
    atomic_store(&w->ready, 0);
    pthread_mutex_lock(&w->lock);
    w->closed = 1;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->count; i++) {
        pthread_join(w->workers[i].thread, NULL);
        end_worker(&w->workers[i]);
    }
}

void works_free(struct works *w)
{
    end_sessions(&w->wide);
    free(w->workers);
    swatch_model_free(w->clothes);
    swatch_model_free(w->people);
    g_queue_clear(&w->queue);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    cache_end(&w->cache);
}
