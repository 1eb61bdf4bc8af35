// Finds the face from the labels alone. The piece of skin with the longest border with hair is the
// face, with the pieces right next to it, since glasses cut a face in two. Long hair touches arms,
// too, but along a shorter border.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/body.h"
#include "extract/face.h"
#include "extract/runs.h"

#define NEXT 0.04 // between boxes, in heights of the person: as wide as glasses

struct piece {                       // at the index of its first run
    size_t border;                   // with hair
    size_t left, top, right, bottom; // inclusive
};

struct borders {
    const swatch_result *result;
    struct runs *runs;
    struct piece *pieces;
};

static int is_skin(const swatch_result *r, const struct runs *runs, size_t run)
{
    return r->region_of[runs->runs[run].label] == SWATCH_SKIN;
}

static void tally(void *user, size_t a, size_t b, size_t length)
{
    struct borders *t = user;
    const unsigned p = t->result->region_of[t->runs->runs[a].label];
    const unsigned q = t->result->region_of[t->runs->runs[b].label];
    if (p == SWATCH_SKIN && q == SWATCH_HAIR)
        t->pieces[runs_root(t->runs, a)].border += length;
    if (q == SWATCH_SKIN && p == SWATCH_HAIR)
        t->pieces[runs_root(t->runs, b)].border += length;
}

static void find_boxes(struct borders *t)
{
    struct runs *runs = t->runs;
    for (size_t y = 0; y < runs->height; y++)
        for (size_t i = runs->row[y]; i < runs->row[y + 1]; i++) {
            const struct run *run = &runs->runs[i];
            const size_t root = runs_root(runs, i);
            struct piece *p = &t->pieces[root];
            if (root == i)
                *p = (struct piece){p->border, run->first, y, run->last, y};
            p->left = run->first < p->left ? run->first : p->left;
            p->right = run->last > p->right ? run->last : p->right;
            p->bottom = y;
        }
}

// Whether two ranges overlap, or have no more than `reach` between them.
static int are_next(size_t first, size_t last, size_t other_first, size_t other_last, size_t reach)
{
    return first <= other_last + reach && other_first <= last + reach;
}

int face_find(const swatch_result *r, uint8_t *mask, int *found, swatch_error *error)
{
    const size_t reach = (size_t)(NEXT * (double)person_height(&r->labels));
    struct runs runs;
    struct borders t = {.result = r, .runs = &runs};
    int status = SWATCH_FAILED;
    *found = 0;
    memset(mask, 0, r->labels.width * r->labels.height);
    if (runs_find(&r->labels, &runs, error))
        goto done;
    t.pieces = calloc(runs.count, sizeof *t.pieces);
    if (!t.pieces) {
        error_memory(error);
        goto done;
    }
    runs_for_touching(&runs, tally, &t);
    for (size_t y = 0; y < runs.height; y++)
        for (size_t i = runs.row[y] + 1; i < runs.row[y + 1]; i++)
            tally(&t, i - 1, i, 1);
    find_boxes(&t);
    const struct piece *face = &t.pieces[0];
    for (size_t i = 1; i < runs.count; i++)
        face = t.pieces[i].border > face->border ? &t.pieces[i] : face;
    *found = face->border > 0;
    for (size_t y = 0; *found && y < runs.height; y++)
        for (size_t i = runs.row[y]; i < runs.row[y + 1]; i++) {
            const struct piece *p = &t.pieces[runs_root(&runs, i)];
            if (is_skin(r, &runs, i) &&
                are_next(p->left, p->right, face->left, face->right, reach) &&
                are_next(p->top, p->bottom, face->top, face->bottom, reach))
                memset(mask + y * r->labels.width + runs.runs[i].first, 1,
                       runs.runs[i].last - runs.runs[i].first + 1);
        }
    status = SWATCH_OK;
done:
    runs_free(&runs);
    free(t.pieces);
    return status;
}
