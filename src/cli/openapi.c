#include "openapi.h"

#include <jansson.h>
#include <stdio.h>
#include <swatch.h>

#include "help.h"
#include "request.h"

// Some of the choices, with commas between.
static json_t *list_schema(const struct option_entry *o)
{
    char any[256], pattern[2 * sizeof any + 16];
    size_t length = 0;
    for (size_t i = 0; o->choices[i]; i++)
        length += (size_t)snprintf(any + length, sizeof any - length, "%s%s", i ? "|" : "",
                                   o->choices[i]);
    snprintf(pattern, sizeof pattern, "^(%s)(,(%s))*$", any, any);
    return json_pack("{ss, ss}", "type", "string", "pattern", pattern);
}

// What a value of an option may be.
static json_t *schema(const struct option_entry *o)
{
    json_t *names;
    switch (o->type) {
    case OPTION_FLAG:
        return json_pack("{ss, s[sssssssss]}", "type", "string", "enum", "", "1", "true", "yes",
                         "on", "0", "false", "no", "off");
    case OPTION_SIZE:
        return json_pack("{ss, sI, sI}", "type", "integer", "minimum", (json_int_t)o->low,
                         "maximum", (json_int_t)o->high);
    case OPTION_CHOICE:
        names = json_array();
        for (size_t i = 0; o->choices[i]; i++)
            json_array_append_new(names, json_string(o->choices[i]));
        return json_pack("{ss, so}", "type", "string", "enum", names);
    case OPTION_LIST:
        return list_schema(o);
    default:
        return json_pack("{ss, ss}", "type", "string", "pattern", o->pattern);
    }
}

static json_t *answers(const char *const (*list)[2])
{
    json_t *all = json_object();
    for (size_t i = 0; list[i][0]; i++) {
        json_t *answer = json_pack("{ss}", "description", list[i][1]);
        if (list[i][0][0] != '2' && list[i][0][0] != '3')
            json_object_set_new(answer, "content",
                                json_pack("{s{s{ss}}}", "application/json", "schema", "$ref",
                                          "#/components/schemas/Fault"));
        json_object_set_new(all, list[i][0], answer);
    }
    return all;
}

static const char *const photo_answers[][2] = {
    {"200", "What was found; with only or palette an archive of colors.json and the files."},
    {"304", "The client has this answer: If-None-Match holds its ETag."},
    {"400", "The request or an option is wrong."},
    {"401", "A token is needed."},
    {"405", "Another method is needed."},
    {"408", "The request did not come in time."},
    {"413", "The body or the photo is too large."},
    {"415", "The photo cannot be read."},
    {"422", "Nobody was found, and no clothes either."},
    {"429", "Too many requests wait. Come again."},
    {"503", "The service cannot do this now. Come again."},
    {NULL, NULL}};

static const char *const other_answers[][2] = {{"200", "The answer."},
                                               {"401", "A token is needed."},
                                               {"405", "Another method is needed."},
                                               {"503", "Not yet, or no more. Come again."},
                                               {NULL, NULL}};

static json_t *binary(void)
{
    return json_pack("{ss, ss, si}", "type", "string", "format", "binary", "minLength", 1);
}

static json_t *post(enum server_task task, const char *summary)
{
    json_t *query = json_array(), *fields = json_pack("{so}", "photo", binary());
    char text[512];
    for (const struct option_entry *o = request_options(task); o->name; o++) {
        help_text(o, text, sizeof text);
        json_array_append_new(query, json_pack("{ss, ss, ss, so}", "name", o->name, "in", "query",
                                               "description", text, "schema", schema(o)));
        json_object_set_new(fields, o->name, schema(o));
    }
    return json_pack("{s{ss, so, s{sb, s{s{s{ss, so, s[s], sb}}, s{so}}}, so}}", "post", "summary",
                     summary, "parameters", query, "requestBody", "required", 1, "content",
                     "multipart/form-data", "schema", "type", "object", "properties", fields,
                     "required", "photo", "additionalProperties", 0, "image/*", "schema", binary(),
                     "responses", answers(photo_answers));
}

static json_t *get(const char *summary)
{
    return json_pack("{s{ss, so}}", "get", "summary", summary, "responses", answers(other_answers));
}

char *openapi_text(void)
{
    json_t *json = json_pack(
        "{ss, s{ss, ss}, s{so, so, so, so, so, so, so}, s{s{s{ss, s{s{ss}, s{ss}}, s[ss]}}}}",
        "openapi", "3.1.0", "info", "title", "swatch", "version", swatch_version(), "paths",
        "/v1/extract",
        post(SERVER_EXTRACT, "Cut clothes, skin and hair out of a photo and measure their colors"),
        "/v1/palette", post(SERVER_PALETTE, "Measure the main colors of any picture"), "/v1/models",
        get("The models that are open"), "/healthz", get("Whether the service runs"), "/readyz",
        get("Whether photos can be sent"), "/metrics", get("Counts and times, for Prometheus"),
        "/openapi.json", get("This description"), "components", "schemas", "Fault", "type",
        "object", "properties", "status", "type", "integer", "message", "type", "string",
        "required", "status", "message");
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(json);
    return text;
}
