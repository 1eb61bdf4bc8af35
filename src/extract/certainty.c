#include "extract/certainty.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"

// Every second pixel of the answer in both directions is enough for a mean.
#define STEP 2
// A garment may be of another class if that one's probability is at least this share of its own.
#define DOUBT 0.5

struct sums {
    double inside, outside; // probability of the region's classes within it, and elsewhere
    size_t pixels;
};

struct regions {
    const swatch_result *result;
    struct sums sums[SWATCH_REGIONS];
};

static void add_pixel(void *user, const float *answer, size_t y, size_t x)
{
    struct regions *t = user;
    const swatch_result *r = t->result;
    const size_t region = r->region_of[r->labels.pixels[y * r->labels.width + x]];
    double each[SWATCH_REGIONS + 1] = {0};
    for (size_t c = 0; c < r->classes.count; c++)
        each[r->region_of[c]] += (double)answer[c];
    for (size_t k = 0; k < SWATCH_REGIONS; k++)
        if (k == region)
            t->sums[k].inside += each[k];
        else
            t->sums[k].outside += each[k];
    if (region < SWATCH_REGIONS)
        t->sums[region].pixels++;
}

static double chance(const double c[2], double expected)
{
    const double bounded = fmin(fmax(expected, 1e-4), 1 - 1e-4);
    return 1 / (1 + exp(-(c[0] + c[1] * log(bounded / (1 - bounded)))));
}

void certainty_measure(const swatch_session *s, const struct seen *seen, swatch_result *r)
{
    const struct model *model = s->model->file;
    struct regions t = {.result = r};
    answer_for_each(s, seen, r, STEP, add_pixel, &t);
    for (size_t k = 0; k < SWATCH_REGIONS; k++) {
        const struct sums *sum = &t.sums[k];
        r->expected[k] =
            sum->pixels ? sum->inside / ((double)sum->pixels + sum->outside) : (double)NAN;
        r->confidence[k] = model->has_certainty && sum->pixels
                               ? chance(model->certainty[k], r->expected[k])
                               : (double)NAN;
    }
}

struct garments {
    const swatch_result *result;
    double (*sums)[CLASSES_MAX]; // of each garment
    size_t *pixels;
};

static void add_garment(void *user, const float *answer, size_t y, size_t x)
{
    struct garments *t = user;
    const size_t index = t->result->garment_of.pixels[y * t->result->labels.width + x];
    for (size_t k = 0; index && k < t->result->classes.count; k++)
        t->sums[index - 1][k] += (double)answer[k];
    if (index)
        t->pixels[index - 1]++;
}

static void judge_garment(const swatch_result *r, const double *sums, size_t pixels,
                          swatch_garment *g)
{
    size_t other = g->class_index;
    g->probability = sums[g->class_index] / (double)pixels;
    for (size_t k = 0; k < r->classes.count; k++)
        if (k != g->class_index && r->region_of[k] == SWATCH_CLOTHES &&
            (other == g->class_index || sums[k] > sums[other]))
            other = k;
    if (other == g->class_index || sums[other] < DOUBT * sums[g->class_index])
        return;
    g->or_class_index = other;
    g->or_probability = sums[other] / (double)pixels;
}

int certainty_of_garments(const swatch_session *s, const struct seen *seen, swatch_result *r,
                          swatch_error *error)
{
    struct garments t = {.result = r,
                         .sums = calloc(r->garment_count + 1, sizeof *t.sums),
                         .pixels = calloc(r->garment_count + 1, sizeof *t.pixels)};
    const int status = t.sums && t.pixels ? SWATCH_OK : error_memory(error);
    if (!status && r->garment_count)
        answer_for_each(s, seen, r, 1, add_garment, &t);
    for (size_t i = 0; !status && i < r->garment_count; i++)
        if (t.pixels[i])
            judge_garment(r, t.sums[i], t.pixels[i], &r->garments[i]);
    free(t.sums);
    free(t.pixels);
    return status;
}
