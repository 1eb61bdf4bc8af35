// Model files in, graphs out. A model keeps f32 weights and what the metadata say; a session builds
// a graph for each input shape it meets and keeps it.

#include "model/model.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/metadata.h"
#include "model/networks/networks.h"

struct model {
    struct model_info info;
    const struct generator *generator;
    struct generator_shape shape;
    enum dtype dtype;
    struct params params;
};

#define SESSION_GRAPHS 3

struct session_graph {
    struct graph *graph;
    struct tensor *photo, *output;
    uint64_t last_use;
};

struct model_session {
    const struct model *model;
    struct session_graph graphs[SESSION_GRAPHS];
    float *output;
    size_t output_room;
    uint64_t uses;
};

static int read_classes(struct model_info *info, const json_t *names, const json_t *colors,
                        const char *path, swatch_error *error)
{
    const size_t count = json_array_size(names);
    if (count < 2 || count > CLASSES_MAX || json_array_size(colors) != count)
        return error_set(error, SWATCH_FAILED, "%s: %zu classes with %zu colors; 2 to %d of each",
                         path, count, json_array_size(colors), CLASSES_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const char *color = json_string_value(json_array_get(colors, i));
        unsigned red, green, blue;
        if (!name || !*name || strlen(name) >= CLASS_NAME_MAX || strpbrk(name, "/\\\"") ||
            metadata_has_control(name))
            return error_set(error, SWATCH_FAILED, "%s: class %zu has no usable name", path, i);
        if (!color || color[0] != '#' || strlen(color) != 7 ||
            strspn(color + 1, "0123456789abcdefABCDEF") != 6 ||
            sscanf(color, "#%2x%2x%2x", &red, &green, &blue) != 3)
            return error_set(error, SWATCH_FAILED, "%s: class %s has no color like #rrggbb", path,
                             name);
        if (classes_find(&info->classes, name) >= 0)
            return error_set(error, SWATCH_FAILED, "%s: two classes are called %s", path, name);
        info->classes.count = i + 1;
        snprintf(info->classes.names[i], CLASS_NAME_MAX, "%s", name);
        info->classes.colors[i][0] = (uint8_t)red;
        info->classes.colors[i][1] = (uint8_t)green;
        info->classes.colors[i][2] = (uint8_t)blue;
    }
    return SWATCH_OK;
}

static int read_info(struct model *m, const struct safetensors *file, const char *path,
                     swatch_error *error)
{
    const char *format = safetensors_metadata(file, "swatch.format");
    json_t *architecture = NULL, *input = NULL, *names = NULL, *colors = NULL, *history = NULL;
    const char *name, *output;
    json_int_t filters, height, width;
    int status = SWATCH_FAILED;

    if (!format || strcmp(format, MODEL_FORMAT) != 0)
        return error_set(error, SWATCH_FAILED,
                         "%s: not a swatch model (swatch.format is %.40s, not \"%s\")", path,
                         format ? format : "absent", MODEL_FORMAT);
    if (!(architecture = metadata_json(file, path, "swatch.architecture", JSON_OBJECT, error)) ||
        !(input = metadata_json(file, path, "swatch.input", JSON_OBJECT, error)) ||
        !(names = metadata_json(file, path, "swatch.classes", JSON_ARRAY, error)) ||
        !(colors = metadata_json(file, path, "swatch.colors", JSON_ARRAY, error)) ||
        !(history = metadata_json(file, path, "swatch.history", JSON_OBJECT, error)))
        goto done;
    if (json_unpack(architecture, "{ss, sI, ss}", "name", &name, "filters", &filters, "output",
                    &output) ||
        !(m->generator = generator_find(name))) {
        error_set(error, SWATCH_FAILED, "%s: its architecture is none of %s", path,
                  GENERATOR_NAMES);
        goto done;
    }
    if (filters < 0 || filters > 1024 || (strcmp(output, "rgb") && strcmp(output, "scores"))) {
        error_set(error, SWATCH_FAILED, "%s: %lld filters and output \"%.20s\" are not usable",
                  path, (long long)filters, output);
        goto done;
    }
    if (json_unpack(input, "{sI, sI}", "height", &height, "width", &width) || height <= 0 ||
        width <= 0 || height > 8192 || width > 8192 ||
        height % (json_int_t)m->generator->multiple || width % (json_int_t)m->generator->multiple) {
        error_set(error, SWATCH_FAILED, "%s: its input size is not a multiple of %zu up to 8192",
                  path, m->generator->multiple);
        goto done;
    }
    if (read_classes(&m->info, names, colors, path, error))
        goto done;
    m->info.output = strcmp(output, "rgb") == 0 ? MODEL_RGB : MODEL_SCORES;
    m->info.height = (size_t)height;
    m->info.width = (size_t)width;
    m->info.multiple = m->generator->multiple;
    snprintf(m->info.architecture, sizeof m->info.architecture, "%s", name);
    m->shape =
        (struct generator_shape){.filters = filters ? (size_t)filters : m->generator->filters,
                                 .outputs = m->info.output == MODEL_RGB ? 3 : m->info.classes.count,
                                 .rgb = m->info.output == MODEL_RGB};
    m->info.history = strdup(safetensors_metadata(file, "swatch.history"));
    status = m->info.history ? SWATCH_OK : error_memory(error);
done:
    json_decref(architecture);
    json_decref(input);
    json_decref(names);
    json_decref(colors);
    json_decref(history);
    return status;
}

static struct graph *build(const struct model *m, size_t height, size_t width,
                           struct tensor **photo, struct tensor **output)
{
    struct graph *g = graph_new(backend_cpu(), m->dtype, GRAPH_INFER, 0);
    if (!g)
        return NULL;
    // A closed set of parameters is only looked up in, so building leaves the model as it is.
    graph_params(g, (struct params *)&m->params, 1);
    *photo = graph_input(g, 1, height, width, 3);
    *output = graph_output(g, m->generator->build(g, *photo, m->shape));
    return g;
}

int model_open(const char *path, enum model_precision precision, struct model **model,
               swatch_error *error)
{
    struct safetensors *file = NULL;
    struct graph *g = NULL;
    struct tensor *photo, *output;
    swatch_error inner;
    int status = SWATCH_FAILED;
    struct model *m = calloc(1, sizeof *m);
    if (!m)
        return error_memory(error);
    params_init(&m->params, 0);
    m->dtype = precision == MODEL_F32                                      ? DTYPE_F32
               : precision == MODEL_BF16 || backend_cpu()->has_fast_bf16() ? DTYPE_BF16
                                                                           : DTYPE_F32;
    if (safetensors_open(path, &file, error) || read_info(m, file, path, error))
        goto done;
    if (params_from_file(&m->params, file, "", &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    for (const struct param *p = m->params.first; p; p = p->next)
        if (!param_finite(p)) {
            error_set(error, SWATCH_FAILED, "%s: tensor %s holds infinities or no numbers", path,
                      p->name);
            goto done;
        }
    // Built once to see that every tensor is there, shaped right and none too many.
    g = build(m, m->info.height, m->info.width, &photo, &output);
    if (!g) {
        error_memory(error);
        goto done;
    }
    if (graph_check(g, &inner) || params_surplus(&m->params, &inner)) {
        error_set(error, SWATCH_FAILED, "%s: %s", path, inner.message);
        goto done;
    }
    status = SWATCH_OK;
done:
    graph_free(g);
    safetensors_close(file);
    if (status)
        model_free(m);
    else
        *model = m;
    return status;
}

void model_free(struct model *model)
{
    if (!model)
        return;
    params_free(&model->params);
    free(model->info.history);
    free(model);
}

const struct model_info *model_info(const struct model *model)
{
    return &model->info;
}

int model_session_new(const struct model *model, struct model_session **session,
                      swatch_error *error)
{
    *session = calloc(1, sizeof **session);
    if (!*session)
        return error_memory(error);
    (*session)->model = model;
    return SWATCH_OK;
}

void model_session_free(struct model_session *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SESSION_GRAPHS; i++)
        graph_free(s->graphs[i].graph);
    free(s->output);
    free(s);
}

// The graph for a shape: one there is, or a new one in place of the one unused for longest.
static int session_graph(struct model_session *s, size_t height, size_t width,
                         struct session_graph **found, swatch_error *error)
{
    struct session_graph *oldest = &s->graphs[0];
    for (size_t i = 0; i < SESSION_GRAPHS; i++) {
        struct session_graph *slot = &s->graphs[i];
        if (slot->graph && slot->photo->h == height && slot->photo->w == width) {
            *found = slot;
            return SWATCH_OK;
        }
        if (slot->last_use < oldest->last_use)
            oldest = slot;
    }
    graph_free(oldest->graph);
    *oldest = (struct session_graph){0};
    struct session_graph made = {0};
    made.graph = build(s->model, height, width, &made.photo, &made.output);
    if (graph_finish(made.graph, error)) {
        graph_free(made.graph);
        return SWATCH_FAILED;
    }
    *oldest = made;
    *found = oldest;
    return SWATCH_OK;
}

int model_session_run(struct model_session *s, const float *photo, size_t height, size_t width,
                      const float **output, swatch_error *error)
{
    const struct model *m = s->model;
    struct session_graph *slot;
    const size_t count = height * width * m->shape.outputs;
    if (height == 0 || width == 0 || height > 16384 || width > 16384 || height % m->info.multiple ||
        width % m->info.multiple)
        return error_set(error, SWATCH_USAGE,
                         "the network works on multiples of %zu, not on %zux%zu", m->info.multiple,
                         width, height);
    if (session_graph(s, height, width, &slot, error))
        return SWATCH_FAILED;
    if (s->output_room < count) {
        float *room = realloc(s->output, count * sizeof *room);
        if (!room)
            return error_memory(error);
        s->output = room;
        s->output_room = count;
    }
    slot->last_use = ++s->uses;
    graph_set(slot->photo, photo);
    graph_forward(slot->graph);
    graph_get(slot->output, s->output);
    *output = s->output;
    return SWATCH_OK;
}
