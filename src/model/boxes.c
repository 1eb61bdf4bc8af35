// Follows torchvision's detection models, or matterport's where m->matterport is set and they
// differ.

#include "model/boxes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

const float box_weights_proposals[4] = {1, 1, 1, 1};
const float box_weights_detections[4] = {10, 10, 5, 5};

#define GROWTH_MAX 4.135166556742356f // log(1000 / 16)

static float intersection(struct box a, struct box b)
{
    const float w = fminf(a.x2, b.x2) - fmaxf(a.x1, b.x1);
    const float h = fminf(a.y2, b.y2) - fmaxf(a.y1, b.y1);
    return w > 0 && h > 0 ? w * h : 0;
}

float box_iou(struct box a, struct box b)
{
    const float both = intersection(a, b), all = box_area(a) + box_area(b) - both;
    return all > 0 ? both / all : 0;
}

float box_inside(struct box a, struct box b)
{
    const float area = box_area(a);
    return area > 0 ? intersection(a, b) / area : 0;
}

struct box box_decode(struct box anchor, const float deltas[4], const float weights[4])
{
    const float w = anchor.x2 - anchor.x1, h = anchor.y2 - anchor.y1;
    const float x = anchor.x1 + 0.5f * w + deltas[0] / weights[0] * w;
    const float y = anchor.y1 + 0.5f * h + deltas[1] / weights[1] * h;
    const float half_w = 0.5f * expf(fminf(deltas[2] / weights[2], GROWTH_MAX)) * w;
    const float half_h = 0.5f * expf(fminf(deltas[3] / weights[3], GROWTH_MAX)) * h;
    return (struct box){x - half_w, y - half_h, x + half_w, y + half_h};
}

void box_encode(struct box anchor, struct box target, const float weights[4], float deltas[4])
{
    const float w = anchor.x2 - anchor.x1, h = anchor.y2 - anchor.y1;
    const float to_w = target.x2 - target.x1, to_h = target.y2 - target.y1;
    deltas[0] = weights[0] * (target.x1 + 0.5f * to_w - anchor.x1 - 0.5f * w) / w;
    deltas[1] = weights[1] * (target.y1 + 0.5f * to_h - anchor.y1 - 0.5f * h) / h;
    deltas[2] = weights[2] * logf(to_w / w);
    deltas[3] = weights[3] * logf(to_h / h);
}

struct box box_anchor(const struct maskrcnn *m, size_t level, size_t canvas_height,
                      size_t canvas_width, size_t h, size_t w, size_t y, size_t x, size_t a)
{
    const float size = m->size[level][a % m->sizes], ratio = sqrtf(m->ratio[a / m->sizes]);
    float half_w = size / ratio / 2, half_h = size * ratio / 2;
    if (!m->matterport) { // torchvision rounds the corners of the anchor around 0
        half_w = rintf(half_w);
        half_h = rintf(half_h);
    }
    const float at_x = (float)(x * (canvas_width / w)), at_y = (float)(y * (canvas_height / h));
    return (struct box){at_x - half_w, at_y - half_h, at_x + half_w, at_y + half_h};
}

size_t boxes_suppress(const struct box *boxes, const uint16_t *groups, size_t count, float overlap,
                      size_t most, uint32_t *kept)
{
    size_t n = 0;
    for (size_t i = 0; i < count && n < most; i++) {
        int free_of_others = 1;
        for (size_t k = 0; k < n && free_of_others; k++)
            free_of_others = (groups && groups[kept[k]] != groups[i]) ||
                             !(box_iou(boxes[kept[k]], boxes[i]) > overlap);
        if (free_of_others)
            kept[n++] = (uint32_t)i;
    }
    return n;
}

struct candidate {
    float score;
    uint32_t index;
};

struct chooser {
    const struct maskrcnn *m;
    const struct maskrcnn_graph *parts;
    float *numbers; // the trunk's output for all photos
    float *objectness[MASKRCNN_LEVELS], *deltas[MASKRCNN_LEVELS]; // places in `numbers`
    struct candidate *candidates;
    struct box *boxes, *sorted;
    float *scores;
    uint16_t *groups, *sorted_groups;
    uint32_t *kept;
    struct choice *choices;
    size_t room; // of each array but the last
};

int chooser_new(const struct maskrcnn *m, const struct maskrcnn_graph *parts,
                struct chooser **chooser, swatch_error *error)
{
    size_t cells = 0, total = 0; // of the largest level in a photo, and of all
    struct chooser *c = calloc(1, sizeof *c);
    if (!c)
        return error_memory(error);
    c->m = m;
    c->parts = parts;
    for (size_t level = m->first_level; level < MASKRCNN_LEVELS; level++) {
        const struct tensor *t = parts->objectness[level];
        const size_t count = t->h * t->w * t->c;
        cells = count > cells ? count : cells;
        total += t->n * count;
    }
    const size_t detections = m->proposals * m->classes;
    const size_t levels = m->before_nms * MASKRCNN_LEVELS;
    c->room = cells > detections ? cells : detections;
    c->room = levels > c->room ? levels : c->room;
    c->numbers = malloc(5 * total * sizeof *c->numbers);
    c->candidates = malloc(c->room * sizeof *c->candidates);
    c->boxes = malloc(c->room * sizeof *c->boxes);
    c->sorted = malloc(c->room * sizeof *c->sorted);
    c->scores = malloc(c->room * sizeof *c->scores);
    c->groups = malloc(c->room * sizeof *c->groups);
    c->sorted_groups = malloc(c->room * sizeof *c->sorted_groups);
    c->kept = malloc(c->room * sizeof *c->kept);
    c->choices = malloc(m->detections * sizeof *c->choices);
    if (!c->numbers || !c->candidates || !c->boxes || !c->sorted || !c->scores || !c->groups ||
        !c->sorted_groups || !c->kept || !c->choices) {
        chooser_free(c);
        return error_memory(error);
    }
    float *next = c->numbers;
    for (size_t level = m->first_level; level < MASKRCNN_LEVELS; level++) {
        const struct tensor *t = parts->objectness[level];
        c->objectness[level] = next;
        c->deltas[level] = next + t->n * t->h * t->w * t->c;
        next += 5 * t->n * t->h * t->w * t->c;
    }
    *chooser = c;
    return SWATCH_OK;
}

void chooser_free(struct chooser *c)
{
    if (!c)
        return;
    free(c->numbers);
    free(c->candidates);
    free(c->boxes);
    free(c->sorted);
    free(c->scores);
    free(c->groups);
    free(c->sorted_groups);
    free(c->kept);
    free(c->choices);
    free(c);
}

// The best first; of equals the one that was first.
static int by_score(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->score > y->score)
        return -1;
    if (x->score < y->score)
        return 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

// Moves the `most` best candidates to the front, in order, and returns their number. If there are
// many candidates it first finds the score at place `most` by halving the range of scores, and
// drops lower ones. Sorting all of them would take longer.
static size_t best(struct candidate *candidates, size_t count, size_t most)
{
    if (count > 4 * most) {
        float low = candidates[0].score, high = low;
        for (size_t i = 1; i < count; i++) {
            low = fminf(low, candidates[i].score);
            high = fmaxf(high, candidates[i].score);
        }
        for (int round = 0; round < 24; round++) {
            const float middle = low + 0.5f * (high - low);
            size_t above = 0;
            for (size_t i = 0; i < count; i++)
                above += candidates[i].score >= middle;
            if (above >= most)
                low = middle;
            else
                high = middle;
        }
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            if (candidates[i].score >= low)
                candidates[n++] = candidates[i];
        count = n;
    }
    qsort(candidates, count, sizeof *candidates, by_score);
    return count < most ? count : most;
}

static struct box clip(struct box b, size_t width, size_t height)
{
    const float w = (float)width, h = (float)height;
    return (struct box){fminf(fmaxf(b.x1, 0), w), fminf(fmaxf(b.y1, 0), h),
                        fminf(fmaxf(b.x2, 0), w), fminf(fmaxf(b.y2, 0), h)};
}

// Sorts the first `count` boxes and their groups, best score first, into `sorted` and
// `sorted_groups`.
static void sort_boxes(struct chooser *c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        c->candidates[i] = (struct candidate){c->scores[i], (uint32_t)i};
    qsort(c->candidates, count, sizeof *c->candidates, by_score);
    for (size_t i = 0; i < count; i++) {
        c->sorted[i] = c->boxes[c->candidates[i].index];
        c->sorted_groups[i] = c->groups[c->candidates[i].index];
    }
}

void choose_fetch(struct chooser *c)
{
    for (size_t level = c->m->first_level; level < MASKRCNN_LEVELS; level++) {
        graph_get(c->parts->objectness[level], c->objectness[level]);
        graph_get(c->parts->deltas[level], c->deltas[level]);
    }
}

const struct box *choose_proposals(struct chooser *c, size_t photo, size_t width, size_t height,
                                   size_t *count)
{
    const struct maskrcnn *m = c->m;
    const struct maskrcnn_graph *p = c->parts;
    size_t n = 0;
    for (size_t level = m->first_level; level < MASKRCNN_LEVELS; level++) {
        const struct tensor *t = p->objectness[level];
        const size_t anchors = t->c, cells = t->h * t->w * anchors;
        const float *scores = c->objectness[level] + photo * cells;
        const float *deltas = c->deltas[level] + 4 * photo * cells;
        for (size_t i = 0; i < cells; i++) // NaN comes last
            c->candidates[i] =
                (struct candidate){isnan(scores[i]) ? -INFINITY : scores[i], (uint32_t)i};
        const size_t chosen = best(c->candidates, cells, m->before_nms);
        for (size_t i = 0; i < chosen; i++) {
            const size_t at = c->candidates[i].index, cell = at / anchors;
            const struct box anchor = box_anchor(m, level, p->height, p->width, t->h, t->w,
                                                 cell / t->w, cell % t->w, at % anchors);
            const struct box b =
                clip(box_decode(anchor, deltas + 4 * at, box_weights_proposals), width, height);
            if (!(b.x2 - b.x1 >= 1e-3f && b.y2 - b.y1 >= 1e-3f))
                continue;
            c->boxes[n] = b;
            c->scores[n] = c->candidates[i].score;
            c->groups[n++] = m->matterport ? 0 : (uint16_t)level;
        }
    }
    sort_boxes(c, n);
    if (m->matterport && n > m->before_nms) // the limit is for all levels together
        n = m->before_nms;
    *count =
        boxes_suppress(c->sorted, c->sorted_groups, n, m->proposal_overlap, m->proposals, c->kept);
    for (size_t i = 0; i < *count; i++)
        c->boxes[i] = c->sorted[c->kept[i]];
    return c->boxes;
}

const struct choice *choose_detections(struct chooser *c, const struct box *proposals, size_t count,
                                       const float *scores, const float *deltas, size_t width,
                                       size_t height, float least_score, size_t *found)
{
    const struct maskrcnn *m = c->m;
    const size_t classes = m->classes;
    size_t n = 0;
    // Writes to c->sorted, since `proposals` may be c->boxes.
    struct box *boxes = c->sorted;
    for (size_t i = 0; i < count; i++) {
        const float *s = scores + i * classes;
        float top = s[0], sum = 0;
        for (size_t k = 1; k < classes; k++)
            top = fmaxf(top, s[k]);
        for (size_t k = 0; k < classes; k++)
            sum += expf(s[k] - top);
        for (size_t k = 1; k < classes; k++) {
            const float score = expf(s[k] - top) / sum;
            if (!(score > least_score) || (m->matterport && s[k] < top)) // the best class only
                continue;
            const struct box b = clip(
                box_decode(proposals[i], deltas + 4 * (i * classes + k), box_weights_detections),
                width, height);
            if (!(b.x2 - b.x1 >= 1e-2f && b.y2 - b.y1 >= 1e-2f))
                continue;
            boxes[n] = b;
            c->scores[n] = score;
            c->groups[n++] = (uint16_t)k;
        }
    }
    memcpy(c->boxes, boxes, n * sizeof *boxes);
    sort_boxes(c, n);
    *found = boxes_suppress(c->sorted, c->sorted_groups, n, m->overlap, m->detections, c->kept);
    for (size_t i = 0; i < *found; i++)
        c->choices[i] = (struct choice){.box = c->sorted[c->kept[i]],
                                        .score = c->candidates[c->kept[i]].score,
                                        .label = c->sorted_groups[c->kept[i]]};
    return c->choices;
}

void box_region(const struct maskrcnn *m, struct box b, size_t photo, float canonical,
                float region[ROI_NUMBERS])
{
    const float side = sqrtf(fmaxf(box_area(b), 1e-6f));
    const float at = 2 + log2f(side / canonical);
    const float level = m->matterport ? rintf(at) : floorf(at + 1e-6f);
    region[0] = (float)photo;
    region[1] = fminf(fmaxf(level, 0), MASKRCNN_ROI_LEVELS - 1);
    region[2] = b.x1;
    region[3] = b.y1;
    region[4] = b.x2;
    region[5] = b.y2;
}
