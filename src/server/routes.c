#include "routes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static void set_json(struct answer *answer, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(json);
    if (text)
        answer_set(answer, "application/json", text, strlen(text), free);
    else
        answer_later(answer, 503, 1, "there is no memory for the answer now");
}

// The process answers.
static void get_health(struct service *s, struct answer *answer)
{
    (void)s;
    set_json(answer, json_pack("{ss, ss}", "status", "ok", "swatch", swatch_version()));
}

// Photos can be sent here.
static void get_ready(struct service *s, struct answer *answer)
{
    if (atomic_load(&s->draining))
        answer_later(answer, 503, 1, "the service ends");
    else if (!atomic_load(&s->works.ready))
        answer_later(answer, 503, 1, "the models are not open yet");
    else
        set_json(answer, json_pack("{ss}", "status", "ready"));
}

static json_t *model_json(const char *path, const swatch_model *model)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return json_pack("{ss#, ss, so}", "name", name, (int)strcspn(name, "."), "finds",
                     swatch_model_finds_people(model) ? "people" : "clothes", "model",
                     json_loads(swatch_model_json(model), 0, NULL));
}

static void get_models(struct service *s, struct answer *answer)
{
    json_t *list = json_array();
    if (!atomic_load(&s->works.ready)) {
        answer_later(answer, 503, 1, "the models are not open yet");
        json_decref(list);
        return;
    }
    json_array_append_new(list, model_json(s->options->model, s->works.clothes));
    if (s->works.people)
        json_array_append_new(list, model_json(s->options->person, s->works.people));
    set_json(answer, json_pack("{so}", "models", list));
}

static const struct route routes[] = {
    {"/v1/extract", "POST", SERVER_EXTRACT, NULL},
    {"/v1/models", "GET", -1, get_models},
    {"/healthz", "GET", -1, get_health},
    {"/readyz", "GET", -1, get_ready},
    {0},
};

const struct route *route_find(const char *path)
{
    const struct route *r = routes;
    while (r->path && strcmp(r->path, path) != 0)
        r++;
    return r->path ? r : NULL;
}
