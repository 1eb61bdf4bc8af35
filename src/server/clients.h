// Connections, and who is too slow or gone: a thread looks at all of them again and again.
#ifndef SERVER_CLIENTS_H
#define SERVER_CLIENTS_H

#include <pthread.h>
#include <stdatomic.h>

enum client_phase {
    CLIENT_SENDS, // a request, or nothing yet
    CLIENT_WAITS, // for its answer to be worked out
    CLIENT_TAKES, // its answer
};

struct client {
    int socket;
    enum client_phase phase;
    double since;     // clock_seconds: when the phase began
    int begun;        // of a request that the client sends, the headers are there
    int served;       // answers that it took
    int dropped;      // its connection was shut down
    atomic_int *gone; // set to 1 if the client goes while it waits
    struct client *next, *before;
};

struct clients {
    pthread_mutex_t lock;
    struct client *first;
    double timeout; // seconds that a client may send or take
    pthread_t thread;
    int stop;
};

// 0, or an errno.
int clients_start(struct clients *clients, double timeout);
void clients_stop(struct clients *clients);
// NULL without memory.
struct client *clients_add(struct clients *clients, int socket);
// Before the socket is closed.
void clients_remove(struct clients *clients, struct client *client);
// gone: for CLIENT_WAITS, must stay until the next phase; else NULL.
void clients_phase(struct clients *clients, struct client *client, enum client_phase phase,
                   atomic_int *gone);
// Whether its connection was shut down because it was too slow.
int clients_dropped(struct clients *clients, const struct client *client);
// A request's headers have come.
void clients_begun(struct clients *clients, struct client *client);

#endif
