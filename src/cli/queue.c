// A bounded queue, in order.

#include "queue.h"

void queue_start(struct queue *q, size_t room)
{
    *q = (struct queue){.room = room};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
}

int queue_put(struct queue *q, size_t number, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (number >= q->turn + q->room && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    const int closed = q->closed;
    if (!closed)
        q->items[number % q->room] = item;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return closed ? -1 : 0;
}

int queue_put_part(struct queue *q, size_t number, void *part)
{
    pthread_mutex_lock(&q->lock);
    while ((number != q->turn || q->count == QUEUE_PARTS) && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    const int closed = q->closed;
    if (!closed)
        q->parts[(q->first + q->count++) % QUEUE_PARTS] = part;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return closed ? -1 : 0;
}

static void *take_part(struct queue *q)
{
    void *part = q->parts[q->first];
    q->first = (q->first + 1) % QUEUE_PARTS;
    q->count--;
    return part;
}

// NULL: it is not there yet, or a closed queue is empty.
static void *take_item(struct queue *q)
{
    const size_t most = q->closed ? q->room : 1;
    for (size_t i = 0; i < most; i++) {
        void **place = &q->items[(q->turn + i) % q->room], *item = *place;
        if (!item)
            continue;
        *place = NULL;
        q->turn += i + 1;
        return item;
    }
    return NULL;
}

static int is_empty(const struct queue *q)
{
    for (size_t i = 0; i < q->room; i++)
        if (q->items[i])
            return 0;
    return q->count == 0;
}

int queue_ended(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    const int ended = q->closed && is_empty(q);
    pthread_mutex_unlock(&q->lock);
    return ended;
}

void *queue_take(struct queue *q)
{
    void *item;
    pthread_mutex_lock(&q->lock);
    while (!(item = q->count ? take_part(q) : take_item(q)) && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = 1;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

void queue_end(struct queue *q)
{
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
}
