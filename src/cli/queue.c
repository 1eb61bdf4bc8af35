// A bounded queue.

#include "queue.h"

void queue_start(struct queue *q)
{
    *q = (struct queue){.count = 0};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
}

int queue_put(struct queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == QUEUE_MOST && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    const int closed = q->closed;
    if (!closed)
        q->items[(q->first + q->count++) % QUEUE_MOST] = item;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return closed ? -1 : 0;
}

void *queue_take(struct queue *q)
{
    void *item = NULL;
    pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->closed)
        pthread_cond_wait(&q->changed, &q->lock);
    if (q->count > 0) {
        item = q->items[q->first];
        q->first = (q->first + 1) % QUEUE_MOST;
        q->count--;
    }
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
