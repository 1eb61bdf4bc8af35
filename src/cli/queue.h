// A queue between threads. Each thing has a number. Things may come in any order; they are given
// out in that of their numbers. It holds few at a time; the faster side waits.
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

#include <pthread.h>
#include <stddef.h>

#define QUEUE_MOST 65
#define QUEUE_PARTS 2 // of one thing that wait

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *items[QUEUE_MOST];  // by their numbers, modulo `room`
    void *parts[QUEUE_PARTS]; // of the thing with the number `turn`
    size_t first, count;      // of parts
    size_t room, turn;        // turn: the number that is given out next
    int closed;               // nothing more comes
};

// room: things that wait, 1 to QUEUE_MOST.
void queue_start(struct queue *q, size_t room);
// Puts the thing with this number in: 0, 1 and so on, each once. Waits until it is less than `room`
// ahead of the one whose turn it is. 0, or -1 if the queue was closed: then the item stays the
// caller's.
int queue_put(struct queue *q, size_t number, void *item);
// The same with a part of the thing, which is given out before it. Waits for its turn.
int queue_put_part(struct queue *q, size_t number, void *part);
// Waits for the item whose turn it is; NULL when the queue is closed and empty. A closed queue
// passes over numbers that did not come.
void *queue_take(struct queue *q);
// Whether it is closed and empty: queue_take would return NULL at once.
int queue_ended(struct queue *q);
// Either side may close it: the giver because there is no more, the taker because it gives up.
void queue_close(struct queue *q);
void queue_end(struct queue *q);

#endif
