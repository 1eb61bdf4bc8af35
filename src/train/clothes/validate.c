// Runs an inference graph on the trainer's own parameters. If the recipe keeps a moving average,
// the parameters are exchanged with it for that time.

#include "train/clothes/validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "train/clothes/samples.h"

#define SHEET_ROWS 4

struct validation {
    const struct dataset *data;
    char *const *names;
    size_t count;
    struct trainer *trainer;
    const uint8_t (*colors)[3];
    struct graph *graph;
    struct tensor *photo, *output, *garments;
    float *scores;
    // (H, W), then for the second head (H/2, W/2); DATASET_UNKNOWN in the truth does not count.
    uint8_t *labels, *truth;
};

int validation_new(const struct dataset *data, char *const *names, size_t count,
                   struct trainer *trainer, const uint8_t (*colors)[3],
                   struct validation **validation, swatch_error *error)
{
    const struct recipe *recipe = &trainer->recipe;
    const size_t pixels = recipe->height * recipe->width;
    const size_t outputs = size_most(recipe->rgb ? 3 : recipe->classes, recipe->garments / 4 + 1);
    struct validation *v = calloc(1, sizeof *v);
    if (!v)
        return error_memory(error);
    v->data = data;
    v->trainer = trainer;
    v->colors = colors;
    // Each rank measures a stretch of the photos. Rank 0, which draws the sheet, has the first.
    const size_t ranks = ranks_count(recipe->ranks), rank = ranks_number(recipe->ranks);
    const size_t first = (count * rank + ranks - 1) / ranks;
    v->names = names + first;
    v->count = (count * (rank + 1) + ranks - 1) / ranks - first;
    v->scores = malloc(pixels * outputs * sizeof *v->scores);
    v->labels = malloc(2 * pixels);
    v->truth = malloc(2 * pixels);
    if (!v->scores || !v->labels || !v->truth) {
        validation_free(v);
        return error_memory(error);
    }
    *validation = v;
    return SWATCH_OK;
}

void validation_free(struct validation *v)
{
    if (!v)
        return;
    graph_free(v->graph);
    free(v->scores);
    free(v->labels);
    free(v->truth);
    free(v);
}

// Builds the graph. The trainer's parameters exist only at the first run, not yet in
// validation_new.
static int build(struct validation *v, swatch_error *error)
{
    struct trainer *t = v->trainer;
    const struct recipe *r = &t->recipe;
    const struct generator *generator = generator_find(r->generator);
    const struct generator_shape shape = {.filters = r->filters ? r->filters : generator->filters,
                                          .outputs = r->rgb ? 3 : r->classes,
                                          .rgb = r->rgb,
                                          .garments = r->garments};
    v->graph = graph_new(t->backend, r->dtype, GRAPH_INFER, 0);
    if (!v->graph)
        return error_memory(error);
    graph_params(v->graph, &t->generator, 1);
    v->photo = graph_input(v->graph, 1, r->height, r->width, 3);
    v->output = graph_output(v->graph, generator->build(v->graph, v->photo, shape, &v->garments));
    if (r->garments)
        graph_output(v->graph, v->garments);
    return graph_finish(v->graph, error);
}

// Finds for each pixel (count) the class with the highest score.
static void decide_scores(const float *scores, size_t count, size_t classes, uint8_t *labels)
{
    for (size_t i = 0; i < count; i++, scores += classes) {
        size_t best = 0;
        for (size_t k = 1; k < classes; k++)
            best = scores[k] > scores[best] ? k : best;
        labels[i] = (uint8_t)best;
    }
}

// Finds for each pixel the class whose color is nearest.
static void decide_colors(const struct validation *v, const struct recipe *r)
{
    for (size_t i = 0; i < r->height * r->width; i++) {
        const float *x = v->scores + 3 * i;
        float least = INFINITY;
        for (size_t k = 0; k < r->classes; k++) {
            float distance = 0;
            for (size_t c = 0; c < 3; c++) {
                const float d = x[c] - ((float)v->colors[k][c] / 127.5f - 1);
                distance += d * d;
            }
            if (distance < least) {
                least = distance;
                v->labels[i] = (uint8_t)k;
            }
        }
    }
}

// Adds the answer to a photo to metrics[0].
static int measure_answer(struct validation *v, const uint8_t *labels, struct metrics *metrics,
                          swatch_error *error)
{
    const struct recipe *r = &v->trainer->recipe;
    const size_t pixels = r->height * r->width;
    graph_get(v->output, v->scores);
    if (r->rgb)
        decide_colors(v, r);
    else
        decide_scores(v->scores, pixels, r->classes, v->labels);
    for (size_t k = 0; k < pixels; k++) {
        const uint8_t answer = v->trainer->answers[labels[k]];
        v->truth[k] =
            labels[k] == SOURCE_OUTSIDE || answer >= r->classes ? DATASET_UNKNOWN : answer;
    }
    return metrics_add(metrics, v->truth, v->labels, r->height, r->width, 1, error);
}

// Adds what the second head says to metrics[1].
static int measure_garments(struct validation *v, const uint8_t *labels, struct metrics *metrics,
                            swatch_error *error)
{
    const struct recipe *r = &v->trainer->recipe;
    const size_t pixels = r->height * r->width;
    uint8_t *truth = v->truth + pixels, *found = v->labels + pixels;
    graph_get(v->garments, v->scores);
    decide_scores(v->scores, pixels / 4, r->garments, found);
    trainer_halve(labels, r->height, r->width, truth);
    for (size_t k = 0; k < pixels / 4; k++)
        truth[k] = truth[k] >= r->garments ? DATASET_UNKNOWN : truth[k];
    return metrics_add(metrics + 1, truth, found, r->height / 2, r->width / 2, 1, error);
}

static void sheet_row(const struct validation *v, const struct recipe *r, struct image *sheet,
                      size_t row, const struct batch *batch)
{
    for (size_t y = 0; y < r->height; y++)
        for (size_t x = 0; x < r->width; x++) {
            const size_t i = y * r->width + x;
            uint8_t *to = sheet->pixels + 3 * ((row * r->height + y) * sheet->width + x);
            const uint8_t truth = v->truth[i] == DATASET_UNKNOWN ? 0 : v->truth[i];
            for (size_t c = 0; c < 3; c++) {
                to[c] = (uint8_t)(127.5f * (batch->photos[3 * i + c] + 1) + 0.5f);
                to[3 * r->width + c] = v->colors[truth][c];
                to[6 * r->width + c] = v->colors[v->labels[i]][c];
            }
        }
}

// Adds the figures of all ranks up, on every rank.
static int add_up(struct metrics *m, struct ranks *ranks, swatch_error *error)
{
    const size_t classes = m->classes, count = 1 + classes * (classes + 2);
    if (!ranks)
        return SWATCH_OK;
    double *numbers = malloc(count * sizeof *numbers), *n = numbers;
    if (!numbers)
        return error_memory(error);
    *n++ = (double)m->photos;
    for (size_t c = 0; c < classes; c++) {
        for (size_t k = 0; k < classes; k++)
            *n++ = (double)m->confusion[c][k];
        *n++ = m->boundary_sum[c];
        *n++ = (double)m->boundary_photos[c];
    }
    ranks_sum(ranks, numbers, count);
    n = numbers;
    m->photos = (size_t)*n++;
    for (size_t c = 0; c < classes; c++) {
        for (size_t k = 0; k < classes; k++)
            m->confusion[c][k] = (uint64_t)*n++;
        m->boundary_sum[c] = *n++;
        m->boundary_photos[c] = (uint64_t)*n++;
    }
    free(numbers);
    return ranks_check(ranks, error);
}

int validation_run(struct validation *v, struct metrics *metrics, const char *sheet_path,
                   swatch_error *error)
{
    struct trainer *t = v->trainer;
    const struct recipe *r = &t->recipe;
    const size_t rows = v->count < SHEET_ROWS ? v->count : SHEET_ROWS;
    const struct clothes_photos photos = {.data = v->data, .names = v->names, .count = v->count};
    const struct loader_options loading = {
        .height = r->height, .width = r->width, .batch = 1, .threads = 1};
    struct loader *loader = NULL;
    struct image sheet = {0};
    int status = SWATCH_FAILED;
    const int averaged = r->average_decay > 0;

    if (averaged)
        params_swap_average(&t->generator);
    if ((!v->graph && build(v, error)) ||
        (v->count > 0 && samples_open(&photos, &loading, &loader, error)) ||
        (sheet_path && image_new(&sheet, 3 * r->width, rows * r->height, 3, error)))
        goto done;
    memset(metrics, 0, (r->garments ? 2 : 1) * sizeof *metrics);
    metrics->classes = r->classes;
    if (r->garments)
        metrics[1].classes = r->garments;
    for (size_t i = 0; i < v->count; i++) {
        const struct batch *batch;
        if (loader_next(loader, &batch, NULL, error))
            goto done;
        graph_set(v->photo, batch->photos);
        graph_forward(v->graph);
        if (measure_answer(v, batch->items, metrics, error) ||
            (r->garments && measure_garments(v, batch->items, metrics, error)))
            goto done;
        if (sheet_path && i < rows)
            sheet_row(v, r, &sheet, i, batch);
    }
    if (t->backend->check(error) || add_up(metrics, r->ranks, error) ||
        (r->garments && add_up(metrics + 1, r->ranks, error)) ||
        (sheet_path && image_save_png(&sheet, sheet_path, 6, error)))
        goto done;
    status = SWATCH_OK;
done:
    if (averaged)
        params_swap_average(&t->generator);
    image_free(&sheet);
    loader_free(loader);
    return status;
}
