#include "extract/certainty.h"

#include <math.h>

// Every second pixel of the answer in both directions is enough for a mean.
#define STEP 2

struct sums {
    double inside, outside; // probability of the region's classes within it, and elsewhere
    size_t pixels;
};

static void add_pixel(const swatch_result *r, const float *answer, size_t label, struct sums *sums)
{
    double each[SWATCH_REGIONS + 1] = {0};
    const size_t region = r->region_of[label];
    for (size_t c = 0; c < r->classes.count; c++)
        each[r->region_of[c]] += (double)answer[c];
    for (size_t k = 0; k < SWATCH_REGIONS; k++)
        if (k == region)
            sums[k].inside += each[k];
        else
            sums[k].outside += each[k];
    if (region < SWATCH_REGIONS)
        sums[region].pixels++;
}

static double chance(const double c[2], double expected)
{
    const double bounded = fmin(fmax(expected, 1e-4), 1 - 1e-4);
    return 1 / (1 + exp(-(c[0] + c[1] * log(bounded / (1 - bounded)))));
}

void certainty_measure(const swatch_session *s, const struct seen *seen, swatch_result *r)
{
    const struct model *model = s->model->file;
    const struct letterbox *box = &s->answer_box;
    struct sums sums[SWATCH_REGIONS] = {{0}};
    for (size_t y = 0; s->answer && y < box->height; y += STEP) {
        const size_t row = (2 * y + 1) * seen->height / (2 * box->height);
        const float *from = s->answer + (box->top + y) * s->answer_width * r->classes.count;
        for (size_t x = 0; x < box->width; x += STEP) {
            const size_t column = (2 * x + 1) * seen->width / (2 * box->width);
            if (seen->mask && !seen->mask[row * seen->width + column])
                continue;
            const size_t at = (seen->top + row) * r->labels.width + seen->left + column;
            add_pixel(r, from + (box->left + x) * r->classes.count, r->labels.pixels[at], sums);
        }
    }
    for (size_t k = 0; k < SWATCH_REGIONS; k++) {
        const struct sums *sum = &sums[k];
        r->expected[k] =
            sum->pixels ? sum->inside / ((double)sum->pixels + sum->outside) : (double)NAN;
        r->confidence[k] = model->has_certainty && sum->pixels
                               ? chance(model->certainty[k], r->expected[k])
                               : (double)NAN;
    }
}
