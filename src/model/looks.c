// Two looks at a photo as one list: greedy suppression over both, with scores averaged.

#include "model/looks.h"

#include <math.h>
#include <stdlib.h>

#include "model/boxes.h"

#define LARGE_SCORE 0.5f // from which on somebody counts
#define LARGE_SPAN 0.5f  // of the photo's width or height, from which on they are large

int looks_want_closer(const struct detection *found, size_t count, size_t width, size_t height)
{
    for (size_t i = 0; i < count; i++) {
        const float *b = found[i].box;
        if (found[i].score >= LARGE_SCORE &&
            (b[2] - b[0] >= LARGE_SPAN * (float)width || b[3] - b[1] >= LARGE_SPAN * (float)height))
            return 0;
    }
    return 1;
}

static int is_same(const struct detection *a, const struct detection *b, float overlap)
{
    const struct box p = {a->box[0], a->box[1], a->box[2], a->box[3]};
    const struct box q = {b->box[0], b->box[1], b->box[2], b->box[3]};
    return a->label == b->label && box_iou(p, q) > overlap;
}

// The best that is left of a look; NULL: none. What is taken or suppressed has no mask.
static struct detection *best_left(struct detection *found, size_t count)
{
    struct detection *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (found[i].mask && (!best || found[i].score > best->score))
            best = &found[i];
    return best;
}

// Drops what is the same as `kept` and returns the highest score of that, or 0.
static float suppress(struct detection *found, size_t count, const struct detection *kept,
                      float overlap)
{
    float score = 0;
    for (size_t i = 0; i < count; i++)
        if (found[i].mask && is_same(&found[i], kept, overlap)) {
            score = fmaxf(score, found[i].score);
            free(found[i].mask);
            found[i].mask = NULL;
        }
    return score;
}

struct detection *looks_merge(struct detection *first, size_t first_count, struct detection *closer,
                              size_t closer_count, float overlap, size_t *count)
{
    struct detection *merged = calloc(first_count + closer_count + 1, sizeof *merged);
    *count = 0;
    while (merged) {
        struct detection *const a = best_left(first, first_count);
        struct detection *const b = best_left(closer, closer_count);
        if (!a && !b)
            break;
        const int from_first = a && (!b || a->score >= b->score);
        struct detection *const kept = &merged[(*count)++];
        *kept = from_first ? *a : *b;
        (from_first ? a : b)->mask = NULL;
        const float in_first = suppress(first, first_count, kept, overlap);
        const float in_closer = suppress(closer, closer_count, kept, overlap);
        kept->score = (kept->score + (from_first ? in_closer : in_first)) / 2;
    }
    detections_free(first, first_count);
    detections_free(closer, closer_count);
    return merged;
}
