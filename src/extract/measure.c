// Measures the colors of regions and garments and how skin and hair look, and where asked for all
// of it again under neutral light. A balanced color is the measured color put under neutral light,
// so the two lists match color by color.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/fill.h"
#include "color/hair.h"
#include "color/measure.h"
#include "color/monochrome.h"
#include "color/sample.h"
#include "color/skin.h"
#include "extract/body.h"
#include "extract/face.h"
#include "extract/measure.h"

// Between these quantiles of luminance, skin and hair count as well lit. Those of hair are lower,
// because black hair shines.
#define SKIN_LOW 0.5
#define SKIN_HIGH 0.9
#define HAIR_LOW 0.4
#define HAIR_HIGH 0.8

static const char *const greyscale[] = {
    [MONOCHROME_GREY] = "greyscale photo", [MONOCHROME_TONED] = "toned greyscale photo"};

struct task {
    swatch_result *result;
    uint8_t *mask; // (H, W)
    size_t rim;    // pixels along edges that are not to be believed
    size_t most;   // colors
};

static void mark_region(const struct task *t, size_t region)
{
    const swatch_result *r = t->result;
    for (size_t i = 0; i < r->photo.width * r->photo.height; i++)
        t->mask[i] = r->region_of[r->labels.pixels[i]] == region;
}

// The colors of the pixels in the mask, of which there are `pixels`, each filled in by `fill`.
static int measure(const struct task *t, size_t pixels, swatch_color (*fill)(struct rgb, double),
                   swatch_color *colors, swatch_color *balanced, size_t *count, const char **reason,
                   swatch_error *error)
{
    const swatch_result *r = t->result;
    struct cluster clusters[CLUSTER_MAX];
    *count = 0;
    *reason = pixels >= MEASURE_FEWEST && r->greyscale ? greyscale[r->greyscale] : NULL;
    if (*reason)
        return SWATCH_OK;
    if (measure_region(r->photo.pixels, t->mask, r->photo.height, r->photo.width, t->rim, t->most,
                       clusters, count, reason, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < *count; i++) {
        const struct rgb c = clusters[i].color;
        colors[i] = fill(c, clusters[i].share);
        if (r->balanced)
            balanced[i] = fill(balance_color(&r->balance, c), clusters[i].share);
    }
    return SWATCH_OK;
}

static swatch_skin describe_skin(const struct sample *s, size_t all, int face)
{
    swatch_skin skin = {.reason = s->reason};
    if (skin.reason)
        return skin;
    const struct rgb median = sample_median(s->pixels, s->count);
    skin.face = face;
    skin.pixels = s->count;
    skin.color = color_fill_skin(median, (double)s->count / (double)all);
    skin.monk = skin_monk(median, &skin.monk_distance);
    skin.ita = skin_ita(median);
    skin.ita_class = skin_ita_class(skin.ita);
    return skin;
}

static swatch_hair describe_hair(const struct sample *s, size_t all)
{
    swatch_hair hair = {.reason = s->reason};
    if (hair.reason)
        return hair;
    const struct hair_class class = hair_classify(s->pixels, s->count);
    hair.pixels = s->count;
    hair.color = color_fill(sample_median(s->pixels, s->count), (double)s->count / (double)all);
    hair.name = class.name;
    hair.confidence = class.confidence;
    return hair;
}

static int take(const struct task *t, double low, double high, struct sample *s,
                swatch_error *error)
{
    const struct image *photo = &t->result->photo;
    return sample_take(s, photo->pixels, t->mask, photo->height, photo->width, t->rim, low, high,
                       error);
}

static int measure_skin(const struct task *t, swatch_error *error)
{
    swatch_result *r = t->result;
    const size_t all = r->pixels[SWATCH_SKIN];
    struct sample s = {0};
    int face, status = SWATCH_FAILED;
    if (r->reasons[SWATCH_SKIN]) {
        r->skin.reason = r->balanced_skin.reason = r->reasons[SWATCH_SKIN];
        return SWATCH_OK;
    }
    if (face_find(r, t->mask, &face, error) || take(t, SKIN_LOW, SKIN_HIGH, &s, error))
        goto done;
    if (s.reason) { // no face, or too little of it
        face = 0;
        mark_region(t, SWATCH_SKIN);
        sample_free(&s);
        if (take(t, SKIN_LOW, SKIN_HIGH, &s, error))
            goto done;
    }
    r->skin = describe_skin(&s, all, face);
    if (r->balanced) {
        balance_pixels(&r->balance, s.pixels, s.count, s.pixels);
        r->balanced_skin = describe_skin(&s, all, face);
    }
    status = SWATCH_OK;
done:
    sample_free(&s);
    return status;
}

static int measure_hair(const struct task *t, swatch_error *error)
{
    swatch_result *r = t->result;
    const size_t all = r->pixels[SWATCH_HAIR];
    struct sample s = {0};
    if (r->reasons[SWATCH_HAIR]) {
        r->hair.reason = r->balanced_hair.reason = r->reasons[SWATCH_HAIR];
        return SWATCH_OK;
    }
    if (take(t, HAIR_LOW, HAIR_HIGH, &s, error)) {
        sample_free(&s);
        return SWATCH_FAILED;
    }
    r->hair = describe_hair(&s, all);
    if (r->balanced) {
        balance_pixels(&r->balance, s.pixels, s.count, s.pixels);
        r->balanced_hair = describe_hair(&s, all);
    }
    sample_free(&s);
    return SWATCH_OK;
}

// Sets the mask inside the garment's box where the garment is, or clears it there.
static void mark_garment(const struct task *t, size_t index, int set)
{
    const swatch_result *r = t->result;
    const swatch_garment *g = &r->garments[index];
    for (size_t y = g->top; y < g->top + g->height; y++)
        for (size_t x = g->left; x < g->left + g->width; x++) {
            const size_t i = y * r->photo.width + x;
            t->mask[i] = set && r->garment_of.pixels[i] == index + 1;
        }
}

// The mask must be empty; then it is the garment.
static int measure_garment(const struct task *t, size_t index, swatch_error *error)
{
    swatch_garment *g = &t->result->garments[index];
    mark_garment(t, index, 1);
    return measure(t, g->pixels, color_fill, g->colors, g->balanced, &g->color_count, &g->reason,
                   error);
}

static size_t rim_of(const swatch_result *r)
{
    return (size_t)fmax(2, 0.005 * (double)person_height(&r->labels) + 0.5);
}

// The pattern of what the mask holds.
static int find_pattern(const struct task *t, struct pattern *pattern, swatch_error *error)
{
    const struct image *photo = &t->result->photo;
    return pattern_find(photo->pixels, t->mask, photo->height, photo->width, t->rim, pattern, NULL,
                        error);
}

// Whether the photo is black-and-white, and the light if it is not. Overwrites the mask.
static int judge_photo(const struct task *t, swatch_error *error)
{
    swatch_result *r = t->result;
    const size_t pixels = r->photo.width * r->photo.height;
    r->greyscale = MONOCHROME_GREY;
    if (!measure_is_grey(r->photo.pixels, pixels)) {
        for (size_t i = 0; i < pixels; i++) {
            const unsigned region = r->region_of[r->labels.pixels[i]];
            t->mask[i] = region == SWATCH_REGIONS ? PART_OUTSIDE
                         : region == SWATCH_SKIN  ? PART_SKIN
                                                  : PART_PERSON;
        }
        if (monochrome_find(r->photo.pixels, t->mask, r->photo.height, r->photo.width,
                            &r->greyscale, error))
            return SWATCH_FAILED;
    }
    if (r->wants_balance) {
        balance_estimate(r->photo.pixels, pixels, &r->balance);
        if (r->greyscale)
            balance_none(&r->balance, "greyscale");
        r->balanced = !r->balance.reason;
    }
    return SWATCH_OK;
}

int result_measure(swatch_result *r, size_t most, int white_balance, swatch_error *error)
{
    const size_t pixels = r->photo.width * r->photo.height;
    int status = SWATCH_FAILED;
    struct task t = {.result = r, .mask = malloc(pixels), .most = most};
    if (!t.mask)
        return error_memory(error);
    t.rim = rim_of(r);
    r->wants_balance = white_balance;
    if (judge_photo(&t, error))
        goto done;
    for (size_t region = 0; region < SWATCH_REGIONS; region++) {
        mark_region(&t, region);
        if (measure(&t, r->pixels[region], region == SWATCH_SKIN ? color_fill_skin : color_fill,
                    r->colors[region], r->balanced_colors[region], &r->color_count[region],
                    &r->reasons[region], error) ||
            (region == SWATCH_CLOTHES && find_pattern(&t, &r->pattern, error)) ||
            (region == SWATCH_SKIN && measure_skin(&t, error)) ||
            (region == SWATCH_HAIR && measure_hair(&t, error)))
            goto done;
    }
    memset(t.mask, 0, pixels);
    for (size_t i = 0; i < r->garment_count; i++) {
        if (measure_garment(&t, i, error) || find_pattern(&t, &r->patterns[i], error))
            goto done;
        mark_garment(&t, i, 0);
    }
    status = SWATCH_OK;
done:
    free(t.mask);
    return status;
}

int result_measure_garment(swatch_result *r, size_t index, size_t most, swatch_error *error)
{
    const struct task t = {.result = r,
                           .mask = calloc(r->photo.width, r->photo.height),
                           .rim = rim_of(r),
                           .most = most};
    const int status = t.mask ? measure_garment(&t, index, error) : error_memory(error);
    free(t.mask);
    return status;
}
