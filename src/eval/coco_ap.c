// Matches the detections of one photo at a time. Keeps of each detection only its score and, for
// each range of areas and each overlap, whether it was right, wrong or did not count.

#include "eval/coco_ap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define RANGES 4
#define OVERLAPS 10
#define RECALLS 101

static const double ranges[RANGES][2] = {{0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10}};

enum verdict { WRONG, RIGHT, NOT_COUNTED };

struct judged {
    double score;
    unsigned char verdict[RANGES][OVERLAPS];
};

struct ap {
    struct judged *judged;
    size_t count, room;
    size_t truths[RANGES]; // truths that count
};

int ap_new(struct ap **ap, swatch_error *error)
{
    *ap = calloc(1, sizeof **ap);
    return *ap ? SWATCH_OK : error_memory(error);
}

void ap_free(struct ap *ap)
{
    if (!ap)
        return;
    free(ap->judged);
    free(ap);
}

static double area_of(const struct ap_item *item)
{
    return item->mask ? (double)rle_area(item->mask) : item->box[2] * item->box[3];
}

// Returns intersection over union, or over the detection's area if the truth is a crowd.
static double overlap(const struct ap_item *d, const struct ap_item *t)
{
    double both, area_d = area_of(d), area_t = area_of(t);
    if (d->mask && t->mask) {
        both = (double)rle_intersection(d->mask, t->mask);
    } else {
        const double w =
            fmin(d->box[0] + d->box[2], t->box[0] + t->box[2]) - fmax(d->box[0], t->box[0]);
        const double h =
            fmin(d->box[1] + d->box[3], t->box[1] + t->box[3]) - fmax(d->box[1], t->box[1]);
        both = w > 0 && h > 0 ? w * h : 0;
        area_t = t->box[2] * t->box[3];
    }
    const double whole = t->crowd ? area_d : area_d + area_t - both;
    return whole > 0 ? both / whole : 0;
}

// Sorts by falling score. Items of equal score keep their order.
static void sort_by_score(const struct ap_item **items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct ap_item *item = items[i];
        size_t k = i;
        for (; k > 0 && items[k - 1]->score < item->score; k--)
            items[k] = items[k - 1];
        items[k] = item;
    }
}

// overlap_at and recall_at return the numbers of numpy's linspace to the last bit, as pycocotools
// uses them. That matters because boxes of whole pixels fall exactly on them.
static double overlap_at(size_t at)
{
    return at + 1 == OVERLAPS ? 0.95 : (double)at * ((0.95 - 0.5) / (OVERLAPS - 1)) + 0.5;
}

static double recall_at(size_t at)
{
    return at + 1 == RECALLS ? 1 : (double)at * (1.0 / (RECALLS - 1));
}

// Judges the detections of a photo in one range of areas at one overlap.
static void judge(const struct ap_item *const *detections, size_t n, const size_t *order,
                  const struct ap_item *truths, const unsigned char *ignored, size_t m,
                  const double *overlaps, size_t range, size_t at, unsigned char *taken,
                  struct judged *out)
{
    const double least = overlap_at(at);
    memset(taken, 0, m);
    for (size_t d = 0; d < n; d++) {
        double best = least;
        size_t found = m;
        for (size_t k = 0; k < m; k++) {
            const size_t t = order[k]; // truths that count come first
            if (taken[t] && !truths[t].crowd)
                continue;
            if (found < m && !ignored[found] && ignored[t])
                break;
            if (overlaps[d * m + t] < best)
                continue;
            best = overlaps[d * m + t];
            found = t;
        }
        const double area = area_of(detections[d]);
        const int outside = area < ranges[range][0] || area > ranges[range][1];
        if (found < m) {
            taken[found] = 1;
            out[d].verdict[range][at] = ignored[found] ? NOT_COUNTED : RIGHT;
        } else {
            out[d].verdict[range][at] = outside ? NOT_COUNTED : WRONG;
        }
    }
}

int ap_add(struct ap *ap, const struct ap_item *detections, size_t n, const struct ap_item *truths,
           size_t m, swatch_error *error)
{
    const struct ap_item **sorted = malloc((n + 1) * sizeof *sorted);
    unsigned char *ignored = malloc(2 * m + 1), *taken = ignored ? ignored + m : NULL;
    size_t *order = malloc((m + 1) * sizeof *order);
    double *overlaps = NULL;
    int status = SWATCH_FAILED;
    if (!sorted || !ignored || !order)
        goto done;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &detections[i];
    sort_by_score(sorted, n);
    n = n < AP_DETECTIONS_MAX ? n : AP_DETECTIONS_MAX;
    overlaps = malloc((n * m + 1) * sizeof *overlaps);
    if (!overlaps)
        goto done;
    if (ap->count + n > ap->room) {
        const size_t room = 2 * (ap->count + n);
        struct judged *larger = realloc(ap->judged, room * sizeof *larger);
        if (!larger)
            goto done;
        ap->judged = larger;
        ap->room = room;
    }
    for (size_t d = 0; d < n; d++) {
        ap->judged[ap->count + d].score = sorted[d]->score;
        for (size_t t = 0; t < m; t++)
            overlaps[d * m + t] = overlap(sorted[d], &truths[t]);
    }
    for (size_t range = 0; range < RANGES; range++) {
        size_t at = 0;
        for (size_t t = 0; t < m; t++)
            ignored[t] = truths[t].crowd || truths[t].area < ranges[range][0] ||
                         truths[t].area > ranges[range][1];
        for (int pass = 0; pass < 2; pass++)
            for (size_t t = 0; t < m; t++)
                if (ignored[t] == pass)
                    order[at++] = t;
        for (size_t t = 0; t < m; t++)
            ap->truths[range] += !ignored[t];
        for (size_t k = 0; k < OVERLAPS; k++)
            judge(sorted, n, order, truths, ignored, m, overlaps, range, k, taken,
                  ap->judged + ap->count);
    }
    ap->count += n;
    status = SWATCH_OK;
done:
    free(sorted);
    free(ignored);
    free(order);
    free(overlaps);
    return status ? error_memory(error) : SWATCH_OK;
}

struct ranked {
    double score;
    size_t index;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

// Returns the mean precision over the recalls 0, 0.01 .. 1 at one overlap. *recall becomes the
// greatest recall. precisions and recalls are work space for ap->count numbers each.
static double precision_at(const struct ap *ap, const struct ranked *ranked, size_t range,
                           size_t at, double *precisions, double *recalls, double *recall)
{
    size_t right = 0, wrong = 0, n = 0;
    for (size_t i = 0; i < ap->count; i++) {
        const unsigned char verdict = ap->judged[ranked[i].index].verdict[range][at];
        right += verdict == RIGHT;
        wrong += verdict == WRONG;
        precisions[n] = (double)right / ((double)(right + wrong) + 2.220446049250313e-16);
        recalls[n++] = (double)right / (double)ap->truths[range];
    }
    for (size_t i = n; i-- > 1;)
        precisions[i - 1] = fmax(precisions[i - 1], precisions[i]);
    *recall = n ? recalls[n - 1] : 0;
    double sum = 0;
    size_t i = 0;
    for (size_t r = 0; r < RECALLS; r++) {
        while (i < n && recalls[i] < recall_at(r))
            i++;
        sum += i < n ? precisions[i] : 0;
    }
    return sum / RECALLS;
}

int ap_compute(const struct ap *ap, struct average_precision *result, swatch_error *error)
{
    struct ranked *ranked = malloc((ap->count + 1) * sizeof *ranked);
    double *precisions = malloc(2 * (ap->count + 1) * sizeof *precisions);
    double mean[RANGES] = {0}, recall = 0;
    if (!ranked || !precisions) {
        free(ranked);
        free(precisions);
        return error_memory(error);
    }
    for (size_t i = 0; i < ap->count; i++)
        ranked[i] = (struct ranked){ap->judged[i].score, i};
    qsort(ranked, ap->count, sizeof *ranked, by_score);
    *result = (struct average_precision){.ap50 = NAN, .ap75 = NAN};
    for (size_t range = 0; range < RANGES; range++) {
        if (ap->truths[range] == 0) {
            mean[range] = NAN;
            continue;
        }
        for (size_t at = 0; at < OVERLAPS; at++) {
            double most;
            const double p =
                precision_at(ap, ranked, range, at, precisions, precisions + ap->count + 1, &most);
            mean[range] += p / OVERLAPS;
            if (range > 0)
                continue;
            recall += most / OVERLAPS;
            if (at == 0)
                result->ap50 = p;
            if (at == 5)
                result->ap75 = p;
        }
    }
    result->ap = mean[0];
    result->small = mean[1];
    result->medium = mean[2];
    result->large = mean[3];
    result->recall = ap->truths[0] ? recall : NAN;
    free(ranked);
    free(precisions);
    return SWATCH_OK;
}
