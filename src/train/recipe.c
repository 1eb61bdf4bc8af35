// A recipe as text, and its limits.

#include "train/recipe.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/networks/networks.h"

char *recipe_text(const struct recipe *r)
{
    const struct augmentation *a = &r->augmentation;
    json_t *json = json_pack(
        "{ss, sb, sI, sI, sb, sb, sf, sf, sI, sI, sI, sI, sI, sI, sf, sf, sf, sf, sf, sb, sf, ss,"
        " s{sb, sf, sf, sf, sf, sf, sf, sf}}",
        "generator", r->generator, "rgb", r->rgb, "filters", (json_int_t)r->filters,
        "discriminator_filters", (json_int_t)r->discriminator_filters, "patchgan", r->patchgan,
        "logistic", r->logistic, "pixel_weight", (double)r->pixel_weight, "gan_weight",
        (double)r->gan_weight, "height", (json_int_t)r->height, "width", (json_int_t)r->width,
        "batch", (json_int_t)r->batch, "classes", (json_int_t)r->classes, "steps",
        (json_int_t)r->steps, "seed", (json_int_t)r->seed, "rate", (double)r->rate, "beta1",
        (double)r->beta1, "beta2", (double)r->beta2, "decay", (double)r->decay, "warmup",
        (double)r->warmup, "cosine", r->cosine, "average_decay", (double)r->average_decay,
        "precision", r->dtype == DTYPE_BF16 ? "bf16" : "f32", "augmentation", "flip", a->flip,
        "scale_low", (double)a->scale_low, "scale_high", (double)a->scale_high, "rotation",
        (double)a->rotation, "color", (double)a->color, "close_ups", (double)a->close_ups,
        "close_scale", (double)a->close_scale, "persons", (double)a->persons);
    // What came later is left out where it is as before, so that runs begun before it resume.
    const struct {
        const char *key;
        float value;
    } later[] = {{"region_weight", r->region_weight},
                 {"class_balance", r->class_balance},
                 {"repeat_rare", r->repeat_rare},
                 {"sync_norm", (float)r->sync_norm},
                 {"encoder_rate", r->encoder_rate < 1 ? r->encoder_rate : 0}};
    for (size_t i = 0; json && i < sizeof later / sizeof *later; i++)
        if (later[i].value != 0 &&
            json_object_set_new(json, later[i].key, json_real((double)later[i].value))) {
            json_decref(json);
            json = NULL;
        }
    if (!json)
        return NULL;
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(7));
    json_decref(json);
    return text;
}

// Adds what two objects differ in to `text`, of which *used bytes are taken.
static void add_difference(const char *key, json_t *there, json_t *here,
                           char text[RECIPE_DIFFERENCE], size_t *used)
{
    const size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(7);
    char *a = json_dumps(there, flags), *b = json_dumps(here, flags);
    if (*used < RECIPE_DIFFERENCE)
        *used +=
            (size_t)snprintf(text + *used, RECIPE_DIFFERENCE - *used, "%s%s (there %s, here %s)",
                             *used ? ", " : "", key, a ? a : "absent", b ? b : "absent");
    free(a);
    free(b);
}

static void difference(json_t *there, json_t *here, char text[RECIPE_DIFFERENCE], size_t *used)
{
    const char *key;
    json_t *value;
    json_object_foreach(here, key, value)
    {
        json_t *other = json_object_get(there, key);
        if (json_equal(value, other))
            continue;
        if (json_is_object(value) && json_is_object(other)) {
            difference(other, value, text, used);
            continue;
        }
        add_difference(key, other, value, text, used);
    }
    json_object_foreach(there, key, value)
    {
        if (!json_object_get(here, key))
            add_difference(key, value, NULL, text, used);
    }
}

void recipe_difference(const char *there, const char *here, char text[RECIPE_DIFFERENCE])
{
    json_t *a = json_loads(there, 0, NULL), *b = json_loads(here, 0, NULL);
    size_t used = 0;
    text[0] = 0;
    if (json_is_object(a) && json_is_object(b))
        difference(a, b, text, &used);
    json_decref(a);
    json_decref(b);
}

int recipe_check(const struct recipe *r, swatch_error *error)
{
    const struct generator *generator = generator_find(r->generator);
    if (!generator)
        return error_set(error, SWATCH_USAGE, "no generator is called \"%s\" (there are %s)",
                         r->generator, GENERATOR_NAMES);
    if (r->height == 0 || r->width == 0 || r->height > 8192 || r->width > 8192 ||
        r->height % generator->multiple || r->width % generator->multiple)
        return error_set(error, SWATCH_USAGE,
                         "%s works on sides that are multiples of %zu (up to 8192), not on %zux%zu",
                         r->generator, generator->multiple, r->width, r->height);
    if (r->batch == 0 || r->batch > 4096)
        return error_set(error, SWATCH_USAGE, "a batch of %zu is not in 1 .. 4096", r->batch);
    if (r->filters > 1024 || r->discriminator_filters > 1024)
        return error_set(error, SWATCH_USAGE, "more than 1024 filters");
    if (r->gan_weight > 0 && r->discriminator_filters == 0)
        return error_set(error, SWATCH_USAGE, "a discriminator needs at least one filter");
    if (r->steps == 0)
        return error_set(error, SWATCH_USAGE, "a run needs at least one step");
    if (r->classes < 2 || r->classes > CLASSES_MAX)
        return error_set(error, SWATCH_USAGE, "%zu classes are not in 2 .. %d", r->classes,
                         CLASSES_MAX);
    const struct augmentation *a = &r->augmentation;
    if (!isfinite(a->scale_low) || !isfinite(a->scale_high) || !isfinite(a->rotation) ||
        !isfinite(a->close_ups) || !isfinite(a->close_scale) || !isfinite(a->color) ||
        !isfinite(a->persons))
        return error_set(error, SWATCH_USAGE, "the augmentation's strengths must be numbers");
    const float positive[] = {r->pixel_weight, r->gan_weight,    r->rate,          r->decay,
                              r->warmup,       r->region_weight, r->class_balance, r->repeat_rare};
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
        if (!(positive[i] >= 0) || !isfinite(positive[i]))
            return error_set(error, SWATCH_USAGE,
                             "weights, rates and decays must be numbers of at least 0");
    if (r->rgb && (r->region_weight > 0 || r->class_balance > 0))
        return error_set(error, SWATCH_USAGE,
                         "region weight and class balance are for class scores, not for maps");
    if (r->class_balance > 1)
        return error_set(error, SWATCH_USAGE, "a class balance of %g is not 0 to 1",
                         (double)r->class_balance);
    if (r->repeat_rare > 1)
        return error_set(error, SWATCH_USAGE, "a share of %g of the photos is not 0 to 1",
                         (double)r->repeat_rare);
    if (!(r->encoder_rate > 0 && r->encoder_rate <= 1))
        return error_set(error, SWATCH_USAGE, "an encoder rate of %g is not above 0 and up to 1",
                         (double)r->encoder_rate);
    if (r->encoder_rate < 1 && !generator->has_encoder)
        return error_set(error, SWATCH_USAGE, "%s has no encoder to learn at a rate of its own",
                         r->generator);
    if (!(r->beta1 >= 0 && r->beta1 < 1 && r->beta2 >= 0 && r->beta2 < 1 && r->average_decay >= 0 &&
          r->average_decay < 1 && r->warmup < 1))
        return error_set(error, SWATCH_USAGE,
                         "beta1, beta2, average decay and warmup must be at least 0 and below 1");
    return SWATCH_OK;
}

float recipe_rate(float rate, float warmup, int cosine, uint64_t step, uint64_t steps)
{
    const double done = (double)step / (double)steps;
    if (done < (double)warmup)
        return rate * (float)((double)(step + 1) / ((double)warmup * (double)steps + 1));
    if (!cosine)
        return rate;
    const double along = (done - (double)warmup) / (1 - (double)warmup);
    return rate * (float)(0.5 * (1 + cos(3.14159265358979 * fmin(along, 1))));
}
