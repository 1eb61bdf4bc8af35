// Models and sessions.

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/session.h"
#include "model/detector.h"

const char *swatch_version(void)
{
    return SWATCH_VERSION;
}

static char *model_json(const swatch_model *model)
{
    const struct model_info *info = model_info(model->model);
    json_t *classes = json_array();
    for (size_t i = 0; i < model->classes.count; i++) {
        const uint8_t *c = model->classes.colors[i];
        char hex[8];
        snprintf(hex, sizeof hex, "#%02x%02x%02x", c[0], c[1], c[2]);
        json_array_append_new(classes,
                              json_pack("{ss, ss}", "name", model->classes.names[i], "color", hex));
    }
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

int swatch_model_open(const char *path, swatch_precision precision, swatch_model **model,
                      swatch_error *error)
{
    swatch_model *m = calloc(1, sizeof *m);
    if (!m)
        return error_memory(error);
    const enum model_precision wanted = precision == SWATCH_PRECISION_F32    ? MODEL_F32
                                        : precision == SWATCH_PRECISION_BF16 ? MODEL_BF16
                                                                             : MODEL_AUTO;
    const int status = detector_is(path)
                           ? detector_open(path, wanted, backend_cpu(), &m->detector, error)
                           : model_open(path, wanted, &m->model, error);
    if (status) {
        free(m);
        return status;
    }
    if (m->model)
        m->classes = model_info(m->model)->classes;
    for (size_t i = 0; i < CLASSES_MAX; i++)
        m->fold[i] = (uint8_t)i;
    m->json = m->detector ? detector_json(m->detector) : model_json(m);
    if (!m->json) {
        swatch_model_free(m);
        return error_memory(error);
    }
    *model = m;
    return SWATCH_OK;
}

int swatch_model_fold(swatch_model *model, const char *path, swatch_error *error)
{
    swatch_model folded = *model;
    if (!model->model)
        return error_set(error, SWATCH_USAGE, "%s: a model that finds people has no such classes",
                         path);
    const struct model_info *info = model_info(model->model);
    const int status = classes_fold_load(path, &info->classes, &folded.classes, folded.fold, error);
    if (status)
        return status;
    if (info->output == MODEL_RGB) {
        if (folded.classes.count != info->classes.count ||
            memcmp(folded.classes.names, info->classes.names, sizeof info->classes.names) != 0)
            return error_set(error, SWATCH_USAGE,
                             "%s: only a model of class scores can answer in other classes", path);
        return SWATCH_OK;
    }
    folded.json = model_json(&folded);
    if (!folded.json)
        return error_memory(error);
    free(model->json);
    *model = folded;
    return SWATCH_OK;
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

int swatch_session_new(const swatch_model *model, swatch_session **session, swatch_error *error)
{
    swatch_session *s = calloc(1, sizeof *s);
    if (!s)
        return error_memory(error);
    s->model = model;
    if (model->detector ? detector_session_new(model->detector, &s->people, error)
                        : model_session_new(model->model, &s->session, error)) {
        free(s);
        return SWATCH_FAILED;
    }
    *session = s;
    return SWATCH_OK;
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
