#include "workers.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "key.h"
#include "task.h"

struct worker {
    struct workers *workers;
    pthread_t thread;
    struct desk desk;
};

static size_t memory_of(const struct server_options *options)
{
    return options->max_memory ? options->max_memory : swatch_memory_share();
}

// By default as many as the machine has processors and memory for.
size_t workers_wanted(const struct server_options *options)
{
    return options->workers ? options->workers : pool_workers(swatch_threads(), memory_of(options));
}

size_t workers_photo_memory(const struct server_options *options)
{
    return memory_of(options) / 2 / workers_wanted(options);
}

void workers_begin(struct workers *w, const struct server_options *options, struct metrics *metrics,
                   struct decoders *decoders, void (*done)(struct exchange *exchange))
{
    *w = (struct workers){
        .options = options, .done = done, .metrics = metrics, .decoders = decoders};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    g_queue_init(&w->queue);
    cache_start(&w->cache, options->cache);
}

// What most photos need is made before the first comes. The first worker also prepares the wide
// sessions, which the first photo will use.
static void prepare(struct worker *me)
{
    struct pool *pool = &me->workers->pool;
    if (me == me->workers->each && pool->wide.clothes)
        swatch_session_prepare(pool->wide.clothes, 1, 2, NULL);
    swatch_session_prepare(me->desk.sessions->clothes, 1, 2, NULL);
    pool_give(pool, me->desk.sessions);
}

// Waits for a request. NULL: no more will come.
static struct exchange *take(struct workers *w)
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
    struct workers *w = me->workers;
    prepare(me);
    for (struct exchange *exchange; (exchange = take(w));) {
        atomic_fetch_add(&w->busy, 1);
        me->desk.sessions = pool_take(&w->pool, workers_waiting(w) == 0);
        exchange->taken = clock_seconds();
        metrics_time(w->metrics, STAGE_WAIT, exchange->taken - exchange->received);
        task_run(&me->desk, exchange);
        pool_give(&w->pool, me->desk.sessions);
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

static int open_models(struct workers *w, swatch_error *error)
{
    const struct server_options *o = w->options;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = o->precision;
    int status = o->person ? open_model(o->person, &options, 1, &w->pool.people, error) : SWATCH_OK;
    options.classes = o->classes;
    return status ? status : open_model(o->model, &options, 0, &w->pool.clothes, error);
}

static int start_worker(struct workers *w, struct worker *me, swatch_error *error)
{
    const struct server_options *o = w->options;
    *me = (struct worker){.workers = w,
                          .desk = {.options = o,
                                   .sessions = pool_take(&w->pool, 0),
                                   .memory = workers_photo_memory(o),
                                   .decoder = {.all = w->decoders, .connection = -1},
                                   .models = w->models,
                                   .cache = &w->cache,
                                   .metrics = w->metrics}};
    if (w->decoders)
        decoder_begin(&me->desk.decoder); // if this fails, so will decoding, and that tells
    if (pthread_create(&me->thread, NULL, work, me) == 0)
        return SWATCH_OK;
    decoder_end(&me->desk.decoder);
    snprintf(error->message, sizeof error->message, "a thread cannot be started");
    return error->status = SWATCH_FAILED;
}

int workers_start(struct workers *w, swatch_error *error)
{
    const struct pool_options options = {.workers = workers_wanted(w->options),
                                         .threads = w->options->threads,
                                         .all = swatch_threads(),
                                         .memory = memory_of(w->options) / 4};
    int status = open_models(w, error);
    if (!status)
        key_of_models(w->options, w->pool.clothes, w->pool.people, w->models);
    status = status ? status : pool_start(&w->pool, &options, error);
    if (!status && !(w->each = calloc(w->pool.workers, sizeof *w->each))) {
        snprintf(error->message, sizeof error->message, "out of memory");
        status = error->status = SWATCH_NO_MEMORY;
    }
    while (!status && w->count < w->pool.workers)
        if (!(status = start_worker(w, &w->each[w->count], error)))
            w->count++;
    if (!status)
        atomic_store(&w->ready, 1);
    return status;
}

size_t workers_waiting(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    const size_t length = w->queue.length, waiting = length > w->idle ? length - w->idle : 0;
    pthread_mutex_unlock(&w->lock);
    return waiting;
}

int workers_put(struct workers *w, struct exchange *exchange)
{
    pthread_mutex_lock(&w->lock);
    const int full = w->closed || w->queue.length >= w->idle + w->options->queue;
    if (!full)
        g_queue_push_tail(&w->queue, exchange);
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return full ? -1 : 0;
}

void workers_stop(struct workers *w)
{
    atomic_store(&w->ready, 0);
    pthread_mutex_lock(&w->lock);
    w->closed = 1;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->count; i++) {
        pthread_join(w->each[i].thread, NULL);
        decoder_end(&w->each[i].desk.decoder);
    }
}

void workers_free(struct workers *w)
{
    free(w->each);
    pool_end(&w->pool);
    g_queue_clear(&w->queue);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    cache_end(&w->cache);
}
