// Merges two lists of detections: takes the best detection that is left in either, and removes its
// match from the other list.

#include "model/looks.h"

#include <math.h>
#include <stdlib.h>

#include "model/boxes.h"

#define LARGE_SPAN 0.8f // of the photo's width or height: such a person is large

// What a look found. A detection that is taken or dropped has no cells.
struct look {
    struct detection *found;
    size_t count;
};

int looks_want_closer(const struct detection *found, size_t count, size_t width, size_t height)
{
    for (size_t i = 0; i < count; i++) {
        const float *b = found[i].box;
        if (found[i].score >= LOOKS_LARGE_SCORE &&
            (b[2] - b[0] >= LARGE_SPAN * (float)width || b[3] - b[1] >= LARGE_SPAN * (float)height))
            return 0;
    }
    return 1;
}

static struct detection *best_left(const struct look *look)
{
    struct detection *best = NULL;
    for (size_t i = 0; i < look->count; i++)
        if (look->found[i].cells && (!best || look->found[i].score > best->score))
            best = &look->found[i];
    return best;
}

static float overlap_of(const struct detection *a, const struct detection *b)
{
    const struct box p = {a->box[0], a->box[1], a->box[2], a->box[3]};
    const struct box q = {b->box[0], b->box[1], b->box[2], b->box[3]};
    return a->label == b->label ? box_iou(p, q) : 0;
}

// The largest overlap of d with a detection that is left in a look.
static float most_overlap(const struct look *look, const struct detection *d)
{
    float most = 0;
    for (size_t i = 0; i < look->count; i++)
        if (look->found[i].cells)
            most = fmaxf(most, overlap_of(&look->found[i], d));
    return most;
}

// Drops the detections of `other` that match `kept`, which is from `own`: they overlap by more than
// `overlap`, and nothing left in `own` overlaps them more. Returns their highest score, or 0.
static float match(const struct look *own, struct look *other, const struct detection *kept,
                   float overlap)
{
    float score = 0;
    for (size_t i = 0; i < other->count; i++) {
        struct detection *d = &other->found[i];
        const float shared = d->cells ? overlap_of(d, kept) : 0;
        if (shared > overlap && shared >= most_overlap(own, d)) {
            score = fmaxf(score, d->score);
            free(d->cells);
            d->cells = NULL;
        }
    }
    return score;
}

struct detection *looks_merge(struct detection *first, size_t first_count, struct detection *closer,
                              size_t closer_count, float overlap, size_t *count)
{
    struct look looks[2] = {{first, first_count}, {closer, closer_count}};
    struct detection *merged = calloc(first_count + closer_count + 1, sizeof *merged);
    *count = 0;
    while (merged) {
        struct detection *const best[2] = {best_left(&looks[0]), best_left(&looks[1])};
        if (!best[0] && !best[1])
            break;
        const int which = !best[0] || (best[1] && best[1]->score > best[0]->score);
        struct detection *const kept = &merged[(*count)++];
        *kept = *best[which];
        best[which]->cells = NULL;
        kept->score = (kept->score + match(&looks[which], &looks[!which], kept, overlap)) / 2;
    }
    detections_free(first, first_count);
    detections_free(closer, closer_count);
    return merged;
}
