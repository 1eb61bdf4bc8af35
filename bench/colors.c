// Measures how far colors from predicted masks are from colors from true masks.
// Built and run by bench/colors: bench_colors CCP SPLIT CLASSES MODEL EVERY [worst].
//
// "main" compares the first color of both. Where two colors have nearly the same share of a region,
// chance decides which is first. So "matched" also compares the true main color with all predicted
// colors whose share is within TIE of the largest, and the predicted main color with such true
// ones, and takes the smallest difference. Shares are compared between the true main color and the
// predicted color nearest to it.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color/color.h"
#include "data/ccp.h"
#include "extract/extract.h"

#define PHOTOS_MOST 2000
#define TIE 0.1

enum { MAIN, MATCHED, SHARE, VALUES };

// What both kinds of masks say about skin and hair.
struct looks {
    size_t skin, same_monk, next_monk, same_ita; // photos with a tone by both; of these, that agree
    size_t hair, same_hair;
    double tone[PHOTOS_MOST]; // CIEDE2000 between the two tones
};

struct tally {
    double values[VALUES][PHOTOS_MOST];
    size_t count, only_true, only_predicted;
};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The values must be sorted.
static double quantile(const double *values, size_t count, double q)
{
    return values[(size_t)fmin((double)count - 1, floor(q * (double)count))];
}

static double difference(const swatch_color *a, const swatch_color *b)
{
    const struct lab x = {a->lab[0], a->lab[1], a->lab[2]}, y = {b->lab[0], b->lab[1], b->lab[2]};
    return color_ciede2000(x, y);
}

// Returns the color nearest to `wanted` among those whose share is at least `least`.
static const swatch_color *nearest(const swatch_color *colors, size_t count, double least,
                                   const swatch_color *wanted)
{
    const swatch_color *best = &colors[0];
    for (size_t i = 1; i < count; i++)
        if (colors[i].share >= least && difference(&colors[i], wanted) < difference(best, wanted))
            best = &colors[i];
    return best;
}

static void compare(const swatch_result *truth, const swatch_result *found, struct tally tallies[],
                    const char *name, int worst)
{
    for (size_t region = 0; region < SWATCH_REGIONS; region++) {
        struct tally *t = &tallies[region];
        size_t n, m;
        const swatch_color *a = swatch_result_colors(truth, (swatch_region)region, &n);
        const swatch_color *b = swatch_result_colors(found, (swatch_region)region, &m);
        t->only_true += n && !m;
        t->only_predicted += m && !n;
        if (!n || !m)
            continue;
        t->values[MAIN][t->count] = difference(a, b);
        t->values[MATCHED][t->count] = fmin(difference(nearest(b, m, b->share - TIE, a), a),
                                            difference(nearest(a, n, a->share - TIE, b), b));
        t->values[SHARE][t->count] = fabs(nearest(b, m, 0, a)->share - a->share);
        if (worst && t->values[MATCHED][t->count] > 6)
            printf("%s %-7s matched %5.2f  true %s %.2f of %zu  predicted %s %.2f of %zu\n", name,
                   region_names[region], t->values[MATCHED][t->count], a->hex, a->share, n, b->hex,
                   b->share, m);
        t->count++;
    }
}

static void compare_looks(const swatch_result *truth, const swatch_result *found,
                          struct looks *looks)
{
    const swatch_skin *a = swatch_result_skin(truth), *b = swatch_result_skin(found);
    const swatch_hair *c = swatch_result_hair(truth), *d = swatch_result_hair(found);
    if (!a->reason && !b->reason) {
        looks->tone[looks->skin++] = difference(&a->color, &b->color);
        looks->same_monk += a->monk == b->monk;
        looks->next_monk += abs(a->monk - b->monk) <= 1;
        looks->same_ita += a->ita_class == b->ita_class;
    }
    if (!c->reason && !d->reason) {
        looks->hair++;
        looks->same_hair += strcmp(c->name, d->name) == 0;
    }
}

static int fail(const swatch_error *error)
{
    fprintf(stderr, "bench/colors: %s\n", error->message);
    return 1;
}

// Measures one photo twice: with the data set's labels and with the network's.
static int measure(const struct ccp *ccp, const struct class_map *map, swatch_session *session,
                   const char *name, struct tally tallies[], struct looks *looks, int worst,
                   swatch_error *error)
{
    static const swatch_extract_options defaults = {0};
    swatch_photo *photo = NULL;
    swatch_result *truth = calloc(1, sizeof *truth), *found = NULL;
    int status = SWATCH_FAILED;
    if (!truth || ccp_load(ccp, name, &truth->photo, &truth->labels, error))
        goto done;
    truth->name = strdup(name);
    truth->classes = map->classes;
    for (size_t i = 0; i < truth->labels.width * truth->labels.height; i++)
        truth->labels.pixels[i] = map->of_tag[truth->labels.pixels[i]];
    swatch_pixels pixels = SWATCH_PIXELS_INIT;
    pixels.data = truth->photo.pixels;
    pixels.width = truth->photo.width;
    pixels.height = truth->photo.height;
    if (!truth->name || result_describe(truth, &defaults, error) ||
        swatch_photo_from_pixels(name, &pixels, &photo, error) ||
        swatch_extract(session, photo, NULL, &found, error))
        goto done;
    compare(truth, found, tallies, name, worst);
    compare_looks(truth, found, looks);
    status = SWATCH_OK;
done:
    swatch_result_free(truth);
    swatch_result_free(found);
    swatch_photo_free(photo);
    return status;
}

static void report(struct tally tallies[], struct looks *looks)
{
    static const char *const values[VALUES] = {"main", "matched", "share"};
    printf("%-9s %-8s %6s %8s %8s %8s\n", "region", "what", "photos", "median", "90 %", "mean");
    for (size_t region = 0; region < SWATCH_REGIONS; region++) {
        struct tally *t = &tallies[region];
        for (size_t v = 0; v < VALUES && t->count; v++) {
            double sum = 0;
            for (size_t i = 0; i < t->count; i++)
                sum += t->values[v][i];
            qsort(t->values[v], t->count, sizeof(double), ascending);
            printf("%-9s %-8s %6zu %8.3f %8.3f %8.3f\n", region_names[region], values[v], t->count,
                   quantile(t->values[v], t->count, 0.5), quantile(t->values[v], t->count, 0.9),
                   sum / (double)t->count);
        }
        printf("%-9s has colors by the true mask alone in %zu photos, by the predicted alone in "
               "%zu\n",
               region_names[region], t->only_true, t->only_predicted);
    }
    qsort(looks->tone, looks->skin, sizeof *looks->tone, ascending);
    if (looks->skin)
        printf("skin tone of %zu photos: CIEDE2000 median %.3f, 90 %% %.3f; the same Monk tone in "
               "%zu, the same or the next in %zu, the same ITA class in %zu\n",
               looks->skin, quantile(looks->tone, looks->skin, 0.5),
               quantile(looks->tone, looks->skin, 0.9), looks->same_monk, looks->next_monk,
               looks->same_ita);
    printf("hair class of %zu photos: the same in %zu\n", looks->hair, looks->same_hair);
}

int main(int argc, char **argv)
{
    static struct tally tallies[SWATCH_REGIONS];
    static struct class_map map;
    static struct looks looks;
    const char *tags[CCP_TAGS];
    swatch_error error = {.message = "out of memory"};
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    struct ccp ccp = {0};
    char **names = NULL;
    size_t count = 0, every = argc >= 6 ? (size_t)atol(argv[5]) : 0;
    int status = 1;
    if (every < 1) {
        fprintf(stderr, "usage: bench_colors CCP SPLIT CLASSES MODEL EVERY [worst]\n");
        return 2;
    }
    if (ccp_open(argv[1], &ccp, &error))
        return fail(&error);
    for (size_t i = 0; i < CCP_TAGS; i++)
        tags[i] = ccp.tag_names[i];
    if (ccp_split_load(argv[2], &names, &count, &error) ||
        class_map_load(argv[3], tags, CCP_TAGS, &map, &error) ||
        swatch_model_open(argv[4], NULL, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error))
        goto done;
    for (size_t i = 0; i < count && i / every < PHOTOS_MOST; i += every)
        if (measure(&ccp, &map, session, names[i], tallies, &looks, argc > 6, &error))
            goto done;
    report(tallies, &looks);
    status = 0;
done:
    if (status)
        fail(&error);
    swatch_session_free(session);
    swatch_model_free(model);
    ccp_split_free(names, count);
    ccp_close(&ccp);
    return status;
}
