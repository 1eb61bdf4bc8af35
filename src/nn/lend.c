#include "nn/lend.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "nn/layer.h"

struct loan {
    const struct backend *backend;
    void *memory;
    size_t bytes;
    int used;
    struct loan *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct graph *sharers;
static struct loan *loans;

void graph_share_memory(struct graph *g)
{
    g->shares = g->mode == GRAPH_INFER;
}

// The most that a graph on this device needs.
static size_t most_needed(const struct backend *backend)
{
    size_t most = 0;
    for (const struct graph *g = sharers; g; g = g->next_sharer)
        if (g->backend == backend && graph_memory(g) > most)
            most = graph_memory(g);
    return most;
}

// Frees what nobody uses of this device, unless it has at least `least` and at most `most` bytes.
static void drop_loans(const struct backend *backend, size_t least, size_t most)
{
    for (struct loan **p = &loans; *p;) {
        struct loan *loan = *p;
        if (loan->used || loan->backend != backend ||
            (loan->bytes >= least && loan->bytes <= most)) {
            p = &loan->next;
            continue;
        }
        *p = loan->next;
        backend->release(loan->memory);
        free(loan);
    }
}

size_t graph_owned(const struct graph *g)
{
    return g->shares ? 0 : graph_memory(g);
}

void graph_shares(struct graph *g)
{
    pthread_mutex_lock(&lock);
    g->next_sharer = sharers;
    sharers = g;
    pthread_mutex_unlock(&lock);
}

void graph_shares_no_more(struct graph *g)
{
    pthread_mutex_lock(&lock);
    for (struct graph **p = &sharers; *p; p = &(*p)->next_sharer)
        if (*p == g) {
            *p = g->next_sharer;
            drop_loans(g->backend, 1, most_needed(g->backend));
            break;
        }
    pthread_mutex_unlock(&lock);
}

static struct loan *loan_new(const struct backend *backend, size_t bytes)
{
    struct loan *loan = malloc(sizeof *loan);
    void *memory = NULL;
    if (!loan || backend->alloc(bytes, &memory, NULL)) {
        free(loan);
        return NULL;
    }
    *loan = (struct loan){.backend = backend, .memory = memory, .bytes = bytes, .next = loans};
    loans = loan;
    return loan;
}

int graph_borrow(struct graph *g, swatch_error *error)
{
    struct loan *found = NULL;
    if (!g->shares)
        return SWATCH_OK;
    pthread_mutex_lock(&lock);
    drop_loans(g->backend, graph_memory(g), SIZE_MAX);
    for (struct loan *l = loans; l; l = l->next)
        if (!l->used && l->backend == g->backend && (!found || l->bytes > found->bytes))
            found = l;
    found = found ? found : loan_new(g->backend, most_needed(g->backend));
    found = found ? found : loan_new(g->backend, graph_memory(g));
    if (found)
        found->used = 1;
    pthread_mutex_unlock(&lock);
    if (!found)
        return error_set(error, SWATCH_NO_MEMORY, "out of memory: the network needs %zu MB",
                         graph_memory(g) >> 20);
    g->loan = found;
    if (g->arena != found->memory) {
        g->arena = found->memory;
        graph_hand_out(g);
    }
    return SWATCH_OK;
}

void graph_return(struct graph *g)
{
    if (!g->loan)
        return;
    pthread_mutex_lock(&lock);
    g->loan->used = 0;
    pthread_mutex_unlock(&lock);
    g->loan = NULL;
}
