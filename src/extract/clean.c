// Islands and holes. Pieces of one class are found as runs of pixels joined from row to row
// (union-find); a piece that is too small goes to the class it shares the longest border with,
// where only pieces that stay have a say. A speck inside a speck waits until the outer one has
// gone.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/pipeline.h"

struct run {
    size_t first, last; // columns, inclusive
    uint32_t parent;    // run of the same piece
    uint8_t label;
};

struct runs {
    struct run *runs;
    size_t *row; // first run of each row, and the count behind the last
    size_t count;
};

static uint32_t find(struct run *runs, uint32_t i)
{
    while (runs[i].parent != i) {
        runs[i].parent = runs[runs[i].parent].parent;
        i = runs[i].parent;
    }
    return i;
}

static int find_runs(const struct image *labels, struct runs *r, swatch_error *error)
{
    size_t room = 4 * labels->height + 1024;
    r->runs = malloc(room * sizeof *r->runs);
    r->row = malloc((labels->height + 1) * sizeof *r->row);
    if (!r->runs || !r->row)
        return error_memory(error);
    for (size_t y = 0; y < labels->height; y++) {
        const uint8_t *row = labels->pixels + y * labels->width;
        r->row[y] = r->count;
        for (size_t x = 0; x < labels->width;) {
            const size_t first = x;
            while (x < labels->width && row[x] == row[first])
                x++;
            if (r->count == room) {
                struct run *larger = realloc(r->runs, 2 * room * sizeof *larger);
                if (!larger || room > UINT32_MAX / 4) {
                    r->runs = larger ? larger : r->runs;
                    return error_memory(error);
                }
                r->runs = larger;
                room *= 2;
            }
            r->runs[r->count] = (struct run){first, x - 1, (uint32_t)r->count, row[first]};
            r->count++;
        }
    }
    r->row[labels->height] = r->count;
    return SWATCH_OK;
}

// Calls `meet` for every two runs of neighbouring rows that touch, with the length they share.
static void for_touching(struct runs *r, size_t height,
                         void (*meet)(void *user, size_t a, size_t b, size_t length), void *user)
{
    for (size_t y = 1; y < height; y++) {
        size_t a = r->row[y - 1], b = r->row[y];
        while (a < r->row[y] && b < r->row[y + 1]) {
            const struct run *p = &r->runs[a], *q = &r->runs[b];
            const size_t first = p->first > q->first ? p->first : q->first;
            const size_t last = p->last < q->last ? p->last : q->last;
            if (first <= last)
                meet(user, a, b, last - first + 1);
            if (p->last <= q->last)
                a++;
            else
                b++;
        }
    }
}

struct borders {
    struct runs *runs;
    uint32_t *piece; // of each run: 1 + number among the small pieces, 0 for one that stays
    size_t *lengths; // (small pieces, classes)
    size_t classes;
};

static void join(void *user, size_t a, size_t b, size_t length)
{
    struct runs *r = user;
    (void)length;
    if (r->runs[a].label != r->runs[b].label)
        return;
    const uint32_t x = find(r->runs, (uint32_t)a), y = find(r->runs, (uint32_t)b);
    if (x < y)
        r->runs[y].parent = x;
    else
        r->runs[x].parent = y;
}

static void tally(void *user, size_t a, size_t b, size_t length)
{
    struct borders *t = user;
    const struct run *p = &t->runs->runs[a], *q = &t->runs->runs[b];
    if (t->piece[a] && !t->piece[b])
        t->lengths[(t->piece[a] - 1) * t->classes + q->label] += length;
    if (t->piece[b] && !t->piece[a])
        t->lengths[(t->piece[b] - 1) * t->classes + p->label] += length;
}

// Gives every small piece that touches one that stays away, whereupon it stays, too. Returns how
// many runs that were.
static size_t give_away(struct borders *t, size_t height)
{
    struct runs *r = t->runs;
    size_t given = 0;
    for_touching(r, height, tally, t);
    for (size_t y = 0; y < height; y++)
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

    if (find_runs(labels, &r, error))
        goto done;
    for_touching(&r, labels->height, join, &r);
    sizes = calloc(r.count, sizeof *sizes);
    t.piece = calloc(r.count, sizeof *t.piece);
    if (!sizes || !t.piece) {
        error_memory(error);
        goto done;
    }
    for (size_t i = 0; i < r.count; i++) {
        const uint32_t root = find(r.runs, (uint32_t)i);
        sizes[root] += r.runs[i].last - r.runs[i].first + 1;
        if (sizes[root] > largest[r.runs[i].label])
            largest[r.runs[i].label] = sizes[root];
    }
    for (size_t i = 0; i < r.count; i++) { // a piece's root is its first run
        const uint32_t root = find(r.runs, (uint32_t)i);
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
    while (give_away(&t, labels->height))
        ;
    for (size_t y = 0; y < labels->height; y++)
        for (size_t i = r.row[y]; i < r.row[y + 1]; i++)
            memset(labels->pixels + y * labels->width + r.runs[i].first, r.runs[i].label,
                   r.runs[i].last - r.runs[i].first + 1);
    status = SWATCH_OK;
done:
    free(r.runs);
    free(r.row);
    free(sizes);
    free(t.piece);
    free(t.lengths);
    return status;
}
