// The face, without looking for one: the piece of skin that has the most border with hair. Long
// hair also touches arms, but less of them.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/pipeline.h"
#include "extract/runs.h"

struct borders {
    const swatch_result *result;
    struct runs *runs;
    size_t *lengths; // of the border with hair, of each run that is a piece's root
};

static void tally(void *user, size_t a, size_t b, size_t length)
{
    struct borders *t = user;
    const unsigned p = t->result->region_of[t->runs->runs[a].label];
    const unsigned q = t->result->region_of[t->runs->runs[b].label];
    if (p == SWATCH_SKIN && q == SWATCH_HAIR)
        t->lengths[runs_root(t->runs, a)] += length;
    if (q == SWATCH_SKIN && p == SWATCH_HAIR)
        t->lengths[runs_root(t->runs, b)] += length;
}

int face_find(const swatch_result *r, uint8_t *mask, int *found, swatch_error *error)
{
    struct runs runs;
    struct borders t = {.result = r, .runs = &runs};
    int status = SWATCH_FAILED;
    *found = 0;
    memset(mask, 0, r->labels.width * r->labels.height);
    if (runs_find(&r->labels, &runs, error))
        goto done;
    t.lengths = calloc(runs.count, sizeof *t.lengths);
    if (!t.lengths) {
        error_memory(error);
        goto done;
    }
    runs_for_touching(&runs, tally, &t);
    for (size_t y = 0; y < runs.height; y++)
        for (size_t i = runs.row[y] + 1; i < runs.row[y + 1]; i++)
            tally(&t, i - 1, i, 1);
    size_t face = 0;
    for (size_t i = 1; i < runs.count; i++)
        face = t.lengths[i] > t.lengths[face] ? i : face;
    *found = t.lengths[face] > 0;
    for (size_t y = 0; *found && y < runs.height; y++)
        for (size_t i = runs.row[y]; i < runs.row[y + 1]; i++)
            if (runs_root(&runs, i) == face)
                memset(mask + y * r->labels.width + runs.runs[i].first, 1,
                       runs.runs[i].last - runs.runs[i].first + 1);
    status = SWATCH_OK;
done:
    runs_free(&runs);
    free(t.lengths);
    return status;
}
