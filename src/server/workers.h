// The workers: threads with sessions of their own, and the requests that wait for one.
#ifndef SERVER_WORKERS_H
#define SERVER_WORKERS_H

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

struct workers {
    const struct server_options *options;
    void (*done)(struct exchange *exchange); // called in a worker once there is an answer
    struct pool pool;                        // its people: NULL without
    struct worker *each;
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

// How many workers there are at most; fewer where the networks are too large for so many. And the
// bytes that a photo of each may take, if there are as many.
size_t workers_wanted(const struct server_options *options);
size_t workers_photo_memory(const struct server_options *options);
// Begins with the queue alone. decoders: lent, or NULL.
void workers_begin(struct workers *workers, const struct server_options *options,
                   struct metrics *metrics, struct decoders *decoders,
                   void (*done)(struct exchange *exchange));
// Opens the models and starts the threads.
int workers_start(struct workers *workers, swatch_error *error);
// Hands a request to the workers: 0, or -1 where the queue is full.
int workers_put(struct workers *workers, struct exchange *exchange);
// Requests that wait.
size_t workers_waiting(struct workers *workers);
// Ends the threads, after what waits is done. workers_put refuses from then on.
void workers_stop(struct workers *workers);
// Frees all, once nobody asks any more: after http_stop.
void workers_free(struct workers *workers);

#endif
