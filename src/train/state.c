// Reads and writes checkpoints. A tensor is called "generator.value.down1.conv.weight", with value,
// m, v or average.

#include "train/state.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "train/recipe.h"

#define STATE_FORMAT "checkpoint 2"
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
#define FIGURE_TEXT 32

static void data_text(const struct state *s, char text[DATA_TEXT])
{
    snprintf(text, DATA_TEXT, "%016llx", (unsigned long long)s->data);
}

// Writes a figure as JSON, which is the same in every locale. NaN becomes null.
static void figure_text(double figure, char text[FIGURE_TEXT])
{
    json_t *json = isnan(figure) ? json_null() : json_real(figure);
    const size_t size =
        json_dumpb(json, text, FIGURE_TEXT - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    text[size < FIGURE_TEXT ? size : 0] = 0;
    json_decref(json);
}

static int figure_read(const char *text, double *figure)
{
    json_t *json = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    const int sound = json_is_null(json) || json_is_number(json);
    *figure = json_is_number(json) ? json_number_value(json) : NAN;
    json_decref(json);
    return sound;
}

int state_save(const char *path, const struct state *s, swatch_error *error)
{
    struct list list = {0};
    char step[32], best[FIGURE_TEXT], start[FIGURE_TEXT], data[DATA_TEXT], prefix[64];
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
    // If the device failed, the numbers are wrong and must not replace the checkpoint.
    if (s->sets[0]->backend->check(error)) {
        list_free(&list);
        return SWATCH_FAILED;
    }
    snprintf(step, sizeof step, "%llu", (unsigned long long)*s->step);
    figure_text(*s->best, best);
    figure_text(*s->start, start);
    data_text(s, data);
    const struct safetensors_pair pairs[] = {
        {"swatch.format", STATE_FORMAT}, {"swatch.step", step},        {"swatch.best", best},
        {"swatch.start", start},         {"swatch.recipe", s->recipe}, {"swatch.data", data}};
    const int status = safetensors_save(path, list.tensors, list.count, pairs, 6, 1, error);
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

static int check_tensors(const struct state *s, swatch_error *error)
{
    for (size_t i = 0; i < STATE_SETS && s->names[i]; i++)
        for (const struct param *p = s->sets[i]->first; p; p = p->next) {
            const float *const parts[] = {p->value, p->m, p->v, p->average};
            for (int k = 0; k < 4; k++)
                for (size_t n = 0; parts[k] && n < p->count; n++)
                    if (!isfinite(parts[k][n]))
                        return error_set(error, SWATCH_FAILED,
                                         "tensor %s.%s%s holds infinities or no numbers",
                                         s->names[i], part_names[k], p->name);
        }
    return SWATCH_OK;
}

// Checks that the file's metadata are those of this run. *step becomes the steps done.
static int check_metadata(const struct safetensors *file, const char *path, const struct state *s,
                          uint64_t *step, swatch_error *error)
{
    char *end = NULL, own_data[DATA_TEXT];
    const char *format = safetensors_metadata(file, "swatch.format");
    const char *made_by = safetensors_metadata(file, "swatch.recipe");
    const char *done = safetensors_metadata(file, "swatch.step");
    const char *data = safetensors_metadata(file, "swatch.data");
    if (!format || strcmp(format, STATE_FORMAT) != 0 || !made_by || !done || !data)
        return error_set(error, SWATCH_FAILED, "%s: not a checkpoint of swatch train", path);
    if (strcmp(made_by, s->recipe) != 0) {
        char difference[RECIPE_DIFFERENCE];
        recipe_difference(made_by, s->recipe, difference);
        return error_set(error, SWATCH_FAILED, "%s: the run was started with other options: %s",
                         path, difference[0] ? difference : made_by);
    }
    data_text(s, own_data);
    if (strcmp(data, own_data) != 0)
        return error_set(
            error, SWATCH_FAILED,
            "%s: the run was started with other photos (to learn from or held out) or classes",
            path);
    *step = strtoull(done, &end, 10);
    if (end == done || *end || *step > s->steps)
        return error_set(error, SWATCH_FAILED, "%s: its step \"%.40s\" is not in 0 .. %llu", path,
                         done, (unsigned long long)s->steps);
    return SWATCH_OK;
}

int state_load(const char *path, const struct state *s, swatch_error *error)
{
    struct safetensors *file = NULL;
    swatch_error inner;
    uint64_t step = 0;
    double best, start;
    int status = SWATCH_FAILED;
    if (safetensors_open(path, &file, error) || check_metadata(file, path, s, &step, error))
        goto done;
    if (!figure_read(safetensors_metadata(file, "swatch.best"), &best) ||
        !figure_read(safetensors_metadata(file, "swatch.start"), &start)) {
        error_set(error, SWATCH_FAILED, "%s: its best figure is no number", path);
        goto done;
    }
    if (load_tensors(file, s, &inner) || check_tensors(s, &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    *s->step = step;
    *s->best = best;
    *s->start = start;
    status = SWATCH_OK;
done:
    safetensors_close(file);
    return status;
}

// Returns 1 if the tensor is a last layer of a network with other classes, which cannot be used.
static int is_other_head(const struct param *p, const struct safetensors_entry *e)
{
    return (strncmp(p->name, "out.", 4) == 0 || strncmp(p->name, "garments.", 9) == 0) &&
           e->shape[0] != p->shape[0] &&
           memcmp(e->shape + 1, p->shape + 1, (p->rank - 1) * sizeof *p->shape) == 0;
}

// Sets the error for a tensor that does not fit, with what the file says of its network.
static void wrong_shape(const char *path, const struct safetensors *file, const struct param *p,
                        swatch_error *error)
{
    const char *text = safetensors_metadata(file, "swatch.architecture");
    json_t *architecture = text ? json_loads(text, 0, NULL) : NULL;
    const char *name = json_string_value(json_object_get(architecture, "name"));
    error_set(error, SWATCH_FAILED, "%s: tensor %s has another shape than the network's%s%s", path,
              p->name, name ? "; the file is of " : "", name ? name : "");
    json_decref(architecture);
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
            wrong_shape(path, file, p, error);
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
        status = safetensors_save(path, list.tensors, list.count, metadata, pairs, 1, error);
    }
    list_free(&list);
    return status;
}
