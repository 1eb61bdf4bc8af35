// The life of the service: it begins, waits for a signal, ends what is under way, and ends.

#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "http.h"
#include "listen.h"
#include "log.h"

static int fail(swatch_error *error, const char *what)
{
    snprintf(error->message, sizeof error->message, "%s: %s", what, strerror(errno));
    return error->status = SWATCH_FAILED;
}

// Waits for the signal to end, and then until all requests are answered. New ones go elsewhere.
static void serve(struct service *s, const sigset_t *signals)
{
    int number;
    sigwait(signals, &number);
    log_event("draining", strsignal(number));
    atomic_store(&s->draining, 1);
    http_drain(s);
    const double end = clock_seconds() + s->options->max_seconds + s->options->timeout;
    while (atomic_load(&s->open) && clock_seconds() < end)
        usleep(10000);
}

int server_run(const struct server_options *options, swatch_error *error)
{
    static struct service s;
    sigset_t signals;
    char address[300], text[400];
    int fd;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    // For all threads: one that is written to after its client went is told by write.
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    s = (struct service){.options = options};
    s.room.most = (options->max_memory ? options->max_memory : swatch_memory_share()) / 8 +
                  options->max_bytes;
    int status = listen_open(options->listen, &fd, address, sizeof address, error);
    if (status)
        return status;
    if ((errno = clients_start(&s.clients, options->timeout))) {
        close(fd);
        return fail(error, "a thread cannot be started");
    }
    works_begin(&s.works, options, http_done);
    status = http_start(&s, fd, error);
    if (!status) {
        status = works_start(&s.works, error);
        snprintf(text, sizeof text, "http://%s, %zu workers", address, s.works.count);
        if (!status) {
            log_event("ready", text);
            serve(&s, &signals);
        }
    }
    works_end(&s.works);
    if (s.daemon)
        http_stop(&s);
    clients_stop(&s.clients);
    close(fd);
    log_event("ended", status ? error->message : "");
    return status;
}
