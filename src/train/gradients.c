// Sends each large gradient by itself. Copies small ones behind one another, in the order in which
// the backward pass completes them, and sends them together.
//
// If every rank's device can sum over ranks (NCCL), gradients stay on the devices. Otherwise they
// pass through the host: each is read when it is complete, and the sum is written back.

#include "train/gradients.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

#define LARGE 65536   // a gradient of at least so many numbers is sent by itself
#define PARCEL 131072 // small gradients are sent when at least so many numbers are gathered

struct gradients {
    struct ranks *ranks;
    const struct backend *backend;
    int by_device; // 1: the devices sum
    char remark[96];
    struct params *sets[GRADIENTS_SETS];
    size_t set_count;
    struct param **gathered; // parameters whose gradients lie in room, in their order
    float *room;             // on the device: gradients one behind the other, later statistics
    float *host_room;        // room's copy on the host; on the CPU, room itself
    float *share;            // on the device: 1 / ranks, and 0
    struct ranks_pending *pending;
    size_t gathered_count, used, sent; // used: numbers in room; sent: how many of them are sent
    size_t pending_count;
};

static int new_room(struct gradients *g, size_t count, swatch_error *error)
{
    void *room;
    const float share[] = {1 / (float)ranks_count(g->ranks), 0};
    if (g->backend->alloc(sizeof share, &room, error))
        return SWATCH_FAILED;
    g->share = room;
    g->backend->write(g->share, share, sizeof share);
    if (g->backend->alloc((count + 1) * sizeof *g->room, &room, error))
        return SWATCH_FAILED;
    g->room = room;
    g->host_room = g->backend == backend_cpu() ? room : calloc(count + 1, sizeof *g->host_room);
    return g->host_room ? SWATCH_OK : error_memory(error);
}

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
    g->backend = sets[0]->backend;
    g->set_count = count;
    for (size_t i = 0; i < count; i++) {
        g->sets[i] = sets[i];
        for (const struct param *p = sets[i]->first; p; p = p->next) {
            params++;
            small += p->trainable && p->count < LARGE ? p->count : 0;
            statistics += p->trainable ? 0 : p->count;
        }
    }
    g->gathered = calloc(params + 1, sizeof *g->gathered);
    g->pending = calloc(params + 1, sizeof *g->pending);
    if (!g->gathered || !g->pending)
        error_memory(error);
    if (!g->gathered || !g->pending ||
        new_room(g, small > statistics ? small : statistics, error)) {
        gradients_free(g);
        return SWATCH_FAILED;
    }
    *gradients = g;
    return SWATCH_OK;
}

void gradients_free(struct gradients *g)
{
    if (!g)
        return;
    if (g->by_device)
        g->backend->sums_close();
    if (g->host_room != g->room)
        free(g->host_room);
    g->backend->release(g->room);
    g->backend->release(g->share);
    free(g->gathered);
    free(g->pending);
    free(g);
}

int gradients_connect(struct gradients *g, swatch_error *error)
{
    uint8_t id[SUMS_ID_BYTES] = {0};
    if (!g)
        return SWATCH_OK;
    const size_t count = ranks_count(g->ranks);
    size_t able = 0, unable = 0; // ranks whose device can sum, and the last rank whose cannot
    double *each = calloc(count, sizeof *each);
    if (!each)
        return error_memory(error);
    each[ranks_number(g->ranks)] = g->backend->sums_open != NULL;
    ranks_sum(g->ranks, each, count);
    for (size_t i = 0; i < count; i++)
        if (each[i] > 0)
            able++;
        else
            unable = i;
    free(each);
    if (ranks_check(g->ranks, error))
        return SWATCH_FAILED;
    if (able == 0 && g->backend != backend_cpu())
        snprintf(g->remark, sizeof g->remark,
                 "gradients pass through the host, for want of NCCL or of a GPU a rank");
    else if (able > 0 && able < count)
        snprintf(g->remark, sizeof g->remark,
                 "gradients pass through the host, since rank %zu lacks NCCL or a GPU of its own",
                 unable);
    if (able < count)
        return SWATCH_OK;
    if (ranks_number(g->ranks) == 0 && g->backend->sums_id(id, error))
        return SWATCH_FAILED;
    ranks_broadcast(g->ranks, id, sizeof id);
    if (ranks_check(g->ranks, error) ||
        g->backend->sums_open(id, ranks_number(g->ranks), count, error))
        return SWATCH_FAILED;
    g->by_device = 1;
    return SWATCH_OK;
}

const char *gradients_remark(const struct gradients *g)
{
    return g ? g->remark : "";
}

static void send(struct gradients *g, float *device, float *host, size_t count)
{
    if (g->by_device) {
        g->backend->sum(device, count);
        return;
    }
    params_read(g->sets[0], host, device, count);
    ranks_sum_start(g->ranks, host, count, &g->pending[g->pending_count++]);
}

static void send_gathered(struct gradients *g)
{
    if (g->used > g->sent)
        send(g, g->room + g->sent, g->host_room + g->sent, g->used - g->sent);
    g->sent = g->used;
}

void gradients_add(void *user, struct param *p)
{
    struct gradients *g = user;
    if (p->count >= LARGE) {
        send(g, p->device.grad, p->grad, p->count);
    } else {
        g->backend->copy(g->room + g->used, p->device.grad, p->count * sizeof *p->grad);
        g->gathered[g->gathered_count++] = p;
        g->used += p->count;
        if (g->used - g->sent >= PARCEL)
            send_gathered(g);
    }
    ranks_go_on(g->ranks, g->pending, g->pending_count);
}

// Replaces the running statistics of normalization by their means over the ranks. They are few, so
// they are sent as one piece.
static void average_statistics(struct gradients *g)
{
    struct ranks_pending pending;
    size_t count = 0;
    for (size_t i = 0; i < g->set_count; i++)
        for (const struct param *p = g->sets[i]->first; p; p = p->next)
            if (!p->trainable) {
                g->backend->copy(g->room + count, p->device.value, p->count * sizeof *p->value);
                count += p->count;
            }
    if (count == 0)
        return;
    g->backend->affine_forward(DTYPE_F32, g->room, count, 1, g->share, g->share + 1,
                               ACTIVATION_NONE, g->room);
    if (g->by_device) {
        g->backend->sum(g->room, count);
        g->backend->sums_wait();
    } else {
        params_read(g->sets[0], g->host_room, g->room, count);
        ranks_sum_start(g->ranks, g->host_room, count, &pending);
        ranks_wait(g->ranks, &pending, 1);
        params_write(g->sets[0], g->room, g->host_room, count);
    }
    const float *from = g->room;
    for (size_t i = 0; i < g->set_count; i++)
        for (const struct param *p = g->sets[i]->first; p; p = p->next)
            if (!p->trainable) {
                g->backend->copy(p->device.value, from, p->count * sizeof *p->value);
                from += p->count;
            }
}

void gradients_gather(struct gradients *g)
{
    if (!g)
        return;
    send_gathered(g);
    if (g->by_device) {
        g->backend->sums_wait();
    } else {
        ranks_wait(g->ranks, g->pending, g->pending_count);
        params_write(g->sets[0], g->room, g->host_room, g->used);
        for (size_t i = 0; i < g->set_count; i++)
            for (const struct param *p = g->sets[i]->first; p; p = p->next)
                if (p->has_grad && p->count >= LARGE)
                    params_write(g->sets[i], p->device.grad, p->grad, p->count);
    }
    const float *from = g->room;
    for (size_t i = 0; i < g->gathered_count; i++) {
        const struct param *p = g->gathered[i];
        g->backend->copy(p->device.grad, from, p->count * sizeof *p->grad);
        from += p->count;
    }
    g->gathered_count = g->used = g->sent = g->pending_count = 0;
    average_statistics(g);
}

int gradients_finish(struct gradients *g, double *losses, size_t count, swatch_error *error)
{
    if (!g)
        return SWATCH_OK;
    ranks_sum(g->ranks, losses, count);
    return ranks_check(g->ranks, error);
}
