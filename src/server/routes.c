#include "routes.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_json(struct answer *answer, json_t *json)
{
    answer_text(answer, JSON_TYPE, json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII));
    json_decref(json);
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
    if (atomic_load(&s->draining) || !atomic_load(&s->workers.ready))
        answer_later(answer, 503, 1, "the service ends");
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
    if (!atomic_load(&s->workers.ready)) {
        answer_later(answer, 503, 1, "the service ends");
        json_decref(list);
        return;
    }
    json_array_append_new(list, model_json(s->options->model, s->workers.pool.clothes));
    if (s->workers.pool.people)
        json_array_append_new(list, model_json(s->options->person, s->workers.pool.people));
    set_json(answer, json_pack("{so}", "models", list));
}

static void get_metrics(struct service *s, struct answer *answer)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (to) {
        metrics_write(&s->metrics, to);
        fprintf(to,
                "# HELP swatch_queue_length Requests that wait for a worker.\n"
                "# TYPE swatch_queue_length gauge\nswatch_queue_length %zu\n"
                "# HELP swatch_workers Photos that can be worked on at once.\n"
                "# TYPE swatch_workers gauge\nswatch_workers %zu\n"
                "# HELP swatch_workers_busy Photos that are worked on.\n"
                "# TYPE swatch_workers_busy gauge\nswatch_workers_busy %d\n"
                "# HELP swatch_body_bytes Memory that the requests' photos hold.\n"
                "# TYPE swatch_body_bytes gauge\nswatch_body_bytes %zu\n"
                "# HELP swatch_cache_hits_total Requests that were answered from the cache.\n"
                "# TYPE swatch_cache_hits_total counter\nswatch_cache_hits_total %lu\n",
                workers_waiting(&s->workers), s->workers.count, atomic_load(&s->workers.busy),
                atomic_load(&s->room.held), atomic_load(&s->workers.cache.hits));
        if (fclose(to)) {
            free(text);
            text = NULL;
        }
    }
    answer_text(answer, "text/plain; version=0.0.4", text);
}

static void get_openapi(struct service *s, struct answer *answer)
{
    answer_set(answer, JSON_TYPE,
               g_bytes_new_static(s->options->openapi, strlen(s->options->openapi)));
}

static const struct route routes[] = {
    {"/v1/extract", "POST", SERVER_EXTRACT, NULL, 0},
    {"/v1/palette", "POST", SERVER_PALETTE, NULL, 0},
    {"/v1/models", "GET", -1, get_models, 0},
    {"/metrics", "GET", -1, get_metrics, 0},
    {"/healthz", "GET", -1, get_health, 1},
    {"/readyz", "GET", -1, get_ready, 1},
    {"/openapi.json", "GET", -1, get_openapi, 1},
    {0},
};

const struct route *route_find(const char *path)
{
    const struct route *r = routes;
    while (r->path && strcmp(r->path, path) != 0)
        r++;
    return r->path ? r : NULL;
}
