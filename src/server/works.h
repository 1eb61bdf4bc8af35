// The workers: threads with a session each, and the requests that wait for one.
#ifndef SERVER_WORKS_H
#define SERVER_WORKS_H

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <swatch.h>

#include "exchange.h"
#include "server.h"

struct works {
    const struct server_options *options;
    void (*done)(struct exchange *exchange); // called in a worker once there is an answer
    swatch_model *clothes, *people;          // people: NULL without
    struct worker *workers;
    size_t count; // of workers
    GAsyncQueue *queue;
    atomic_int ready; // requests can be worked on
    atomic_int busy;  // workers that work
};

// Begins with the queue alone.
void works_begin(struct works *works, const struct server_options *options,
                 void (*done)(struct exchange *exchange));
// Opens the models and starts the threads.
int works_start(struct works *works, swatch_error *error);
// Hands a request to the workers: 0, or -1 where the queue is full.
int works_put(struct works *works, struct exchange *exchange);
// Ends the threads, after what waits is done, and frees all.
void works_end(struct works *works);

#endif
