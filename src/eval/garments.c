#include "eval/garments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/color.h"
#include "data/dataset.h"
#include "eval/regions.h"
#include "extract/extract.h"
#include "extract/garments.h"
#include "extract/measure.h"

// How many pixels each true garment (row) shares with each found one (column). Index 0 is what is
// no garment.
struct overlaps {
    size_t *pixels, columns;
    size_t *of_truth, *of_found;
};

static int overlaps_count(const swatch_result *truth, const swatch_result *found,
                          const struct image *labels, struct overlaps *o, swatch_error *error)
{
    const size_t rows = truth->garment_count + 1;
    o->columns = (found ? found->garment_count : 0) + 1;
    o->pixels = calloc(rows * o->columns + rows + o->columns, sizeof *o->pixels);
    if (!o->pixels)
        return error_memory(error);
    o->of_truth = o->pixels + rows * o->columns;
    o->of_found = o->of_truth + rows;
    for (size_t i = 0; i < labels->width * labels->height; i++) {
        if (labels->pixels[i] == DATASET_UNKNOWN)
            continue;
        const size_t a = truth->garment_of.pixels[i];
        const size_t b = found && found->garment_of.pixels ? found->garment_of.pixels[i] : 0;
        o->pixels[a * o->columns + b]++;
        o->of_truth[a]++;
        o->of_found[b]++;
    }
    return SWATCH_OK;
}

// Returns the found garment, from 1, with the highest IoU with a true one; 0: none touches it.
static size_t best_match(const struct overlaps *o, size_t truth, double *iou)
{
    size_t best = 0;
    *iou = 0;
    for (size_t b = 1; b < o->columns; b++) {
        const size_t both = o->pixels[truth * o->columns + b];
        const double value =
            both ? (double)both / (double)(o->of_truth[truth] + o->of_found[b] - both) : 0;
        if (value > *iou) {
            *iou = value;
            best = b;
        }
    }
    return best;
}

static int main_color(swatch_result *r, size_t index, struct lab *color, swatch_error *error)
{
    const swatch_garment *g = &r->garments[index];
    if (!g->color_count && result_measure_garment(r, index, COLORS_DEFAULT, error))
        return SWATCH_FAILED;
    const double *lab = g->colors[0].lab;
    *color = g->color_count ? (struct lab){lab[0], lab[1], lab[2]} : (struct lab){NAN, NAN, NAN};
    return SWATCH_OK;
}

static int add_difference(struct garment_figures *f, double difference, swatch_error *error)
{
    if (f->colors == f->room) {
        const size_t room = 2 * f->room + 64;
        double *larger = realloc(f->differences, room * sizeof *larger);
        if (!larger)
            return error_memory(error);
        f->differences = larger;
        f->room = room;
    }
    f->differences[f->colors++] = difference;
    return SWATCH_OK;
}

static int add_garment(struct garment_figures *f, swatch_result *truth, size_t index,
                       swatch_result *found, const struct overlaps *o, FILE *table,
                       swatch_error *error)
{
    const swatch_garment *g = &truth->garments[index];
    struct region_garment row = {.photo = truth->name,
                                 .pixels = g->pixels,
                                 .tag = truth->classes.names[g->class_index],
                                 .probability = NAN,
                                 .difference = NAN};
    const size_t match = best_match(o, index + 1, &row.iou);
    if (match) {
        const swatch_garment *best = &found->garments[match - 1];
        struct lab a, b;
        if (main_color(truth, index, &a, error) || main_color(found, match - 1, &b, error))
            return SWATCH_FAILED;
        row.found = found->classes.names[best->class_index];
        if (best->or_class_index != best->class_index)
            row.other = found->classes.names[best->or_class_index];
        row.probability = best->probability;
        row.difference = isnan(a.l) || isnan(b.l) ? (double)NAN : color_ciede2000(a, b);
        f->named += best->class_index == g->class_index;
    }
    f->truths++;
    if (table)
        regions_add_garment(table, &row);
    return isnan(row.difference) ? SWATCH_OK : add_difference(f, row.difference, error);
}

// Makes the result that the labels themselves would be: its garments are the true ones.
static int true_result(const char *name, const struct image *photo, const struct image *labels,
                       const struct classes *classes, swatch_result **truth, swatch_error *error)
{
    swatch_result *r = *truth = calloc(1, sizeof *r);
    if (!r || !(r->name = strdup(name)))
        return error_memory(error);
    const size_t pixels = labels->width * labels->height;
    if (image_new(&r->photo, photo->width, photo->height, 3, error) ||
        image_new(&r->labels, labels->width, labels->height, 1, error))
        return SWATCH_FAILED;
    memcpy(r->photo.pixels, photo->pixels, 3 * pixels);
    for (size_t i = 0; i < pixels; i++)
        r->labels.pixels[i] = labels->pixels[i] == DATASET_UNKNOWN ? 0 : labels->pixels[i];
    r->classes = *classes;
    result_count(r);
    return garments_find(r, error);
}

int garment_figures_add(struct garment_figures *f, const char *name, const struct image *photo,
                        const struct image *labels, const struct classes *classes,
                        swatch_result *result, FILE *table, swatch_error *error)
{
    const double least = GARMENTS_LEAST * (double)(labels->width * labels->height);
    swatch_result *truth = NULL;
    struct overlaps overlaps = {0};
    int status = true_result(name, photo, labels, classes, &truth, error);
    if (status || !truth->garment_of.pixels) // no class of garments
        goto done;
    status = overlaps_count(truth, result, labels, &overlaps, error);
    for (size_t i = 0; !status && i < truth->garment_count; i++)
        if ((double)truth->garments[i].pixels >= least)
            status = add_garment(f, truth, i, result, &overlaps, table, error);
    for (size_t i = 0; result && i < result->garment_count; i++)
        f->found += (double)result->garments[i].pixels >= least;
done:
    free(overlaps.pixels);
    result_free(truth);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double garment_figures_difference(struct garment_figures *f, double q)
{
    if (f->colors == 0)
        return (double)NAN;
    qsort(f->differences, f->colors, sizeof *f->differences, ascending);
    return f->differences[(size_t)fmin((double)f->colors - 1, floor(q * (double)f->colors))];
}

void garment_figures_free(struct garment_figures *f)
{
    free(f->differences);
    *f = (struct garment_figures){0};
}
