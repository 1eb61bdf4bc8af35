// The work on one request: from a photo's bytes to an answer.
#ifndef SERVER_TASK_H
#define SERVER_TASK_H

#include <swatch.h>

#include "cache.h"
#include "decoders.h"
#include "exchange.h"
#include "metrics.h"
#include "pool.h"

// What a worker has for itself.
struct desk {
    const struct server_options *options;
    struct sessions *sessions; // for the next request
    size_t memory;             // bytes that a photo may take
    struct decoder decoder;    // `all` NULL: photos are decoded here
    const char *models;        // key_of_models
    struct cache *cache;
    struct metrics *metrics;
};

// Works, and sets the answer.
void task_run(struct desk *desk, struct exchange *exchange);

#endif
