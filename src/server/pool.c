#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

#define WORKER_MEMORY ((size_t)512 << 20) // bytes that a worker should find
// Threads for a worker that is alone. Each worker is that at some time, and OpenMP keeps the
// threads that it had.
#define WIDE_MOST 8

size_t pool_workers(size_t threads, size_t memory)
{
    size_t count = threads < memory / WORKER_MEMORY ? threads : memory / WORKER_MEMORY;
    if (count > POOL_MOST)
        count = POOL_MOST;
    return count ? count : 1;
}

static void end_sessions(struct sessions *s)
{
    swatch_session_free(s->clothes);
    swatch_session_free(s->people);
    *s = (struct sessions){0};
}

static void end_all_sessions(struct pool *p)
{
    for (size_t i = 0; p->each && i < p->workers; i++)
        end_sessions(&p->each[i]);
    end_sessions(&p->wide);
    free(p->each);
    p->each = NULL;
}

static int new_sessions(const struct pool *p, size_t threads, size_t memory, struct sessions *s,
                        swatch_error *error)
{
    swatch_session_options options = SWATCH_SESSION_OPTIONS_INIT;
    options.threads = s->threads = threads ? (unsigned)threads : 1;
    options.max_memory = memory;
    int status = p->clothes ? swatch_session_new(p->clothes, &options, &s->clothes, error) : 0;
    if (!status && p->people)
        status = swatch_session_new(p->people, &options, &s->people, error);
    return status;
}

static int new_all_sessions(struct pool *p, const struct pool_options *o, swatch_error *error)
{
    const size_t threads = o->threads ? o->threads : o->all / p->workers;
    const size_t wide = o->threads ? 0 : o->all < WIDE_MOST ? o->all : WIDE_MOST;
    const size_t memory = o->memory / p->workers;
    int status = SWATCH_OK;
    if (!(p->each = calloc(p->workers, sizeof *p->each))) {
        snprintf(error->message, sizeof error->message, "out of memory");
        return error->status = SWATCH_NO_MEMORY;
    }
    for (size_t i = 0; !status && i < p->workers; i++)
        status = new_sessions(p, threads, memory, &p->each[i], error);
    if (!status && wide > threads)
        status = new_sessions(p, wide, memory, &p->wide, error);
    return status;
}

static int is_too_large(swatch_session *session)
{
    swatch_error error;
    return session && swatch_session_prepare(session, 1, 2, &error) &&
           error.status == SWATCH_TOO_LARGE;
}

// Makes what most photos need. What else fails here fails for a photo, too, and that tells why.
static int too_large(struct sessions *s)
{
    return is_too_large(s->people) || is_too_large(s->clothes);
}

int pool_start(struct pool *p, const struct pool_options *options, swatch_error *error)
{
    pthread_mutex_init(&p->lock, NULL);
    p->workers = options->workers;
    int status = new_all_sessions(p, options, error);
    while (!status && p->workers > 1 && too_large(&p->each[0])) {
        end_all_sessions(p);
        p->workers /= 2;
        status = new_all_sessions(p, options, error);
    }
    return status;
}

struct sessions *pool_take(struct pool *p, int alone)
{
    pthread_mutex_lock(&p->lock);
    struct sessions *s = &p->wide;
    if (!alone || p->busy || s->taken || (!s->clothes && !s->people))
        for (s = p->each; s->taken;)
            s++;
    s->taken = 1;
    p->busy++;
    pthread_mutex_unlock(&p->lock);
    return s;
}

void pool_give(struct pool *p, struct sessions *s)
{
    pthread_mutex_lock(&p->lock);
    s->taken = 0;
    p->busy--;
    pthread_mutex_unlock(&p->lock);
}

void pool_end_people(struct pool *p)
{
    for (size_t i = 0; i < p->workers; i++) {
        swatch_session_free(p->each[i].people);
        p->each[i].people = NULL;
    }
    swatch_session_free(p->wide.people);
    p->wide.people = NULL;
    swatch_model_free(p->people);
    p->people = NULL;
}

void pool_end(struct pool *p)
{
    end_all_sessions(p);
    swatch_model_free(p->clothes);
    swatch_model_free(p->people);
    if (p->workers)
        pthread_mutex_destroy(&p->lock);
    *p = (struct pool){0};
}
