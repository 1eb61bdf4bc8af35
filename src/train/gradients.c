// Large gradients are summed where they lie; small ones are gathered in the order of their
// completion and sent as soon as they are many, last layers first.
//
// All goes through the host: from another device a gradient is read as soon as it is whole, and
// written back as a sum. A device that sums over ranks by itself would do so in gradients_add,
// average_statistics and gradients_finish in place of the ranks.

#include "train/gradients.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define LARGE 65536   // numbers from which on a gradient is sent by itself
#define PARCEL 131072 // numbers gathered at least before they are sent

struct gradients {
    struct ranks *ranks;
    struct params *sets[GRADIENTS_SETS];
    size_t set_count;
    struct param **gathered; // small ones in order
    float *room;             // what they hold, one behind the other
    struct ranks_pending *pending;
    size_t gathered_count, used, sent; // sent: of the numbers used
    size_t pending_count;
};

int gradients_new(struct ranks *ranks, struct params *const *sets, size_t count,
                  struct gradients **gradients, swatch_error *error)
{
    size_t params = 0, small = 0, statistics = 0;
    *gradients = NULL;
    if (!ranks)
        return SWATCH_OK;
    struct gradients *g = calloc(1, sizeof *g);
    if (!g)
        return error_memory(error);
    g->ranks = ranks;
    g->set_count = count;
    for (size_t i = 0; i < count; i++) {
        g->sets[i] = sets[i];
        for (const struct param *p = sets[i]->first; p; p = p->next) {
            params++;
            small += p->trainable && p->count < LARGE ? p->count : 0;
            statistics += p->trainable ? 0 : p->count;
        }
    }
    const size_t room = small > statistics ? small : statistics;
    g->gathered = calloc(params + 1, sizeof *g->gathered);
    g->pending = calloc(params + 1, sizeof *g->pending);
    g->room = calloc(room + 1, sizeof *g->room);
    if (!g->gathered || !g->pending || !g->room) {
        gradients_free(g);
        return error_memory(error);
    }
    *gradients = g;
    return SWATCH_OK;
}

void gradients_free(struct gradients *g)
{
    if (!g)
        return;
    free(g->gathered);
    free(g->pending);
    free(g->room);
    free(g);
}

static void send_gathered(struct gradients *g)
{
    if (g->used > g->sent)
        ranks_sum_start(g->ranks, g->room + g->sent, g->used - g->sent,
                        &g->pending[g->pending_count++]);
    g->sent = g->used;
}

void gradients_add(void *user, struct param *p)
{
    struct gradients *g = user;
    params_read(g->sets[0], p->grad, p->device.grad, p->count);
    if (p->count >= LARGE) {
        ranks_sum_start(g->ranks, p->grad, p->count, &g->pending[g->pending_count++]);
    } else {
        memcpy(g->room + g->used, p->grad, p->count * sizeof *p->grad);
        g->gathered[g->gathered_count++] = p;
        g->used += p->count;
        if (g->used - g->sent >= PARCEL)
            send_gathered(g);
    }
    ranks_go_on(g->ranks, g->pending, g->pending_count);
}

static void wait(struct gradients *g)
{
    send_gathered(g);
    ranks_wait(g->ranks, g->pending, g->pending_count);
    g->used = g->sent = g->pending_count = 0;
}

static void average_statistics(struct gradients *g)
{
    const float share = 1 / (float)ranks_count(g->ranks);
    for (size_t i = 0; i < g->set_count; i++)
        for (struct param *p = g->sets[i]->first; p; p = p->next)
            if (!p->trainable) {
                params_read(g->sets[i], p->value, p->device.value, p->count);
                for (size_t k = 0; k < p->count; k++)
                    g->room[g->used + k] = p->value[k] * share;
                g->used += p->count;
            }
    wait(g);
    const float *from = g->room;
    for (size_t i = 0; i < g->set_count; i++)
        for (struct param *p = g->sets[i]->first; p; p = p->next)
            if (!p->trainable) {
                memcpy(p->value, from, p->count * sizeof *p->value);
                params_write(g->sets[i], p->device.value, p->value, p->count);
                from += p->count;
            }
}

int gradients_finish(struct gradients *g, double *losses, size_t count, swatch_error *error)
{
    if (!g)
        return SWATCH_OK;
    wait(g);
    const float *from = g->room;
    for (size_t i = 0; i < g->gathered_count; i++) {
        struct param *p = g->gathered[i];
        memcpy(p->grad, from, p->count * sizeof *p->grad);
        from += p->count;
    }
    g->gathered_count = 0;
    for (size_t i = 0; i < g->set_count; i++)
        for (const struct param *p = g->sets[i]->first; p; p = p->next)
            if (p->has_grad)
                params_write(g->sets[i], p->device.grad, p->grad, p->count);
    average_statistics(g);
    ranks_sum(g->ranks, losses, count);
    return ranks_check(g->ranks, error);
}
