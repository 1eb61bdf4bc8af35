// Finds runs and joins them into pieces (union-find; the root is always the earlier run).
#include "extract/runs.h"

#include <stdlib.h>

#include "base/error.h"

uint32_t runs_root(struct runs *r, size_t i)
{
    while (r->runs[i].parent != i) {
        r->runs[i].parent = r->runs[r->runs[i].parent].parent;
        i = r->runs[i].parent;
    }
    return (uint32_t)i;
}

size_t runs_at(const struct runs *r, size_t y, size_t x)
{
    size_t low = r->row[y], high = r->row[y + 1] - 1;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (r->runs[middle].last < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void runs_for_touching(struct runs *r, void (*meet)(void *user, size_t a, size_t b, size_t length),
                       void *user)
{
    for (size_t y = 1; y < r->height; y++) {
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

static void join(void *user, size_t a, size_t b, size_t length)
{
    struct runs *r = user;
    (void)length;
    if (r->runs[a].label != r->runs[b].label)
        return;
    const uint32_t x = runs_root(r, a), y = runs_root(r, b);
    if (x < y)
        r->runs[y].parent = x;
    else
        r->runs[x].parent = y;
}

int runs_find(const struct image *labels, struct runs *r, swatch_error *error)
{
    size_t room = 4 * labels->height + 1024;
    *r = (struct runs){.height = labels->height};
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
    runs_for_touching(r, join, r);
    return SWATCH_OK;
}

void runs_free(struct runs *r)
{
    free(r->runs);
    free(r->row);
    *r = (struct runs){0};
}
