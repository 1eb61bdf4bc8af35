// Tensor names in a checkpoint: "generator.value.down1.conv.weight", with value, m, v or average.

#include "train/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "train/recipe.h"

#define NAME_MAX_FULL (PARAM_NAME_MAX + 80)

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

int state_expect(const char *path, int resume, swatch_error *error)
{
    const int there = access(path, F_OK) == 0;
    if (!resume && there)
        return error_set(error, SWATCH_FAILED,
                         "%s: there is a run already; --resume continues it, another --run starts "
                         "a new one",
                         path);
    if (resume && !there && errno == ENOENT)
        return error_set(error, SWATCH_FAILED,
                         "%s: the run has no checkpoint yet; without --resume it begins anew",
                         path);
    return SWATCH_OK;
}

#define DATA_TEXT 17

static void data_text(const struct state *s, char text[DATA_TEXT])
{
    snprintf(text, DATA_TEXT, "%016llx", (unsigned long long)s->data);
}

int state_save(const char *path, const struct state *s, swatch_error *error)
{
    struct list list = {0};
    char step[32], best[32], data[DATA_TEXT], prefix[64];
    size_t count = 0;
    for (size_t i = 0; i < STATE_SETS && s->names[i]; i++)
        count += 4 * params_length(s->sets[i]);
    if (list_new(&list, count, error)) {
        list_free(&list);
        return SWATCH_FAILED;
    }
    for (size_t i = 0; i < STATE_SETS && s->names[i]; i++) {
        snprintf(prefix, sizeof prefix, "%s.", s->names[i]);
        params_to_host(s->sets[i]);
        list_add_all(&list, s->sets[i], prefix);
    }
    // What could not be read must not replace what is there.
    if (s->sets[0]->backend->check(error)) {
        list_free(&list);
        return SWATCH_FAILED;
    }
    snprintf(step, sizeof step, "%llu", (unsigned long long)*s->step);
    snprintf(best, sizeof best, "%.17g", *s->best);
    data_text(s, data);
    const struct safetensors_pair pairs[] = {{"swatch.format", "checkpoint 1"},
                                             {"swatch.step", step},
                                             {"swatch.best_mean_iou", best},
                                             {"swatch.recipe", s->recipe},
                                             {"swatch.data", data}};
    const int status =
        safetensors_save(path, list.tensors, list.count, pairs, s->data ? 5 : 4, error);
    list_free(&list);
    return status;
}

static int load_tensors(const struct safetensors *file, const struct state *s, swatch_error *error)
{
    char prefix[64];
    for (int part = PARAM_VALUE; part <= PARAM_AVERAGE; part++)
        for (size_t i = 0; i < STATE_SETS && s->names[i]; i++) {
            snprintf(prefix, sizeof prefix, "%s.%s", s->names[i], part_names[part]);
            if (params_load(s->sets[i], file, prefix, (enum param_part)part, error))
                return SWATCH_FAILED;
        }
    return SWATCH_OK;
}

int state_load(const char *path, const struct state *s, swatch_error *error)
{
    struct safetensors *file = NULL;
    char *end = NULL, own_data[DATA_TEXT];
    swatch_error inner;
    int status = SWATCH_FAILED;
    if (safetensors_open(path, &file, error))
        goto done;
    const char *format = safetensors_metadata(file, "swatch.format");
    const char *made_by = safetensors_metadata(file, "swatch.recipe");
    const char *step = safetensors_metadata(file, "swatch.step");
    const char *best = safetensors_metadata(file, "swatch.best_mean_iou");
    const char *data = safetensors_metadata(file, "swatch.data");
    if (!format || strcmp(format, "checkpoint 1") != 0 || !made_by || !step || !best) {
        error_set(error, SWATCH_FAILED, "%s: not a checkpoint of swatch train", path);
        goto done;
    }
    if (strcmp(made_by, s->recipe) != 0) {
        char difference[RECIPE_DIFFERENCE];
        recipe_difference(made_by, s->recipe, difference);
        error_set(error, SWATCH_FAILED, "%s: the run was started with other options: %s", path,
                  difference[0] ? difference : made_by);
        goto done;
    }
    data_text(s, own_data);
    if (s->data && data && strcmp(data, own_data) != 0) {
        error_set(
            error, SWATCH_FAILED,
            "%s: the run was started with other photos (to learn from or held out) or classes",
            path);
        goto done;
    }
    const unsigned long long steps = strtoull(step, &end, 10);
    if (end == step || *end || steps > s->steps) {
        error_set(error, SWATCH_FAILED, "%s: its step \"%.40s\" is not in 0 .. %llu", path, step,
                  (unsigned long long)s->steps);
        goto done;
    }
    if (load_tensors(file, s, &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    *s->step = steps;
    *s->best = strtod(best, NULL);
    status = SWATCH_OK;
done:
    safetensors_close(file);
    return status;
}

// The last layer of a network of other classes, which is of no use here.
static int is_other_head(const struct param *p, const struct safetensors_entry *e)
{
    return strncmp(p->name, "out.", 4) == 0 && e->shape[0] != p->shape[0] &&
           memcmp(e->shape + 1, p->shape + 1, (p->rank - 1) * sizeof *p->shape) == 0;
}

int state_start_from(const char *path, struct params *params, const char *what, size_t *count,
                     swatch_error *error)
{
    struct safetensors *file = NULL;
    swatch_error inner;
    int status = SWATCH_FAILED;
    *count = 0;
    if (safetensors_open(path, &file, error))
        return SWATCH_FAILED;
    for (struct param *p = params->first; p; p = p->next) {
        const struct safetensors_entry *e = safetensors_find(file, p->name);
        if (!e || (e->rank == p->rank && is_other_head(p, e)))
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
    params_to_device(params);
    if (*count == 0) {
        error_set(error, SWATCH_FAILED, "%s: has no tensor of the %s network", path, what);
        goto done;
    }
    status = SWATCH_OK;
done:
    safetensors_close(file);
    return status;
}

int state_export(const char *path, const struct params *params, int average,
                 const struct safetensors_pair *metadata, size_t pairs, swatch_error *error)
{
    struct list list = {0};
    int status = SWATCH_FAILED;
    params_to_host(params);
    if (params->backend->check(error))
        return SWATCH_FAILED;
    if (!list_new(&list, params_length(params), error)) {
        for (const struct param *p = params->first; p; p = p->next)
            list_add(&list, p, "", "", average ? p->average : p->value,
                     p->rank > 1 ? SAFETENSORS_BF16 : SAFETENSORS_F32);
        status = safetensors_save(path, list.tensors, list.count, metadata, pairs, error);
    }
    list_free(&list);
    return status;
}
