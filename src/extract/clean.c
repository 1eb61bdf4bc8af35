// Removes islands and holes. A piece (runs.h) that is too small gets the class with which it shares
// the longest border. Only pieces that stay count as neighbors, so a speck inside a speck is
// decided after the outer one.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/clean.h"
#include "extract/runs.h"
#include "model/classes.h"

struct borders {
    struct runs *runs;
    uint32_t *piece; // of each run: 1 + number among the small pieces, 0 for one that stays
    size_t *lengths; // (small pieces, classes)
    size_t classes;
};

static void tally(void *user, size_t a, size_t b, size_t length)
{
    struct borders *t = user;
    const struct run *p = &t->runs->runs[a], *q = &t->runs->runs[b];
    if (t->piece[a] && !t->piece[b])
        t->lengths[(t->piece[a] - 1) * t->classes + q->label] += length;
    if (t->piece[b] && !t->piece[a])
        t->lengths[(t->piece[b] - 1) * t->classes + p->label] += length;
}

// Gives each small piece that touches a piece that stays the class of its neighbor. From then on it
// counts as one that stays. Returns the number of runs changed.
static size_t give_away(struct borders *t)
{
    struct runs *r = t->runs;
    size_t given = 0;
    runs_for_touching(r, tally, t);
    for (size_t y = 0; y < r->height; y++)
        for (size_t i = r->row[y] + 1; i < r->row[y + 1]; i++)
            tally(t, i - 1, i, 1);
    for (size_t i = 0; i < r->count; i++) {
        if (!t->piece[i])
            continue;
        const size_t *lengths = t->lengths + (t->piece[i] - 1) * t->classes;
        size_t best = 0;
        for (size_t k = 1; k < t->classes; k++)
            best = lengths[k] > lengths[best] ? k : best;
        if (lengths[best] > 0) {
            r->runs[i].label = (uint8_t)best;
            t->piece[i] = 0;
            given++;
        }
    }
    return given;
}

int clean_labels(struct image *labels, size_t classes, swatch_error *error)
{
    struct runs r = {0};
    size_t *sizes = NULL, largest[CLASSES_MAX] = {0};
    struct borders t = {.runs = &r, .classes = classes};
    uint32_t small = 0;
    int status = SWATCH_FAILED;
    const size_t speck = labels->width * labels->height / 5000;

    if (runs_find(labels, &r, error))
        goto done;
    sizes = calloc(r.count, sizeof *sizes);
    t.piece = calloc(r.count, sizeof *t.piece);
    if (!sizes || !t.piece) {
        error_memory(error);
        goto done;
    }
    for (size_t i = 0; i < r.count; i++) {
        const uint32_t root = runs_root(&r, i);
        sizes[root] += r.runs[i].last - r.runs[i].first + 1;
        if (sizes[root] > largest[r.runs[i].label])
            largest[r.runs[i].label] = sizes[root];
    }
    for (size_t i = 0; i < r.count; i++) { // a piece's root is its first run
        const uint32_t root = runs_root(&r, i);
        const uint8_t label = r.runs[i].label;
        if (root == i && (sizes[i] < speck || (label != 0 && sizes[i] < largest[label] / 1000)))
            t.piece[i] = ++small;
        else if (root != i)
            t.piece[i] = t.piece[root];
    }
    t.lengths = calloc((size_t)small * classes + 1, sizeof *t.lengths);
    if (!t.lengths) {
        error_memory(error);
        goto done;
    }
    while (give_away(&t))
        ;
    for (size_t y = 0; y < labels->height; y++)
        for (size_t i = r.row[y]; i < r.row[y + 1]; i++)
            memset(labels->pixels + y * labels->width + r.runs[i].first, r.runs[i].label,
                   r.runs[i].last - r.runs[i].first + 1);
    status = SWATCH_OK;
done:
    runs_free(&r);
    free(sizes);
    free(t.piece);
    free(t.lengths);
    return status;
}
