#include "train/people/targets.h"

#include <math.h>
#include <string.h>

#define CANDIDATES_MAX 4200 // proposals and true boxes of a photo

static struct box box_of(const struct instance *i)
{
    return (struct box){i->box[0], i->box[1], i->box[2], i->box[3]};
}

// Returns the person whom a box overlaps most, or -1 with overlap 0.
static int match(const struct scene *scene, struct box b, float *overlap)
{
    int found = -1;
    *overlap = 0;
    for (size_t i = 0; i < scene->count; i++) {
        if (scene->instances[i].ignore)
            continue;
        const float iou = box_iou(b, box_of(&scene->instances[i]));
        if (iou > *overlap) {
            *overlap = iou;
            found = (int)i;
        }
    }
    return found;
}

static int ignored(const struct scene *scene, struct box b)
{
    for (size_t i = 0; i < scene->count; i++)
        if (scene->instances[i].ignore && box_inside(b, box_of(&scene->instances[i])) > 0.5f)
            return 1;
    return 0;
}

// Returns 1 if a box that matches no person may count as background. Where only some people are
// labelled, a box elsewhere may show an unlabelled person; only a box that lies mostly inside a
// labelled person is surely not a whole one.
static int may_be_negative(const struct scene *scene, struct box b)
{
    if (ignored(scene, b))
        return 0;
    if (!scene->only_positives)
        return 1;
    for (size_t i = 0; i < scene->count; i++)
        if (box_inside(b, box_of(&scene->instances[i])) > 0.7f)
            return 1;
    return 0;
}

// Of the `there` labels that are `value`, keeps `keep` at random and sets the others to
// TARGET_IGNORED.
static void thin(uint8_t *labels, size_t count, uint8_t value, size_t there, size_t keep,
                 struct rng *rng)
{
    for (size_t i = 0; i < count && there > 0; i++) {
        if (labels[i] != value)
            continue;
        if (rng_below(rng, (uint32_t)there) < keep)
            keep--;
        else
            labels[i] = TARGET_IGNORED;
        there--;
    }
}

size_t targets_proposals(const struct maskrcnn *m, const struct maskrcnn_graph *p,
                         const struct scene *scene, size_t sample, struct rng *rng,
                         uint8_t *const labels[MASKRCNN_LEVELS],
                         float *const deltas[MASKRCNN_LEVELS])
{
    float most[SCENE_INSTANCES_MAX] = {0}; // overlap of each person with its best anchor
    size_t positives = 0, negatives = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t level = m->first_level; level < MASKRCNN_LEVELS; level++) {
            const struct tensor *t = p->objectness[level];
            size_t at = 0;
            for (size_t y = 0; y < t->h; y++)
                for (size_t x = 0; x < t->w; x++)
                    for (size_t a = 0; a < t->c; a++, at++) {
                        const struct box anchor =
                            box_anchor(m, level, p->height, p->width, t->h, t->w, y, x, a);
                        float overlap;
                        int person = match(scene, anchor, &overlap);
                        if (pass == 0) {
                            if (person >= 0 && overlap > most[person])
                                most[person] = overlap;
                            continue;
                        }
                        int positive = overlap >= 0.7f;
                        for (size_t i = 0; i < scene->count && !positive && overlap > 0; i++)
                            if (most[i] > 0 && !scene->instances[i].ignore &&
                                box_iou(anchor, box_of(&scene->instances[i])) >= most[i]) {
                                positive = 1;
                                person = (int)i;
                            }
                        float *d = deltas[level] + 4 * at;
                        for (size_t k = 0; k < 4; k++)
                            d[k] = NAN;
                        labels[level][at] = TARGET_IGNORED;
                        if (positive) {
                            labels[level][at] = 1;
                            box_encode(anchor, box_of(&scene->instances[person]),
                                       box_weights_proposals, d);
                            positives++;
                        } else if (overlap < 0.3f && may_be_negative(scene, anchor)) {
                            labels[level][at] = 0;
                            negatives++;
                        }
                    }
        }
    // Each level keeps its share of the positives and of the negatives.
    size_t keep_positive = positives < sample / 2 ? positives : sample / 2;
    size_t keep_negative = negatives < sample - keep_positive ? negatives : sample - keep_positive;
    const size_t drawn = keep_positive + keep_negative;
    for (size_t level = m->first_level; level < MASKRCNN_LEVELS; level++) {
        const struct tensor *t = p->objectness[level];
        const size_t count = t->h * t->w * t->c;
        size_t there[2] = {0}, keep[2];
        for (size_t i = 0; i < count; i++)
            if (labels[level][i] != TARGET_IGNORED)
                there[labels[level][i]]++;
        keep[1] = positives ? (keep_positive * there[1] + positives / 2) / positives : 0;
        keep[0] = negatives ? (keep_negative * there[0] + negatives / 2) / negatives : 0;
        for (uint8_t value = 0; value < 2; value++)
            thin(labels[level], count, value, there[value], keep[value], rng);
        for (size_t i = 0; i < count; i++)
            if (labels[level][i] != 1)
                deltas[level][4 * i] = deltas[level][4 * i + 1] = deltas[level][4 * i + 2] =
                    deltas[level][4 * i + 3] = NAN;
            else
                labels[level][i] = 254; // the loss reads it as a probability of 1
    }
    return drawn;
}

// Draws the part of a person's mask in a box on side x side cells. A cell is the mean of the mask
// inside it.
static void draw_mask(const struct instance *person, struct box b, size_t side, size_t channels,
                      uint8_t *out)
{
    const float cell_w = (b.x2 - b.x1) / (float)side, cell_h = (b.y2 - b.y1) / (float)side;
    const int across = (int)fminf(fmaxf(ceilf(cell_w), 2), 6);
    const int down = (int)fminf(fmaxf(ceilf(cell_h), 2), 6);
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++) {
            int sum = 0;
            for (int j = 0; j < down; j++)
                for (int i = 0; i < across; i++) {
                    const float at_x =
                        b.x1 + ((float)x + ((float)i + 0.5f) / (float)across) * cell_w;
                    const float at_y = b.y1 + ((float)y + ((float)j + 0.5f) / (float)down) * cell_h;
                    const float u = floorf(at_x) - (float)person->x;
                    const float v = floorf(at_y) - (float)person->y;
                    if (u >= 0 && v >= 0 && u < (float)person->width && v < (float)person->height)
                        sum += person->mask[(size_t)v * person->width + (size_t)u];
                }
            out[(y * side + x) * channels] = (uint8_t)(sum * 254 / (255 * across * down));
        }
}

void targets_heads(const struct maskrcnn *m, const struct scene *scene, size_t photo,
                   const struct box *proposals, size_t count, struct rng *rng,
                   struct head_targets *t)
{
    struct box boxes[CANDIDATES_MAX];
    int16_t person[CANDIDATES_MAX];
    uint8_t labels[CANDIDATES_MAX]; // 1 positive, 0 negative
    size_t n = 0, there[2] = {0};
    const size_t side = 2 * m->mask_side, classes = m->classes;

    for (size_t i = 0; i < count + scene->count && n < CANDIDATES_MAX; i++) {
        if (i >= count && scene->instances[i - count].ignore)
            continue;
        const struct box b = i < count ? proposals[i] : box_of(&scene->instances[i - count]);
        float overlap;
        const int best = match(scene, b, &overlap);
        if (overlap < 0.5f && !may_be_negative(scene, b))
            continue;
        boxes[n] = b;
        person[n] = (int16_t)best;
        labels[n] = overlap >= 0.5f;
        there[labels[n++]]++;
    }
    const size_t third = t->regions / 3;
    const size_t positives = there[1] < third ? there[1] : third;
    const size_t rest = t->regions - positives;
    thin(labels, n, 1, there[1], positives, rng);
    thin(labels, n, 0, there[0], there[0] < rest ? there[0] : rest, rng);

    for (size_t i = 0; i < t->regions * ROI_NUMBERS; i++)
        t->box_rois[i] = -1;
    for (size_t i = 0; i < t->mask_regions * ROI_NUMBERS; i++)
        t->mask_rois[i] = -1;
    for (size_t i = 0; i < t->regions * 4 * classes; i++)
        t->deltas[i] = NAN;
    memset(t->labels, TARGET_IGNORED, t->regions);
    memset(t->masks, TARGET_IGNORED, t->mask_regions * side * side * classes);
    size_t region = 0, masked = 0;
    for (size_t i = 0; i < n; i++) {
        if (labels[i] == TARGET_IGNORED)
            continue;
        box_region(m, boxes[i], photo, m->box_canonical, t->box_rois + region * ROI_NUMBERS);
        t->labels[region] = labels[i]; // class 1 is people
        if (labels[i]) {
            const struct instance *truth = &scene->instances[person[i]];
            box_encode(boxes[i], box_of(truth), box_weights_detections,
                       t->deltas + region * 4 * classes + 4);
            if (masked < t->mask_regions && truth->mask) {
                box_region(m, boxes[i], photo, m->mask_canonical,
                           t->mask_rois + masked * ROI_NUMBERS);
                draw_mask(truth, boxes[i], side, classes,
                          t->masks + masked * side * side * classes + 1);
                masked++;
            }
        }
        region++;
    }
}
