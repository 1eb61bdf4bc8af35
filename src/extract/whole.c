#include "extract/whole.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/runs.h"

// docs/decisions.md ("Parts of one garment").
#define MUCH_SMALLER 0.1 // of the pixels of the piece that it becomes part of, at most
#define DOUBTED 0.3      // of the probability of its own class, at least

#define NONE UINT32_MAX

// A piece of a class of clothes.
struct part {
    size_t pixels;
    uint32_t into; // the larger part that it belongs to, or itself
    uint8_t label;
    double votes[CLASSES_MAX]; // probabilities, summed over its pixels of the answer
};

struct parts {
    struct runs runs;
    uint32_t *of_run; // part of each run, or NONE
    struct part *list;
};

static int find_parts(const swatch_result *r, struct parts *p, swatch_error *error)
{
    struct runs *runs = &p->runs;
    uint32_t count = 0;
    if (runs_find(&r->labels, runs, error))
        return SWATCH_FAILED;
    p->of_run = malloc(runs->count * sizeof *p->of_run);
    if (!p->of_run)
        return error_memory(error);
    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t root = runs_root(runs, i); // itself, or before it
        const int clothes = r->region_of[runs->runs[i].label] == SWATCH_CLOTHES;
        p->of_run[i] = !clothes ? NONE : root == i ? count++ : p->of_run[root];
    }
    p->list = calloc((size_t)count + 1, sizeof *p->list);
    if (!p->list)
        return error_memory(error);
    for (size_t i = 0; i < runs->count; i++) {
        if (p->of_run[i] == NONE)
            continue;
        struct part *part = &p->list[p->of_run[i]];
        part->into = p->of_run[i];
        part->label = runs->runs[i].label;
        part->pixels += runs->runs[i].last - runs->runs[i].first + 1;
    }
    return SWATCH_OK;
}

struct ballot {
    struct parts *parts;
    size_t classes;
};

static void vote(void *user, const float *probabilities, size_t y, size_t x)
{
    const struct ballot *b = user;
    const uint32_t part = b->parts->of_run[runs_at(&b->parts->runs, y, x)];
    for (size_t k = 0; part != NONE && k < b->classes; k++)
        b->parts->list[part].votes[k] += (double)probabilities[k];
}

// Decides whether the smaller of two parts that touch belongs to the larger one.
static void meet(void *user, size_t one, size_t other, size_t length)
{
    struct parts *p = user;
    const uint32_t a = p->of_run[one], b = p->of_run[other];
    (void)length;
    if (a == NONE || b == NONE || a == b)
        return;
    const uint32_t large = p->list[a].pixels > p->list[b].pixels ? a : b;
    const struct part *to = &p->list[large];
    struct part *small = &p->list[large == a ? b : a];
    const double votes = small->votes[to->label];
    if ((double)small->pixels > MUCH_SMALLER * (double)to->pixels || votes <= 0 ||
        votes < DOUBTED * small->votes[small->label])
        return;
    const struct part *before = &p->list[small->into];
    if (before == small || votes > small->votes[before->label])
        small->into = large;
}

// The part's class from now on. What joins a part that joins another goes with it.
static uint8_t label_of(const struct parts *p, uint32_t part)
{
    while (p->list[part].into != part)
        part = p->list[part].into;
    return p->list[part].label;
}

int whole_make(const swatch_session *s, const struct seen *seen, swatch_result *r,
               swatch_error *error)
{
    struct parts p = {0};
    struct ballot ballot = {&p, r->classes.count};
    size_t clothes = 0;
    int status = SWATCH_FAILED;
    for (size_t k = 0; k < r->classes.count; k++)
        clothes += r->region_of[k] == SWATCH_CLOTHES;
    if (!s->answer || clothes < 2)
        return SWATCH_OK;
    if (find_parts(r, &p, error))
        goto done;
    answer_for_each(s, seen, r, 1, vote, &ballot);
    runs_for_touching(&p.runs, meet, &p);
    for (size_t y = 0; y < p.runs.height; y++)
        for (size_t i = p.runs.row[y] + 1; i < p.runs.row[y + 1]; i++)
            meet(&p, i - 1, i, 1);
    for (size_t y = 0; y < p.runs.height; y++)
        for (size_t i = p.runs.row[y]; i < p.runs.row[y + 1]; i++)
            if (p.of_run[i] != NONE)
                memset(r->labels.pixels + y * r->labels.width + p.runs.runs[i].first,
                       label_of(&p, p.of_run[i]), p.runs.runs[i].last - p.runs.runs[i].first + 1);
    status = SWATCH_OK;
done:
    runs_free(&p.runs);
    free(p.of_run);
    free(p.list);
    return status;
}
