#include "extract/kinds.h"

#include "image/tap.h"

// The mean of the first head's probabilities over the 2 x 2 pixels of one of the second head's.
static void mean_answer(const float *answer, size_t width, size_t y, size_t x, size_t outputs,
                        float *mean)
{
    const float *a = answer + (2 * y * width + 2 * x) * outputs, *b = a + width * outputs;
    for (size_t k = 0; k < outputs; k++)
        mean[k] = (a[k] + a[outputs + k] + b[k] + b[outputs + k]) / 4;
}

void kinds_share(const struct model *m, const float *answer, size_t height, size_t width,
                 float *kinds)
{
    const size_t classes = m->classes.count, outputs = m->own.count;
#pragma omp parallel for schedule(static)
    for (long long y = 0; y < (long long)(height / 2); y++)
        for (size_t x = 0; x < width / 2; x++) {
            float *p = kinds + ((size_t)y * (width / 2) + x) * classes;
            float whole[CLASSES_MAX], sums[CLASSES_MAX] = {0};
            mean_answer(answer, width, (size_t)y, x, outputs, whole);
            for (size_t k = 0; k < classes; k++)
                sums[m->part_of[k]] += p[k];
            for (size_t k = 0; k < classes; k++)
                p[k] *= whole[m->part_of[k]] / (sums[m->part_of[k]] + 1e-20f);
        }
}

// Interpolates the probability of a class between four pixels.
struct corners {
    const float *low[2], *high[2]; // of the upper and the lower row: left, right
    float row, column;
};

static float between(const struct corners *c, size_t k)
{
    const float top = c->low[0][k] + c->column * (c->low[1][k] - c->low[0][k]);
    const float bottom = c->high[0][k] + c->column * (c->high[1][k] - c->high[0][k]);
    return top + c->row * (bottom - top);
}

// Returns the likeliest class that is part of class `whole`.
static uint8_t decide(const struct model *m, const struct corners *c, size_t whole,
                      const struct known *known)
{
    size_t best = CLASSES_MAX;
    float most = 0, sum = 0;
    for (size_t k = 0; k < m->classes.count; k++) {
        if (m->part_of[k] != whole || (known && !known->classes[k]))
            continue;
        const float p = between(c, k);
        sum += p;
        if (best == CLASSES_MAX || p > most) {
            best = k;
            most = p;
        }
    }
    return best == CLASSES_MAX || (known && most < known->sure * sum) ? LABEL_UNSURE
                                                                      : (uint8_t)best;
}

// Where pixel i of `size` pixels lies in the second head's line, when the photo takes `length`
// pixels of the canvas from `first` on.
static struct tap tap_of(size_t i, size_t size, size_t first, size_t length, size_t line)
{
    const double at = (double)first + ((double)i + 0.5) * (double)length / (double)size;
    return tap_place(at / 2 - 0.5, line);
}

void kinds_label(const struct model *m, const float *kinds, size_t height, size_t width,
                 const struct letterbox *box, const struct known *known, struct image *labels)
{
    const size_t classes = m->classes.count, stride = width / 2 * classes;
#pragma omp parallel for schedule(dynamic, 16)
    for (long long y = 0; y < (long long)labels->height; y++) {
        const struct tap row = tap_of((size_t)y, labels->height, box->top, box->height, height / 2);
        uint8_t *label = labels->pixels + (size_t)y * labels->width;
        for (size_t x = 0; x < labels->width; x++) {
            if (label[x] == LABEL_UNSURE)
                continue;
            const struct tap column = tap_of(x, labels->width, box->left, box->width, width / 2);
            const float *low = kinds + row.low * stride, *high = kinds + row.high * stride;
            const struct corners c = {
                .low = {low + column.low * classes, low + column.high * classes},
                .high = {high + column.low * classes, high + column.high * classes},
                .row = row.weight,
                .column = column.weight};
            label[x] = decide(m, &c, label[x], known);
        }
    }
}
