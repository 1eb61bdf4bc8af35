#include "clients.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define LOOK_EACH 100000 // microseconds

// Tells a client that it was too slow, where a request has begun or none ever came. Nothing else
// writes to the connection at that time.
static void send_timeout(const struct client *c)
{
    static const char answer[] =
        "HTTP/1.1 408 Request Timeout\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 59\r\n"
        "Connection: close\r\n\r\n"
        "{\"status\":408,\"message\":\"the request did not come in time\"}";
    if (c->begun || !c->served)
        (void)!send(c->socket, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void look_at(struct clients *all, struct client *c, double now)
{
    if (c->phase == CLIENT_WAITS) {
        struct pollfd state = {.fd = c->socket, .events = POLLRDHUP};
        if (c->gone && poll(&state, 1, 0) > 0 && state.revents & (POLLRDHUP | POLLHUP | POLLERR))
            atomic_store(c->gone, 1);
    } else if (!c->dropped && now - c->since > all->timeout) {
        if (c->phase == CLIENT_SENDS)
            send_timeout(c);
        shutdown(c->socket, SHUT_RDWR);
        c->dropped = 1;
    }
}

static void *look(void *user)
{
    struct clients *all = user;
    int stop = 0;
    while (!stop) {
        pthread_mutex_lock(&all->lock);
        const double now = clock_seconds();
        for (struct client *c = all->first; c; c = c->next)
            look_at(all, c, now);
        stop = all->stop;
        pthread_mutex_unlock(&all->lock);
        usleep(LOOK_EACH);
    }
    return NULL;
}

int clients_start(struct clients *all, double timeout)
{
    *all = (struct clients){.timeout = timeout};
    pthread_mutex_init(&all->lock, NULL);
    return pthread_create(&all->thread, NULL, look, all);
}

void clients_stop(struct clients *all)
{
    pthread_mutex_lock(&all->lock);
    all->stop = 1;
    pthread_mutex_unlock(&all->lock);
    pthread_join(all->thread, NULL);
    pthread_mutex_destroy(&all->lock);
}

struct client *clients_add(struct clients *all, int socket)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->socket = socket;
    c->since = clock_seconds();
    pthread_mutex_lock(&all->lock);
    c->next = all->first;
    if (c->next)
        c->next->before = c;
    all->first = c;
    pthread_mutex_unlock(&all->lock);
    return c;
}

void clients_remove(struct clients *all, struct client *c)
{
    pthread_mutex_lock(&all->lock);
    if (c->before)
        c->before->next = c->next;
    else
        all->first = c->next;
    if (c->next)
        c->next->before = c->before;
    pthread_mutex_unlock(&all->lock);
    free(c);
}

void clients_phase(struct clients *all, struct client *c, enum client_phase phase, atomic_int *gone)
{
    pthread_mutex_lock(&all->lock);
    c->served += c->phase == CLIENT_TAKES;
    c->phase = phase;
    c->since = clock_seconds();
    c->gone = gone;
    c->begun = 0;
    pthread_mutex_unlock(&all->lock);
}

int clients_dropped(struct clients *all, const struct client *c)
{
    pthread_mutex_lock(&all->lock);
    const int dropped = c->dropped;
    pthread_mutex_unlock(&all->lock);
    return dropped;
}

void clients_begun(struct clients *all, struct client *c)
{
    pthread_mutex_lock(&all->lock);
    c->begun = 1;
    if (c->served) // the connection may have rested since the last answer
        c->since = clock_seconds();
    pthread_mutex_unlock(&all->lock);
}
