// The life of the service: it begins, waits for a signal, ends what is under way, and ends.

#include "server.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "http.h"
#include "listen.h"
#include "log.h"

#define STILL 0.25 // seconds without a request, until none is on its way

static int fail(swatch_error *error, const char *what)
{
    snprintf(error->message, sizeof error->message, "%s: %s", what, strerror(errno));
    return error->status = SWATCH_FAILED;
}

// Waits for the signal to end, and then until all requests are answered. New ones go elsewhere,
// once the proxy has seen that this service is no longer ready; a second signal does not wait for
// that.
static void serve(struct service *s, const sigset_t *signals)
{
    const double whole = floor(s->options->drain);
    const struct timespec drain = {.tv_sec = (time_t)whole,
                                   .tv_nsec = (long)(1e9 * (s->options->drain - whole))};
    int number;
    sigwait(signals, &number);
    log_event("draining", strsignal(number));
    atomic_store(&s->draining, 1);
    sigtimedwait(signals, NULL, &drain);
    http_drain(s);
    const double end = clock_seconds() + s->options->max_seconds + s->options->timeout;
    // What was taken last may not be read yet.
    for (double idle = clock_seconds(); clock_seconds() - idle < STILL && clock_seconds() < end;
         usleep(10000))
        if (atomic_load(&s->open))
            idle = clock_seconds();
}

// The photos of all requests that come or wait may take an eighth of the memory, and one always
// may.
static size_t room_for_bodies(const struct server_options *o)
{
    return (o->max_memory ? o->max_memory : swatch_memory_share()) / 8 + 2 * o->max_bytes;
}

static int run(struct service *s, int fd, const char *address, const sigset_t *signals,
               swatch_error *error)
{
    char text[400];
    workers_begin(&s->workers, s->options, &s->metrics,
                  s->options->in_process ? NULL : &s->decoders, http_done);
    // Nobody is let in before photos can be worked on.
    int status = workers_start(&s->workers, error);
    status = status ? status : listen_begin(fd, error);
    status = status ? status : http_start(s, fd, error);
    if (status)
        close(fd);
    if (!status) {
        snprintf(text, sizeof text, "http://%s, %zu workers", address, s->workers.count);
        log_event("ready", text);
        serve(s, signals);
    }
    workers_stop(&s->workers);
    if (s->daemon)
        http_stop(s);
    workers_free(&s->workers);
    if (!status)
        log_event("ended", "all requests are answered");
    return status;
}

int server_run(const struct server_options *options, swatch_error *error)
{
    static struct service s;
    sigset_t signals;
    char address[300];
    int fd, status = SWATCH_OK;
    s = (struct service){.options = options};
    if (options->token_file && (status = tokens_read(&s.tokens, options->token_file, error)))
        return status;
    if (!options->in_process) // before there are threads
        status = decoders_start(&s.decoders, workers_photo_memory(options), error);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL); // in all threads
    signal(SIGPIPE, SIG_IGN);
    metrics_start(&s.metrics);
    s.room.most = room_for_bodies(options);
    if (!status)
        status = listen_open(options->listen, &fd, address, sizeof address, error);
    if (!status && (errno = clients_start(&s.clients, options->timeout))) {
        status = fail(error, "a thread cannot be started");
        close(fd);
    } else if (!status) {
        status = run(&s, fd, address, &signals, error);
        clients_stop(&s.clients);
    }
    if (!options->in_process)
        decoders_end(&s.decoders);
    tokens_free(&s.tokens);
    metrics_end(&s.metrics);
    return status;
}
