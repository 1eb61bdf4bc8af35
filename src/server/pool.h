// Sessions over the same models, for workers that run at the same time: those of `swatch serve`,
// and those of a call with many photos. Networks of one thread, one on each core, do more
// photos than one network on all cores.
#ifndef SERVER_POOL_H
#define SERVER_POOL_H

#include <pthread.h>
#include <swatch.h>

// Networks, for one worker at a time.
struct sessions {
    swatch_session *clothes, *people; // NULL: the pool has no such model
    unsigned threads;                 // of each
    int taken;
};

struct pool_options {
    size_t workers; // at most, 1 or more
    size_t threads; // of each; 0: its share of `all`, and up to 8 for a worker that is alone
    size_t all;     // threads of all workers together, 1 or more
    size_t memory;  // bytes that the networks which run at the same time may take
};

struct pool {
    swatch_model *clothes, *people; // owned; NULL: none
    size_t workers;                 // that may have sessions at the same time
    struct sessions *each;          // of each worker
    // With more threads, for a worker that is alone; both NULL where `each` has as many.
    struct sessions wide;
    pthread_mutex_t lock; // of the sessions' `taken`, and of:
    size_t busy;          // sessions that are taken
};

#define POOL_MOST 64
// Workers that this many threads are enough for, and this much memory: 1 to POOL_MOST.
size_t pool_workers(size_t threads, size_t memory);
// Makes sessions over the models that are set in *pool, which holds nothing else. Where the
// networks are too large for so many workers there are fewer. End it with pool_end also if it
// fails.
int pool_start(struct pool *pool, const struct pool_options *options, swatch_error *error);
// Gives sessions that nobody has; at most `workers` may have some. alone: 1 if no other photo
// waits. Give them back with pool_give.
struct sessions *pool_take(struct pool *pool, int alone);
void pool_give(struct pool *pool, struct sessions *sessions);
// Ends the model that finds people, while nobody has sessions.
void pool_end_people(struct pool *pool);
void pool_end(struct pool *pool);

#endif
