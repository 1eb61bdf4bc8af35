// Models and sessions.

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/api.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/shipped.h"
#include "base/threads.h"
#include "extract/segment.h"
#include "model/people.h"

static json_t *classes_json(const struct classes *classes)
{
    json_t *all = json_array();
    for (size_t i = 0; i < classes->count; i++)
        json_array_append_new(all, json_pack("{ss, so}", "name", classes->names[i], "color",
                                             json_hex(classes->colors[i])));
    return all;
}

static json_t *labels_json(const struct model *model)
{
    json_t *all = json_array();
    for (size_t i = 0; i < model->network.classes; i++)
        json_array_append_new(all, json_pack("{ss}", "name", model->labels[i]));
    return all;
}

static char *model_json(const struct model *m)
{
    const int clothes = m->kind == MODEL_CLOTHES;
    const size_t first = clothes ? m->height : m->network.shorter;
    const size_t second = clothes ? m->width : m->network.longer;
    const char *output = m->shape.rgb ? "rgb" : "scores";
    json_t *json =
        json_pack("{ss, ss, s{sI, sI}, so, so}", "architecture", m->architecture, "output",
                  clothes ? output : "masks", "input", clothes ? "height" : "shorter",
                  (json_int_t)first, clothes ? "width" : "longer", (json_int_t)second, "classes",
                  clothes ? classes_json(&m->classes) : labels_json(m), "history",
                  json_loads(m->history, 0, NULL));
    if (clothes && m->garments.count && !m->tells_garments)
        json_object_set_new(json, "garments", classes_json(&m->garments));
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(json);
    return text;
}

// Whether memory is there for a file's bytes and for the weights in it, which may be twice as wide
// in memory.
static int check_memory(const char *path, const void *data, size_t size, swatch_error *error)
{
    struct stat info;
    const size_t share = memory_share() / 2;
    if (!data)
        size = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (size_t)info.st_size : 0;
    if (size > share / 3)
        return error_set(error, SWATCH_TOO_LARGE,
                         "%s: a model of %zu MB takes three times as much memory, more than %zu MB",
                         path, size >> 20, share >> 20);
    return memory_probe(3 * size, path, error);
}

// Opens the file at `path`, or with `data` the bytes of one.
static int model_new(const char *path, const void *data, size_t size,
                     const swatch_model_options *options, swatch_model **model, swatch_error *error)
{
    swatch_model_options o;
    char *classes = NULL;
    int status = API_OPTIONS(o, options, error);
    if (status)
        return status;
    if ((status = check_memory(path, data, size, error)))
        return status;
    if ((unsigned)o.precision > SWATCH_PRECISION_BF16)
        return error_set(error, SWATCH_USAGE, "%s: precision is no swatch_precision", path);
    if (o.classes && shipped_is_name(o.classes) &&
        (status = shipped_find("classes", o.classes, &classes, error)))
        return status;
    const struct model_options inner = {.precision = o.precision == SWATCH_PRECISION_F32 ? MODEL_F32
                                                     : o.precision == SWATCH_PRECISION_BF16
                                                         ? MODEL_BF16
                                                         : MODEL_AUTO,
                                        .classes = classes ? classes : o.classes};
    swatch_model *m = calloc(1, sizeof *m);
    if (!m)
        status = error_memory(error);
    else
        status = data ? model_open_memory(path, data, size, &inner, &m->file, error)
                      : model_open(path, &inner, &m->file, error);
    free(classes);
    if (!status && !(m->json = model_json(m->file)))
        status = error_memory(error);
    if (status)
        swatch_model_free(m);
    else
        *model = m;
    return status;
}

int swatch_model_open(const char *model, const swatch_model_options *options, swatch_model **result,
                      swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    char *shipped = NULL;
    API_NEEDS(result, error);
    *result = NULL;
    API_NEEDS(model, error);
    int status = shipped_is_name(model) ? shipped_find("models", model, &shipped, &own) : 0;
    if (!status)
        status = model_new(shipped ? shipped : model, NULL, 0, options, result, &own);
    free(shipped);
    return api_end(status, &own, error);
}

int swatch_model_open_memory(const char *name, const void *data, size_t bytes,
                             const swatch_model_options *options, swatch_model **result,
                             swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(result, error);
    *result = NULL;
    API_NEEDS(name, error);
    API_NEEDS(data, error);
    return api_end(model_new(name, data, bytes, options, result, &own), &own, error);
}

int swatch_shipped(const char *kind, const char *name, char **path, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(path, error);
    *path = NULL;
    API_NEEDS(kind, error);
    API_NEEDS(name, error);
    return api_end(shipped_find(kind, name, path, &own), &own, error);
}

void swatch_model_free(swatch_model *model)
{
    if (!model)
        return;
    model_free(model->file);
    free(model->json);
    free(model);
}

int swatch_model_finds_people(const swatch_model *model)
{
    return model->file->kind == MODEL_PEOPLE;
}

size_t swatch_model_class_count(const swatch_model *model)
{
    return model_class_count(model->file);
}

const char *swatch_model_class_name(const swatch_model *model, size_t index)
{
    return model_class_name(model->file, index);
}

void swatch_model_class_color(const swatch_model *model, size_t index, uint8_t rgb[3])
{
    memset(rgb, 0, 3);
    if (index < model->file->classes.count)
        memcpy(rgb, model->file->classes.colors[index], 3);
}

const char *swatch_model_json(const swatch_model *model)
{
    return model->json;
}

static int session_new(const swatch_model *model, const swatch_session_options *options,
                       swatch_session **session, swatch_error *error)
{
    swatch_session_options o;
    int status = API_OPTIONS(o, options, error);
    if (status)
        return status;
    if (o.threads > THREADS_MAX)
        return error_set(error, SWATCH_USAGE, "threads must be 0 to %d", THREADS_MAX);
    swatch_session *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    threads_wait_asleep();
    s->model = model;
    s->threads = api_threads(o.threads);
    status = runner_new(model->file, &s->runner, error);
    if (status) {
        free(s);
        return status;
    }
    s->runner->most = o.max_memory ? o.max_memory : memory_share() / 4;
    *session = s;
    return SWATCH_OK;
}

int swatch_session_new(const swatch_model *model, const swatch_session_options *options,
                       swatch_session **session, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(session, error);
    *session = NULL;
    API_NEEDS(model, error);
    return api_end(session_new(model, options, session, &own), &own, error);
}

int swatch_session_prepare(swatch_session *session, size_t width, size_t height,
                           swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    int status;
    API_NEEDS(session, error);
    const unsigned before = threads_set(session->threads);
    if (width == 0 || height == 0 || width > SWATCH_DEFAULT_MAX_PIXELS / height)
        status = error_set(&own, SWATCH_USAGE, "no photo has %zu x %zu pixels", width, height);
    else if (session->model->file->kind == MODEL_PEOPLE)
        status = people_prepare(session->runner, width, height, &own);
    else
        status = segment_prepare(session, width, height, &own);
    threads_set(before);
    return api_end(status, &own, error);
}

void swatch_session_free(swatch_session *session)
{
    if (!session)
        return;
    runner_free(session->runner);
    free(session->canvas);
    free(session->scores[0]);
    free(session->scores[1]);
    free(session->kinds[0]);
    free(session->kinds[1]);
    free(session);
}

const swatch_model *swatch_session_model(const swatch_session *session)
{
    return session->model;
}
