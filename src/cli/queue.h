// A queue between two threads. It holds few things at a time; the faster thread waits.
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

#include <pthread.h>
#include <stddef.h>

#define QUEUE_MOST                                                                                 \
    2 // photos that wait: enough to keep both threads busy, few enough to bound memory

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *items[QUEUE_MOST];
    size_t first, count;
    int closed; // nothing more comes
};

void queue_start(struct queue *q);
// Waits for room. 0, or -1 if the queue was closed: then the item stays the caller's.
int queue_put(struct queue *q, void *item);
// Waits for an item; NULL when the queue is closed and empty.
void *queue_take(struct queue *q);
// Either side may close it: the giver because there is no more, the taker because it gives up.
void queue_close(struct queue *q);
void queue_end(struct queue *q);

#endif
