// Models and sessions.

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/json.h"
#include "base/shipped.h"
#include "base/threads.h"
#include "extract/session.h"
#include "model/detector.h"

#define THREADS_MAX 1024

static char *model_json(const swatch_model *model)
{
    const struct model_info *info = model_info(model->model);
    json_t *classes = json_array();
    for (size_t i = 0; i < model->classes.count; i++)
        json_array_append_new(classes, json_pack("{ss, so}", "name", model->classes.names[i],
                                                 "color", json_hex(model->classes.colors[i])));
    json_t *json = json_pack("{ss, ss, s{sI, sI}, so, so}", "architecture", info->architecture,
                             "output", info->output == MODEL_RGB ? "rgb" : "scores", "input",
                             "height", (json_int_t)info->height, "width", (json_int_t)info->width,
                             "classes", classes, "history", json_loads(info->history, 0, NULL));
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(json);
    return text;
}

static char *detector_json(const struct detector *detector)
{
    const struct maskrcnn *network = detector_network(detector);
    json_t *classes = json_array();
    for (size_t i = 0; i < network->classes; i++)
        json_array_append_new(classes, json_pack("{ss}", "name", detector_class_name(detector, i)));
    json_t *json = json_pack("{ss, ss, s{sI, sI}, so, so}", "architecture", "mask-rcnn", "output",
                             "masks", "input", "shorter", (json_int_t)network->shorter, "longer",
                             (json_int_t)network->longer, "classes", classes, "history",
                             json_loads(detector_history(detector), 0, NULL));
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(json);
    return text;
}

// Makes the model answer in the classes of a class file, or in "4", "29" or "59".
static int fold(swatch_model *m, const char *given, swatch_error *error)
{
    const struct model_info *info = model_info(m->model);
    char *shipped = NULL;
    if (m->detector)
        return error_set(error, SWATCH_USAGE, "%s: a model that finds people has no such classes",
                         given);
    int status = shipped_is_name(given) ? shipped_find("classes", given, &shipped, error) : 0;
    if (status)
        return status;
    const char *path = shipped ? shipped : given;
    struct classes classes;
    status = classes_fold_load(path, &info->classes, &classes, m->fold, error);
    if (!status && info->output == MODEL_RGB &&
        (classes.count != info->classes.count ||
         memcmp(classes.names, info->classes.names, sizeof classes.names) != 0))
        status = error_set(error, SWATCH_USAGE,
                           "%s: only a model of class scores can answer in other classes", path);
    if (!status && info->output != MODEL_RGB)
        m->classes = classes;
    free(shipped);
    return status;
}

static int open_file(const char *path, swatch_precision precision, swatch_model *m,
                     swatch_error *error)
{
    const enum model_precision wanted = precision == SWATCH_PRECISION_F32    ? MODEL_F32
                                        : precision == SWATCH_PRECISION_BF16 ? MODEL_BF16
                                                                             : MODEL_AUTO;
    const int status = detector_is(path)
                           ? detector_open(path, wanted, backend_cpu(), &m->detector, error)
                           : model_open(path, wanted, &m->model, error);
    if (status)
        return status;
    if (m->model)
        m->classes = model_info(m->model)->classes;
    for (size_t i = 0; i < CLASSES_MAX; i++)
        m->fold[i] = (uint8_t)i;
    return SWATCH_OK;
}

static int model_new(const char *path, const swatch_model_options *options, swatch_model **model,
                     swatch_error *error)
{
    swatch_model_options o;
    int status = API_OPTIONS(o, options, error);
    if (status)
        return status;
    if ((unsigned)o.precision > SWATCH_PRECISION_BF16)
        return error_set(error, SWATCH_USAGE, "%s: precision is no swatch_precision", path);
    swatch_model *m = calloc(1, sizeof *m);
    if (!m)
        return error_memory(error);
    status = open_file(path, o.precision, m, error);
    if (!status && o.classes)
        status = fold(m, o.classes, error);
    if (!status) {
        m->json = m->detector ? detector_json(m->detector) : model_json(m);
        status = m->json ? SWATCH_OK : error_memory(error);
    }
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
    status = status ? status : model_new(shipped ? shipped : model, options, result, &own);
    free(shipped);
    return api_end(status, &own, error);
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
    model_free(model->model);
    detector_free(model->detector);
    free(model->json);
    free(model);
}

int swatch_model_finds_people(const swatch_model *model)
{
    return model->detector != NULL;
}

size_t swatch_model_class_count(const swatch_model *model)
{
    return model->detector ? detector_network(model->detector)->classes : model->classes.count;
}

const char *swatch_model_class_name(const swatch_model *model, size_t index)
{
    if (model->detector)
        return detector_class_name(model->detector, index);
    return index < model->classes.count ? model->classes.names[index] : NULL;
}

void swatch_model_class_color(const swatch_model *model, size_t index, uint8_t rgb[3])
{
    memset(rgb, 0, 3);
    if (index < model->classes.count)
        memcpy(rgb, model->classes.colors[index], 3);
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
    s->model = model;
    s->threads = o.threads ? o.threads : threads_allowed();
    status = model->detector ? detector_session_new(model->detector, &s->people, error)
                             : model_session_new(model->model, &s->session, error);
    if (status)
        free(s);
    else
        *session = s;
    return status;
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

void swatch_session_free(swatch_session *session)
{
    if (!session)
        return;
    model_session_free(session->session);
    detector_session_free(session->people);
    free(session->canvas);
    free(session->scores[0]);
    free(session->scores[1]);
    free(session);
}

const swatch_model *swatch_session_model(const swatch_session *session)
{
    return session->model;
}
