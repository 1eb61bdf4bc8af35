#include "works.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "task.h"

#define WORKER_MEMORY ((size_t)512 << 20) // bytes that a worker should find
#define WORKERS_MOST 64

struct worker {
    struct works *works;
    pthread_t thread;
    struct desk desk;
};

static struct exchange enough; // in the queue: a worker's end

void works_begin(struct works *w, const struct server_options *options,
                 void (*done)(struct exchange *exchange))
{
    *w = (struct works){.options = options, .done = done, .queue = g_async_queue_new()};
}

// The buffers for most photos are made before the first comes.
static void *work(void *user)
{
    struct worker *me = user;
    struct works *w = me->works;
    swatch_session_prepare(me->desk.clothes, 1, 2, NULL);
    for (;;) {
        struct exchange *exchange = g_async_queue_pop(w->queue);
        if (exchange == &enough)
            return NULL;
        atomic_fetch_add(&w->busy, 1);
        exchange->taken = clock_seconds();
        task_run(&me->desk, exchange);
        atomic_fetch_sub(&w->busy, 1);
        w->done(exchange);
    }
}

static int open_models(struct works *w, swatch_error *error)
{
    const struct server_options *o = w->options;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = o->precision;
    int status = SWATCH_OK;
    if (o->person)
        status = swatch_model_open(o->person, &options, &w->people, error);
    options.classes = o->classes;
    return status ? status : swatch_model_open(o->model, &options, &w->clothes, error);
}

// By default as many workers as the machine has processors and memory for, and a thread or more for
// each.
static int start_worker(struct works *w, struct worker *me, size_t workers, swatch_error *error)
{
    const struct server_options *o = w->options;
    const size_t memory = o->max_memory ? o->max_memory : swatch_memory_share();
    const size_t threads = o->threads ? o->threads : swatch_threads() / workers;
    swatch_session_options options = SWATCH_SESSION_OPTIONS_INIT;
    options.threads = threads ? (unsigned)threads : 1;
    options.max_memory = memory / 4 / workers;
    *me = (struct worker){.works = w, .desk = {.options = o, .memory = memory / 2 / workers}};
    int status = swatch_session_new(w->clothes, &options, &me->desk.clothes, error);
    if (!status && w->people)
        status = swatch_session_new(w->people, &options, &me->desk.people, error);
    if (!status && pthread_create(&me->thread, NULL, work, me)) {
        snprintf(error->message, sizeof error->message, "a thread cannot be started");
        status = error->status = SWATCH_FAILED;
    }
    if (status) {
        swatch_session_free(me->desk.clothes);
        swatch_session_free(me->desk.people);
    }
    return status;
}

int works_start(struct works *w, swatch_error *error)
{
    const size_t memory = w->options->max_memory ? w->options->max_memory : swatch_memory_share();
    size_t count = w->options->workers;
    if (!count) {
        count = swatch_threads();
        count = count < memory / WORKER_MEMORY ? count : memory / WORKER_MEMORY;
        count = count < WORKERS_MOST ? count : WORKERS_MOST;
        count = count ? count : 1;
    }
    int status = open_models(w, error);
    if (!status && !(w->workers = calloc(count, sizeof *w->workers))) {
        snprintf(error->message, sizeof error->message, "out of memory");
        status = error->status = SWATCH_NO_MEMORY;
    }
    while (!status && w->count < count)
        if (!(status = start_worker(w, &w->workers[w->count], count, error)))
            w->count++;
    if (!status)
        atomic_store(&w->ready, 1);
    return status;
}

int works_put(struct works *w, struct exchange *exchange)
{
    g_async_queue_lock(w->queue);
    // Negative, where workers wait.
    const int full = g_async_queue_length_unlocked(w->queue) >= (gint)w->options->queue;
    if (!full)
        g_async_queue_push_unlocked(w->queue, exchange);
    g_async_queue_unlock(w->queue);
    return full ? -1 : 0;
}

void works_end(struct works *w)
{
    for (size_t i = 0; i < w->count; i++)
        g_async_queue_push(w->queue, &enough);
    for (size_t i = 0; i < w->count; i++) {
        pthread_join(w->workers[i].thread, NULL);
        swatch_session_free(w->workers[i].desk.clothes);
        swatch_session_free(w->workers[i].desk.people);
    }
    free(w->workers);
    swatch_model_free(w->clothes);
    swatch_model_free(w->people);
    g_async_queue_unref(w->queue);
}
