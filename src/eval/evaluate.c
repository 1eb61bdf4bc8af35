// Extracts each photo of a split as users' photos are, and compares the result with its labels.

#include "eval/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "data/dataset.h"
#include "eval/garments.h"
#include "eval/metrics.h"
#include "eval/regions.h"
#include "eval/worst.h"
#include "extract/extract.h"
#include "extract/people.h"

static int same_classes(const struct classes *model, const struct classes *classes,
                        const char *path, swatch_error *error)
{
    if (model->count != classes->count)
        return error_set(error, SWATCH_USAGE, "%s: has %zu classes, the model %zu", path,
                         classes->count, model->count);
    for (size_t i = 0; i < classes->count; i++)
        if (strcmp(model->names[i], classes->names[i]) != 0)
            return error_set(error, SWATCH_USAGE, "%s: class %zu is %s, the model's is %s", path, i,
                             classes->names[i], model->names[i]);
    return SWATCH_OK;
}

struct evaluation {
    swatch_session *session;
    const swatch_evaluate_options *options;
    const struct dataset *data;
    struct metrics *metrics, *own; // of all photos, and of the last one
    struct worst *worst;           // NULL: not wanted
    FILE *regions;                 // NULL: not wanted
    struct garment_figures garments;
    size_t found;   // photos in which somebody was found
    double overlap; // sum of person_overlap
};

// Returns intersection over union of a person mask with the pixels that are labelled as not
// background.
static double person_overlap(const uint8_t *mask, const struct image *labels)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < labels->width * labels->height; i++) {
        const int found = mask[i] >= 128, true_person = labels->pixels[i] != 0;
        if (labels->pixels[i] == DATASET_UNKNOWN)
            continue;
        both += (size_t)(found && true_person);
        either += (size_t)(found || true_person);
    }
    return either ? (double)both / (double)either : 0;
}

static int keep(void *user, swatch_result *result)
{
    *(swatch_result **)user = result;
    return 0;
}

// Extracts what `swatch extract` does of a photo whose people are to be found: the largest person's
// clothes, or clothes alone. *result stays NULL when there is neither.
static int extract_largest(struct evaluation *e, const swatch_photo *photo,
                           const swatch_extract_options *extract, const struct image *labels,
                           swatch_result **result, swatch_error *error)
{
    swatch_people *people = NULL;
    int status = people_find(e->options->people, photo, (float)SWATCH_PERSON_SCORE, &people, error);
    status =
        status ? status : extract_found(e->session, photo, people, extract, 1, keep, result, error);
    if (!status && (*result)->person.pixels) {
        e->found++;
        e->overlap += person_overlap((*result)->person.pixels, labels);
    }
    people_free(people);
    return status == SWATCH_NO_PERSON ? SWATCH_OK : status;
}

// Extracts the whole photo, or with true_person what its labels call the person.
static int extract_told(struct evaluation *e, const swatch_photo *photo,
                        const swatch_extract_options *options, const struct image *labels,
                        swatch_result **result, swatch_error *error)
{
    swatch_extract_options extract = *options;
    uint8_t *mask = NULL;
    if (e->options->true_person) {
        mask = malloc(labels->width * labels->height);
        if (!mask)
            return error_memory(error);
        for (size_t i = 0; i < labels->width * labels->height; i++)
            mask[i] = labels->pixels[i] && labels->pixels[i] != DATASET_UNKNOWN ? 255 : 0;
        extract.person_mask = mask;
        extract.mask_width = labels->width;
        extract.mask_height = labels->height;
    }
    const int status = extract_photo(e->session, photo, &extract, result, error);
    free(mask);
    return status;
}

// Compares the labels that are extracted from a photo with the true ones. Where nothing is found
// all is background.
static int compare(struct evaluation *e, const swatch_photo *photo, const struct image *labels,
                   swatch_error *error)
{
    const swatch_evaluate_options *o = e->options;
    const double tolerance = o->tolerance > 0 ? o->tolerance : 2;
    swatch_extract_options extract = SWATCH_EXTRACT_OPTIONS_INIT;
    swatch_result *result = NULL;
    uint8_t *nothing = calloc(labels->width, labels->height);
    if (!nothing)
        return error_memory(error);
    if (o->extract)
        extract = *o->extract;
    int status =
        (o->people ? extract_largest : extract_told)(e, photo, &extract, labels, &result, error);
    if (status)
        goto done;
    const uint8_t *answer = result ? result->labels.pixels : nothing;
    memset(e->own, 0, sizeof *e->own);
    e->own->classes = e->metrics->classes;
    if ((status = metrics_add(e->own, labels->pixels, answer, labels->height, labels->width,
                              tolerance, error)))
        goto done;
    metrics_merge(e->metrics, e->own);
    if (e->regions && result)
        regions_add(e->regions, result, e->own);
    status = garment_figures_add(&e->garments, photo->name, &photo->image, labels,
                                 &e->data->map.classes, result, e->regions, error);
    if (!status && e->worst)
        status = worst_add(e->worst, photo->name, &photo->image, labels->pixels, answer, e->own,
                           &e->data->map.classes, error);
done:
    result_free(result);
    free(nothing);
    return status;
}

static int measure(struct evaluation *e, char *name, swatch_error *error)
{
    swatch_photo photo = {.name = name};
    struct image labels = {0};
    int status = dataset_load(e->data, name, &photo.image, &labels, error);
    status = status ? status : compare(e, &photo, &labels, error);
    image_free(&photo.image);
    image_free(&labels);
    return status;
}

static void fill_in(swatch_scores *scores, struct evaluation *e)
{
    const struct metrics *m = e->metrics;
    struct garment_figures *g = &e->garments;
    *scores = (swatch_scores){.photos = m->photos,
                              .classes = m->classes,
                              .pixel_accuracy = metrics_pixel_accuracy(m),
                              .mean_iou = metrics_mean_iou(m),
                              .mean_boundary = metrics_mean_boundary(m),
                              .found = e->found,
                              .person_iou = m->photos ? e->overlap / (double)m->photos : 0,
                              .garments = g->truths,
                              .garments_named = g->named,
                              .garments_found = g->found,
                              .garment_color_median = garment_figures_difference(g, 0.5),
                              .garment_color_90 = garment_figures_difference(g, 0.9)};
    for (size_t c = 0; c < m->classes; c++) {
        swatch_class_score *s = &scores->of_class[c];
        snprintf(s->name, sizeof s->name, "%s", e->data->map.classes.names[c]);
        for (size_t p = 0; p < m->classes; p++)
            s->pixels += m->confusion[c][p];
        s->iou = metrics_iou(m, c);
        s->boundary = metrics_boundary(m, c);
    }
}

// Writes the table of regions, and closes the stream it was made by.
static int end_table(FILE **stream, const char *path, char **table, const size_t *size,
                     swatch_error *error)
{
    const int failed = ferror(*stream) | fclose(*stream);
    *stream = NULL;
    return failed ? error_memory(error) : file_put(path, *table, *size, 0, error);
}

int evaluate(swatch_session *session, const swatch_evaluate_options *o, swatch_scores *scores,
             swatch_error *error)
{
    struct dataset data = {0};
    struct metrics *metrics = calloc(2, sizeof *metrics);
    struct worst *worst = o->worst ? calloc(1, sizeof *worst) : NULL;
    char **names = NULL;
    size_t count = 0, table_size = 0;
    FILE *regions = NULL;
    char *table = NULL;
    struct evaluation e = {.session = session, .options = o, .data = &data};
    int status = SWATCH_FAILED;

    if (!metrics || (o->worst && !worst)) {
        error_memory(error);
        goto done;
    }
    if (!o->dataset || !o->classes) {
        status = error_set(error, SWATCH_USAGE, "evaluation needs a data set and a class file");
        goto done;
    }
    const char *const wanted[] = {o->worst, o->regions};
    for (size_t i = 0; i < 2; i++)
        if (wanted[i] && access(wanted[i], F_OK) == 0) { // fails now rather than after the work
            status = error_set(error, SWATCH_EXISTS, "%s: is there already", wanted[i]);
            goto done;
        }
    if (o->regions && !(regions = open_memstream(&table, &table_size))) {
        status = error_memory(error);
        goto done;
    }
    const struct classes *classes = &data.map.classes;
    if ((status = dataset_open(o->dataset, o->classes, &data, error)) ||
        (status = same_classes(&session->model->file->classes, classes, o->classes, error)) ||
        (status = dataset_names(&data, o->split, &names, &count, error)))
        goto done;
    metrics->classes = classes->count;
    e.metrics = metrics;
    e.own = metrics + 1;
    e.worst = worst;
    e.regions = regions;
    if (regions)
        regions_begin(regions);
    for (size_t i = 0; i < count; i++) {
        status = measure(&e, names[i], error);
        if (status)
            goto done;
        if (o->progress && o->progress(o->user, i + 1, count)) {
            status =
                error_set(error, SWATCH_CANCELLED, "stopped after %zu of %zu photos", i + 1, count);
            goto done;
        }
    }
    if (worst && (status = worst_write(worst, metrics, o->worst, error)))
        goto done;
    if (regions && (status = end_table(&regions, o->regions, &table, &table_size, error)))
        goto done;
    fill_in(scores, &e);
done:
    if (regions)
        fclose(regions);
    free(table);
    garment_figures_free(&e.garments);
    ccp_split_free(names, count);
    dataset_close(&data);
    if (worst)
        worst_free(worst);
    free(worst);
    free(metrics);
    return status;
}
