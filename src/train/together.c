#include "train/together.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

size_t together_part(const struct ranks *ranks, size_t batch, swatch_error *error)
{
    const size_t count = ranks_count(ranks);
    if (batch % count == 0)
        return batch / count;
    error_set(error, SWATCH_USAGE,
              "a batch of %zu photos cannot be shared by %zu ranks alike; --batch must be a "
              "multiple of their number",
              batch, count);
    return 0;
}

uint64_t together_hash(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1); // the NUL separates texts
}

int together_begin(struct ranks *ranks, int status, uint64_t hash, swatch_error *error)
{
    const size_t count = ranks_count(ranks), number = ranks_number(ranks);
    uint64_t first = hash;
    if (!ranks)
        return status;
    double *failed = calloc(count, sizeof *failed);
    if (!failed)
        return error_memory(error);
    ranks_broadcast(ranks, &first, sizeof first);
    if (!status && first != hash)
        status = error_set(error, SWATCH_FAILED,
                           "its options, precision or photos are not those of rank 0; every rank "
                           "needs the same command and the same data");
    failed[number] = status != 0;
    ranks_sum(ranks, failed, count);
    int lost = ranks_check(ranks, error);
    for (size_t i = 0; i < count && !lost; i++)
        if (failed[i] > 0) {
            lost = status ? status : SWATCH_FAILED;
            if (i != number) // the first rank that failed has the message
                error_set(error, (swatch_status)lost, "%s", "");
        }
    free(failed);
    return lost;
}

int together_state(struct ranks *ranks, const struct state *s, swatch_error *error)
{
    if (!ranks)
        return SWATCH_OK;
    ranks_broadcast(ranks, s->step, sizeof *s->step);
    ranks_broadcast(ranks, s->best, sizeof *s->best);
    ranks_broadcast(ranks, s->start, sizeof *s->start);
    for (size_t i = 0; i < STATE_SETS && s->names[i]; i++) {
        params_to_host(s->sets[i]);
        for (struct param *p = s->sets[i]->first; p; p = p->next) {
            float *const parts[] = {p->value, p->m, p->v, p->average};
            for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
                if (parts[k])
                    ranks_broadcast(ranks, parts[k], p->count * sizeof *parts[k]);
        }
        params_to_device(s->sets[i]);
    }
    return ranks_check(ranks, error);
}

int together_stop(struct ranks *ranks, int stop)
{
    double sum = stop != 0;
    ranks_sum(ranks, &sum, 1);
    return sum > 0;
}

int together_end(const struct step_end *end, double *losses, swatch_error *error)
{
    char all[256] = "";
    int finite = end->finite;
    // The device is checked first: if its sums failed, the other ranks still wait for them, and
    // summing the losses would wait for those ranks.
    if (end->backend->check(error) || gradients_finish(end->gradients, losses, end->count, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < end->count; i++) {
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s %s", i ? ", " : "", end->names[i],
                 SHORT(losses[i], 6));
        finite = finite && isfinite(losses[i]);
    }
    if (finite)
        return SWATCH_OK;
    if (ranks_number(end->ranks) > 0)
        return error_set(error, SWATCH_FAILED, "%s", "");
    return error_set(
        error, SWATCH_FAILED,
        "step %llu: a loss or a gradient is not finite any more (%s); a lower rate may "
        "help",
        (unsigned long long)end->step, all);
}
