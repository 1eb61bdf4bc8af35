// The workers: threads with sessions of their own, and the requests that wait for one.
#ifndef SERVER_WORKS_H
#define SERVER_WORKS_H

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <swatch.h>

#include "cache.h"
#include "decoders.h"
#include "exchange.h"
#include "metrics.h"
#include "options.h"
#include "pool.h"
#include "task.h"

struct works {
    const struct server_options *options;
    void (*done)(struct exchange *exchange); // called in a worker once there is an answer
    struct pool pool;                        // its people: NULL without
    struct worker *workers;
    size_t count; // of workers
    // Not a GAsyncQueue: ThreadSanitizer does not see the locks of GLib.
    pthread_mutex_t lock; // of the next four
    pthread_cond_t changed;
    GQueue queue; // requests that no worker has
    size_t idle;  // workers that have none
    int closed;   // nothing more is put in
    struct cache cache;
    struct metrics *metrics;
    struct decoders *decoders; // or NULL
    char models[KEY_SIZE];     // key_of_models
    atomic_int ready;          // requests can be worked on
    atomic_int busy;           // workers that work
};

// How many workers there will be, and bytes that a photo of each may take.
size_t works_workers(const struct server_options *options);
size_t works_photo_memory(const struct server_options *options);
// Begins with the queue alone. decoders: lent, or NULL.
void works_begin(struct works *works, const struct server_options *options, struct metrics *metrics,
                 struct decoders *decoders, void (*done)(struct exchange *exchange));
// Opens the models and starts the threads.
int works_start(struct works *works, swatch_error *error);
// Hands a request to the workers: 0, or -1 where the queue is full.
int works_put(struct works *works, struct exchange *exchange);
// Requests that wait.
size_t works_waiting(struct works *works);
// Ends the threads, after what waits is done. works_put refuses from then on.
void works_stop(struct works *works);
// Frees all, once nobody asks any more: after http_stop.
void works_free(struct works *works);

#endif
