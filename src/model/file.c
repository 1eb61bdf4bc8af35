// Reads model files and builds their graphs. The metadata, JSON, say which network it is. Building
// its graph once shows whether the file has the tensors that the network needs.

#include "model/file.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

enum { ARCHITECTURE, INPUT, CLASSES, COLORS, HISTORY, KEYS };
#define CERTAINTY "swatch.certainty" // clothes, if it was measured
#define GARMENTS "swatch.garments"   // clothes, if the network has a second head

static const struct {
    const char *name;
    json_type type;
    int of_people; // 1: models that find people have it, too
} keys[KEYS] = {
    [ARCHITECTURE] = {"swatch.architecture", JSON_OBJECT, 1},
    [INPUT] = {"swatch.input", JSON_OBJECT, 0},
    [CLASSES] = {"swatch.classes", JSON_ARRAY, 1},
    [COLORS] = {"swatch.colors", JSON_ARRAY, 0},
    [HISTORY] = {"swatch.history", JSON_OBJECT, 1},
};

// A file that is being read.
struct reading {
    const char *name; // for messages
    const struct safetensors *file;
    json_t *values[KEYS];
};

static int read_key(struct reading *r, size_t key, swatch_error *error)
{
    const char *text = safetensors_metadata(r->file, keys[key].name);
    r->values[key] = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (r->values[key] && json_typeof(r->values[key]) == keys[key].type)
        return SWATCH_OK;
    return error_set(error, SWATCH_BAD_FILE,
                     "%s: its metadata lack a valid %s, so it is not a swatch model", r->name,
                     keys[key].name);
}

// Reads the metadata and finds the kind of the model.
static int read_metadata(struct reading *r, struct model *m, swatch_error *error)
{
    const char *format = safetensors_metadata(r->file, "swatch.format");
    if (!format || strcmp(format, MODEL_FORMAT) != 0)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: not a swatch model (swatch.format is %.40s, not \"%s\")", r->name,
                         format ? format : "absent", MODEL_FORMAT);
    if (read_key(r, ARCHITECTURE, error))
        return SWATCH_FAILED;
    const char *name = json_string_value(json_object_get(r->values[ARCHITECTURE], "name"));
    if (name && strcmp(name, "mask-rcnn") == 0)
        m->kind = MODEL_PEOPLE;
    else if (!name || !(m->generator = generator_find(name)))
        return error_set(error, SWATCH_BAD_FILE, "%s: its architecture is none of %s, mask-rcnn",
                         r->name, GENERATOR_NAMES);
    snprintf(m->architecture, sizeof m->architecture, "%s", name);
    for (size_t key = ARCHITECTURE + 1; key < KEYS; key++)
        if ((m->kind == MODEL_CLOTHES || keys[key].of_people) && read_key(r, key, error))
            return SWATCH_FAILED;
    m->history = strdup(safetensors_metadata(r->file, keys[HISTORY].name));
    return m->history ? SWATCH_OK : error_memory(error);
}

static int read_name(const struct reading *r, size_t index, char name[CLASS_NAME_MAX],
                     swatch_error *error)
{
    const char *text = json_string_value(json_array_get(r->values[CLASSES], index));
    if (!text || !class_name_is_usable(text))
        return error_set(error, SWATCH_BAD_FILE, "%s: class %zu has no usable name", r->name,
                         index);
    strcpy(name, text);
    return SWATCH_OK;
}

static int read_color(const struct reading *r, size_t index, const char *name, uint8_t rgb[3],
                      swatch_error *error)
{
    const char *text = json_string_value(json_array_get(r->values[COLORS], index));
    if (!text || number_read_hex(text, strlen(text), rgb))
        return error_set(error, SWATCH_BAD_FILE, "%s: class %s has no color like #rrggbb", r->name,
                         name);
    return SWATCH_OK;
}

static int read_classes(const struct reading *r, struct classes *classes, swatch_error *error)
{
    const size_t count = json_array_size(r->values[CLASSES]);
    const size_t colors = json_array_size(r->values[COLORS]);
    if (count < 2 || count > CLASSES_MAX || colors != count)
        return error_set(error, SWATCH_BAD_FILE, "%s: %zu classes with %zu colors; 2 to %d of each",
                         r->name, count, colors, CLASSES_MAX);
    for (size_t i = 0; i < count; i++) {
        char *name = classes->names[i];
        if (read_name(r, i, name, error) || read_color(r, i, name, classes->colors[i], error))
            return SWATCH_FAILED;
        if (classes_find(classes, name) >= 0) // one of those before it
            return error_set(error, SWATCH_BAD_FILE, "%s: two classes are called %s", r->name,
                             name);
        classes->count = i + 1;
    }
    return SWATCH_OK;
}

// How sure the model is of a region, if its file says so.
static int read_certainty(const struct reading *r, struct model *m, swatch_error *error)
{
    static const char *const names[SWATCH_REGIONS] = {
        [SWATCH_CLOTHES] = "clothes", [SWATCH_SKIN] = "skin", [SWATCH_HAIR] = "hair"};
    const char *text = safetensors_metadata(r->file, CERTAINTY);
    json_t *all = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int valid = text != NULL;
    for (size_t i = 0; i < SWATCH_REGIONS && valid; i++) {
        double *to = m->certainty[i];
        valid = !json_unpack(json_object_get(all, names[i]), "[F, F]", &to[0], &to[1]) &&
                isfinite(to[0]) && isfinite(to[1]);
    }
    json_decref(all);
    m->has_certainty = valid;
    return text && !valid
               ? error_set(error, SWATCH_BAD_FILE, "%s: its " CERTAINTY " is not valid", r->name)
               : SWATCH_OK;
}

// The classes of the second head, if the file has one.
static int read_garments(const struct reading *r, struct model *m, swatch_error *error)
{
    const char *text = safetensors_metadata(r->file, GARMENTS), *name, *color, *of;
    json_t *all = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL, *one;
    size_t i;
    int valid = json_array_size(all) >= 2 && json_array_size(all) <= CLASSES_MAX &&
                m->generator->has_encoder && !m->shape.rgb;
    json_array_foreach(all, i, one)
    {
        int whole = -1;
        valid = valid &&
                !json_unpack(one, "{ss, ss, ss}", "name", &name, "color", &color, "of", &of) &&
                class_name_is_usable(name) && classes_find(&m->garments, name) < 0 &&
                !number_read_hex(color, strlen(color), m->garments.colors[i]) &&
                (whole = classes_find(&m->own, of)) >= 0;
        if (!valid)
            break;
        strcpy(m->garments.names[i], name);
        m->whole[i] = (uint8_t)whole;
        m->garments.count = i + 1;
    }
    json_decref(all);
    for (size_t k = 0; valid && k < m->own.count; k++)
        valid = memchr(m->whole, (int)k, m->garments.count) != NULL;
    m->shape.garments = m->garments.count;
    return text && !valid
               ? error_set(error, SWATCH_BAD_FILE, "%s: its " GARMENTS " is not valid", r->name)
               : SWATCH_OK;
}

static int read_clothes(const struct reading *r, struct model *m, swatch_error *error)
{
    const char *output;
    json_int_t filters, height, width;
    const size_t multiple = m->generator->multiple;
    if (json_unpack(r->values[ARCHITECTURE], "{sI, ss}", "filters", &filters, "output", &output))
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: its architecture lacks \"filters\" or \"output\"", r->name);
    if (filters < 0 || filters > 1024 || (strcmp(output, "rgb") && strcmp(output, "scores")))
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: %lld filters and output \"%.20s\" are not usable", r->name,
                         (long long)filters, output);
    if (json_unpack(r->values[INPUT], "{sI, sI}", "height", &height, "width", &width) ||
        height <= 0 || width <= 0 || height > (json_int_t)MODEL_PIXELS_MAX ||
        width > (json_int_t)MODEL_PIXELS_MAX || height % (json_int_t)multiple ||
        width % (json_int_t)multiple)
        return error_set(error, SWATCH_BAD_FILE, "%s: its input size is no multiple of %zu",
                         r->name, multiple);
    m->height = (size_t)height;
    m->width = (size_t)width;
    if (m->height * m->width > MODEL_PIXELS_MAX)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: its input of %zux%zu pixels is too large; the most are 4096x4096",
                         r->name, m->width, m->height);
    if (read_classes(r, &m->own, error))
        return SWATCH_FAILED;
    const int rgb = strcmp(output, "rgb") == 0;
    m->shape =
        (struct generator_shape){.filters = filters ? (size_t)filters : m->generator->filters,
                                 .outputs = rgb ? 3 : m->own.count,
                                 .rgb = rgb};
    m->classes = m->own;
    for (size_t i = 0; i < CLASSES_MAX; i++)
        m->fold[i] = (uint8_t)i;
    const int status = read_garments(r, m, error);
    return status ? status : read_certainty(r, m, error);
}

static int read_people(const struct reading *r, struct model *m, swatch_error *error)
{
    swatch_error inner;
    const char *text = safetensors_metadata(r->file, keys[ARCHITECTURE].name);
    struct maskrcnn *n = &m->network;
    if (maskrcnn_parse(text, n, &inner))
        return error_set(error,
                         inner.status == SWATCH_NO_MEMORY ? SWATCH_NO_MEMORY : SWATCH_BAD_FILE,
                         "%s: no model that finds people: %s", r->name, inner.message);
    if (n->shorter * n->longer > MODEL_PIXELS_MAX ||
        n->closer_shorter * n->closer_longer > MODEL_PIXELS_MAX)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: its input of %zux%zu pixels is too large; the most are 4096x4096",
                         r->name, n->closer_longer ? n->closer_longer : n->longer,
                         n->closer_shorter ? n->closer_shorter : n->shorter);
    const size_t count = json_array_size(r->values[CLASSES]);
    if (count != n->classes)
        return error_set(error, SWATCH_BAD_FILE, "%s: %zu class names for %zu classes", r->name,
                         count, n->classes);
    for (size_t i = 0; i < count; i++)
        if (read_name(r, i, m->labels[i], error))
            return SWATCH_FAILED;
    return SWATCH_OK;
}

// Passes on the fault of an inner function with the file's name before it. A lack of memory stays
// one; other faults mean that the file is bad.
static int bad_file(const struct reading *r, const swatch_error *inner, swatch_error *error)
{
    return error_set(error, inner->status == SWATCH_NO_MEMORY ? SWATCH_NO_MEMORY : SWATCH_BAD_FILE,
                     "%s: %s", r->name, inner->message);
}

// Reads the weights and checks that all are finite.
static int read_weights(const struct reading *r, struct model *m, swatch_error *error)
{
    swatch_error inner;
    if (params_from_file(&m->params, r->file, "", &inner))
        return bad_file(r, &inner, error);
    for (const struct param *p = m->params.first; p; p = p->next)
        if (!param_finite(p))
            return error_set(error, SWATCH_BAD_FILE, "%s: tensor %s holds infinities or no numbers",
                             r->name, p->name);
    return SWATCH_OK;
}

void model_build(const struct model *m, size_t height, size_t width, struct model_graph *built)
{
    *built = (struct model_graph){0};
    struct graph *g = graph_new(m->params.backend, m->dtype, GRAPH_INFER, 0);
    if (!g)
        return;
    built->graph = g;
    // Building only looks up parameters of a closed set, so it does not change the model.
    graph_params(g, (struct params *)&m->params, 1);
    built->photo = graph_input(g, 1, height, width, 3);
    if (m->kind == MODEL_CLOTHES) {
        built->output =
            graph_output(g, m->generator->build(g, built->photo, m->shape, &built->garments));
        if (built->garments)
            graph_output(g, built->garments);
    } else {
        maskrcnn_trunk(g, &m->network, built->photo, &built->parts);
        maskrcnn_box_head(g, &m->network, m->network.proposals, &built->parts);
        maskrcnn_mask_head(g, &m->network, MODEL_MASKS_AT_ONCE, &built->parts);
    }
}

// Builds the network once to check that no tensor is missing, misshapen or surplus.
static int check_tensors(const struct reading *r, const struct model *m, swatch_error *error)
{
    struct model_graph built;
    swatch_error inner;
    const size_t small = 2 * m->network.multiple;
    if (m->kind == MODEL_CLOTHES)
        model_build(m, m->height, m->width, &built);
    else
        model_build(m, small, small, &built);
    if (!built.graph)
        return error_memory(error);
    const int failed = graph_check(built.graph, &inner) || params_surplus(&m->params, &inner);
    graph_free(built.graph);
    return failed ? bad_file(r, &inner, error) : SWATCH_OK;
}

// Makes the second head answer in the classes of a class file.
static int fold_garments(struct model *m, const char *path, struct classes *coarser,
                         uint8_t fold[CLASSES_MAX], swatch_error *error)
{
    const int status = classes_fold_load(path, &m->garments, coarser, fold, error);
    if (status)
        return status;
    for (size_t i = 0; i < m->garments.count; i++)
        m->part_of[fold[i]] = m->whole[i];
    for (size_t i = 0; i < m->garments.count; i++)
        if (m->part_of[fold[i]] != m->whole[i])
            return error_set(error, SWATCH_USAGE,
                             "%s: the class \"%s\" mixes what the model tells apart as %s and %s",
                             path, coarser->names[fold[i]], m->own.names[m->whole[i]],
                             m->own.names[m->part_of[fold[i]]]);
    m->tells_garments = 1;
    return SWATCH_OK;
}

// Makes the model answer in the classes of a class file.
static int fold_classes(struct model *m, const char *path, swatch_error *error)
{
    struct classes coarser;
    uint8_t fold[CLASSES_MAX];
    if (m->kind == MODEL_PEOPLE)
        return error_set(error, SWATCH_USAGE, "%s: a model that finds people has no such classes",
                         path);
    int status = classes_fold_load(path, &m->own, &coarser, fold, error);
    if (status == SWATCH_USAGE && m->garments.count)
        status = fold_garments(m, path, &coarser, fold, error);
    if (status)
        return status;
    if (m->shape.rgb) {
        if (coarser.count != m->own.count ||
            memcmp(coarser.names, m->own.names, sizeof coarser.names) != 0)
            return error_set(error, SWATCH_USAGE,
                             "%s: only a model of class scores can answer in other classes", path);
        return SWATCH_OK;
    }
    m->classes = coarser;
    memcpy(m->fold, fold, sizeof fold);
    return SWATCH_OK;
}

static int read_model(const char *name, const struct safetensors *file,
                      const struct model_options *o, struct model *m, swatch_error *error)
{
    struct reading r = {.name = name, .file = file};
    const struct backend *backend = o->backend ? o->backend : backend_cpu();
    params_init(&m->params, 0);
    m->params.backend = backend;
    if (!(m->name = strdup(name)))
        return error_memory(error);
    m->dtype = o->precision == MODEL_F32                                ? DTYPE_F32
               : o->precision == MODEL_BF16 || backend->has_fast_bf16() ? DTYPE_BF16
                                                                        : DTYPE_F32;
    int status = read_metadata(&r, m, error);
    if (!status)
        status = m->kind == MODEL_CLOTHES ? read_clothes(&r, m, error) : read_people(&r, m, error);
    if (!status)
        status = read_weights(&r, m, error);
    if (!status)
        status = check_tensors(&r, m, error);
    if (!status && o->classes)
        status = fold_classes(m, o->classes, error);
    if (!m->tells_garments)
        m->shape.garments = 0;
    for (size_t i = 0; i < KEYS; i++)
        json_decref(r.values[i]);
    return status;
}

// Makes the model from an open file and closes the file.
static int open_file(const char *name, struct safetensors *file,
                     const struct model_options *options, struct model **model, swatch_error *error)
{
    const struct model_options defaults = {0};
    struct model *m = calloc(1, sizeof *m);
    int status =
        m ? read_model(name, file, options ? options : &defaults, m, error) : error_memory(error);
    safetensors_close(file);
    if (status)
        model_free(m);
    else
        *model = m;
    return status;
}

int model_open(const char *path, const struct model_options *options, struct model **model,
               swatch_error *error)
{
    struct safetensors *file = NULL;
    *model = NULL;
    const int status = safetensors_open(path, &file, error);
    return status ? status : open_file(path, file, options, model, error);
}

int model_open_memory(const char *name, const void *data, size_t size,
                      const struct model_options *options, struct model **model,
                      swatch_error *error)
{
    struct safetensors *file = NULL;
    *model = NULL;
    const int status = safetensors_open_memory(name, data, size, &file, error);
    return status ? status : open_file(name, file, options, model, error);
}

void model_free(struct model *model)
{
    if (!model)
        return;
    params_free(&model->params);
    free(model->history);
    free(model->name);
    free(model);
}

size_t model_class_count(const struct model *m)
{
    return m->kind == MODEL_CLOTHES ? m->classes.count : m->network.classes;
}

const char *model_class_name(const struct model *m, size_t index)
{
    if (index >= model_class_count(m))
        return NULL;
    return m->kind == MODEL_CLOTHES ? m->classes.names[index] : m->labels[index];
}
