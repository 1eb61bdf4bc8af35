// Tensor names in a checkpoint: "generator.value.down1.conv.weight", with value, m, v or average.

#include "train/checkpoint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/model.h"

#define NAME_MAX_FULL (PARAM_NAME_MAX + 32)

static const char *const part_names[] = {"value.", "m.", "v.", "average."};

struct list {
    struct safetensors_tensor *tensors;
    char (*names)[NAME_MAX_FULL];
    size_t count;
};

static size_t params_length(const struct params *params)
{
    size_t count = 0;
    for (const struct param *p = params->first; p; p = p->next)
        count++;
    return count;
}

static void list_add(struct list *list, const struct param *p, const char *prefix, const char *part,
                     const float *data, enum safetensors_dtype dtype)
{
    if (!data)
        return;
    struct safetensors_tensor *t = &list->tensors[list->count];
    char *name = list->names[list->count++];
    snprintf(name, NAME_MAX_FULL, "%s%s%s", prefix, part, p->name);
    *t = (struct safetensors_tensor){.name = name, .dtype = dtype, .rank = p->rank, .data = data};
    memcpy(t->shape, p->shape, p->rank * sizeof *p->shape);
}

static int list_new(struct list *list, size_t count, swatch_error *error)
{
    *list = (struct list){.tensors = calloc(count, sizeof *list->tensors),
                          .names = calloc(count, sizeof *list->names)};
    return list->tensors && list->names ? SWATCH_OK : error_memory(error);
}

static void list_free(struct list *list)
{
    free(list->tensors);
    free(list->names);
}

static void list_add_all(struct list *list, const struct params *params, const char *prefix)
{
    for (const struct param *p = params->first; p; p = p->next) {
        list_add(list, p, prefix, part_names[PARAM_VALUE], p->value, SAFETENSORS_F32);
        list_add(list, p, prefix, part_names[PARAM_M], p->m, SAFETENSORS_F32);
        list_add(list, p, prefix, part_names[PARAM_V], p->v, SAFETENSORS_F32);
        list_add(list, p, prefix, part_names[PARAM_AVERAGE], p->average, SAFETENSORS_F32);
    }
}

int checkpoint_save(const char *path, const struct trainer *t, swatch_error *error)
{
    struct list list = {0};
    char step[32], best[32], *recipe = recipe_text(&t->recipe);
    int status = SWATCH_FAILED;
    if (!recipe) {
        error_memory(error);
        goto done;
    }
    if (list_new(&list, 4 * (params_length(&t->generator) + params_length(&t->discriminator)),
                 error))
        goto done;
    list_add_all(&list, &t->generator, "generator.");
    list_add_all(&list, &t->discriminator, "discriminator.");
    snprintf(step, sizeof step, "%llu", (unsigned long long)t->step);
    snprintf(best, sizeof best, "%.17g", t->best_mean_iou);
    const struct safetensors_pair pairs[] = {{"swatch.format", "checkpoint 1"},
                                             {"swatch.step", step},
                                             {"swatch.best_mean_iou", best},
                                             {"swatch.recipe", recipe}};
    status = safetensors_save(path, list.tensors, list.count, pairs, 4, error);
done:
    list_free(&list);
    free(recipe);
    return status;
}

static int load_tensors(const struct safetensors *file, struct trainer *t, swatch_error *error)
{
    char prefix[64];
    for (int part = PARAM_VALUE; part <= PARAM_AVERAGE; part++) {
        snprintf(prefix, sizeof prefix, "generator.%s", part_names[part]);
        if (params_load(&t->generator, file, prefix, (enum param_part)part, error))
            return SWATCH_FAILED;
        snprintf(prefix, sizeof prefix, "discriminator.%s", part_names[part]);
        if (params_load(&t->discriminator, file, prefix, (enum param_part)part, error))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

int checkpoint_load(const char *path, struct trainer *t, swatch_error *error)
{
    struct safetensors *file = NULL;
    char *recipe = recipe_text(&t->recipe), *end = NULL;
    swatch_error inner;
    int status = SWATCH_FAILED;
    if (!recipe) {
        error_memory(error);
        goto done;
    }
    if (safetensors_open(path, &file, error))
        goto done;
    const char *format = safetensors_metadata(file, "swatch.format");
    const char *made_by = safetensors_metadata(file, "swatch.recipe");
    const char *step = safetensors_metadata(file, "swatch.step");
    const char *best = safetensors_metadata(file, "swatch.best_mean_iou");
    if (!format || strcmp(format, "checkpoint 1") != 0 || !made_by || !step || !best) {
        error_set(error, SWATCH_FAILED, "%s: not a checkpoint of swatch train", path);
        goto done;
    }
    if (strcmp(made_by, recipe) != 0) {
        char difference[RECIPE_DIFFERENCE];
        recipe_difference(made_by, recipe, difference);
        error_set(error, SWATCH_FAILED, "%s: the run was started with other options: %s", path,
                  difference[0] ? difference : made_by);
        goto done;
    }
    const unsigned long long steps = strtoull(step, &end, 10);
    if (end == step || *end || steps > t->recipe.steps) {
        error_set(error, SWATCH_FAILED, "%s: its step \"%.40s\" is not in 0 .. %llu", path, step,
                  (unsigned long long)t->recipe.steps);
        goto done;
    }
    if (load_tensors(file, t, &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    t->step = steps;
    t->best_mean_iou = strtod(best, NULL);
    status = SWATCH_OK;
done:
    safetensors_close(file);
    free(recipe);
    return status;
}

int checkpoint_start_from(const char *path, struct trainer *t, size_t *count, swatch_error *error)
{
    struct safetensors *file = NULL;
    swatch_error inner;
    int status = SWATCH_FAILED;
    *count = 0;
    if (safetensors_open(path, &file, error))
        return SWATCH_FAILED;
    for (struct param *p = t->generator.first; p; p = p->next) {
        const struct safetensors_entry *e = safetensors_find(file, p->name);
        if (!e)
            continue;
        if (e->rank != p->rank || memcmp(e->shape, p->shape, p->rank * sizeof *p->shape) != 0) {
            error_set(error, SWATCH_FAILED, "%s: tensor %s has another shape than the network's",
                      path, p->name);
            goto done;
        }
        if (safetensors_to_f32(e, p->value, &inner)) {
            error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
            goto done;
        }
        if (!param_finite(p)) {
            error_set(error, SWATCH_FAILED, "%s: tensor %s holds infinities or no numbers", path,
                      p->name);
            goto done;
        }
        memcpy(p->average, p->value, p->count * sizeof *p->value);
        ++*count;
    }
    t->generator.version++;
    if (*count == 0) {
        error_set(error, SWATCH_FAILED, "%s: has no tensor of the %s generator", path,
                  t->recipe.generator);
        goto done;
    }
    status = SWATCH_OK;
done:
    safetensors_close(file);
    return status;
}

// {"name": ..., "filters": ..., "output": ...}, {"height", "width"}, [names], ["#rrggbb", ...]
static int describe(const struct trainer *t, const struct classes *classes, char *text[4])
{
    const struct recipe *r = &t->recipe;
    json_t *names = json_array(), *colors = json_array();
    for (size_t i = 0; i < classes->count; i++) {
        char hex[8];
        snprintf(hex, sizeof hex, "#%02x%02x%02x", classes->colors[i][0], classes->colors[i][1],
                 classes->colors[i][2]);
        json_array_append_new(names, json_string(classes->names[i]));
        json_array_append_new(colors, json_string(hex));
    }
    json_t *parts[4] = {
        json_pack("{ss, sI, ss}", "name", r->generator, "filters", (json_int_t)r->filters, "output",
                  r->rgb ? "rgb" : "scores"),
        json_pack("{sI, sI}", "height", (json_int_t)r->height, "width", (json_int_t)r->width),
        names,
        colors,
    };
    int status = SWATCH_OK;
    for (size_t i = 0; i < 4; i++) {
        text[i] = parts[i] ? json_dumps(parts[i], JSON_COMPACT) : NULL;
        status = text[i] ? status : SWATCH_FAILED;
        json_decref(parts[i]);
    }
    return status;
}

int checkpoint_export(const char *path, struct trainer *t, const struct classes *classes,
                      const char *history, swatch_error *error)
{
    struct list list = {0};
    char *text[4] = {0};
    int status = SWATCH_FAILED;
    if (describe(t, classes, text)) {
        error_memory(error);
        goto done;
    }
    if (list_new(&list, params_length(&t->generator), error))
        goto done;
    for (const struct param *p = t->generator.first; p; p = p->next)
        list_add(&list, p, "", "", t->recipe.average_decay > 0 ? p->average : p->value,
                 p->rank > 1 ? SAFETENSORS_BF16 : SAFETENSORS_F32);
    const struct safetensors_pair pairs[] = {
        {"swatch.format", MODEL_FORMAT}, {"swatch.architecture", text[0]},
        {"swatch.input", text[1]},       {"swatch.classes", text[2]},
        {"swatch.colors", text[3]},      {"swatch.history", history}};
    status = safetensors_save(path, list.tensors, list.count, pairs, 6, error);
done:
    list_free(&list);
    for (size_t i = 0; i < 4; i++)
        free(text[i]);
    return status;
}
