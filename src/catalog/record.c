#include "catalog/record.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "catalog/catalog.h"
#include "catalog/cells.h"
#include "catalog/schema.h"

static const char *const parts[] = {"clothes", "skin", "hair"};

static const json_t *get(const json_t *json, const char *first, const char *second)
{
    return json_object_get(json_object_get(json, first), second);
}

// ---- From a result -----------------------------------------------------------------------------

json_t *record_new(const char *path, const char *sha256, int64_t bytes, const char *model,
                   int status, const char *message)
{
    return json_pack("{ss, ss, sI, sn, sn, si, ss?, ss, ss, s[]}", "path", path, "sha256", sha256,
                     "bytes", (json_int_t)bytes, "width", "height", "status", status, "message",
                     message, "swatch", SWATCH_VERSION, "model", model, "regions");
}

static json_t *colors(const json_t *from)
{
    json_t *list = json_array(), *color;
    size_t i;
    int failed = 0;
    json_array_foreach(json_object_get(from, "colors"), i, color)
    {
        const json_t *lab = json_object_get(color, "lab");
        const char *name = json_string_value(json_object_get(color, "xkcd"));
        failed |= json_array_append_new(
            list, json_pack("{sO, sO, sO, sO, sO, ss?}", "hex", json_object_get(color, "hex"), "l",
                            json_array_get(lab, 0), "a", json_array_get(lab, 1), "b",
                            json_array_get(lab, 2), "share", json_object_get(color, "share"),
                            "name", name && *name ? name : NULL));
    }
    return json_unless(failed, list);
}

// How a region looks: one word.
static const json_t *look(const json_t *from, const char *part)
{
    const json_t *tone = json_object_get(from, "apparent_tone");
    if (strcmp(part, "skin") == 0)
        return get(tone, "ita", "class");
    if (strcmp(part, "hair") == 0)
        return get(from, "apparent_color", "class");
    return json_object_get(from, "shop");
}

static int add_region(json_t *record, int person, const char *part, int garment, const json_t *from)
{
    const json_t *tone = json_object_get(from, "apparent_tone");
    const json_t *confidence = json_object_get(from, "confidence");
    return json_array_append_new(
        json_object_get(record, "regions"),
        json_pack("{si, ss, sb, sO, sO?, sO?, sO?, sO?, sO?, so}", "person", person, "part", part,
                  "garment", garment, "share", json_object_get(from, "share_of_photo"),
                  "confidence", garment ? NULL : confidence, "tone", get(tone, "monk", "tone"),
                  "undertone", json_object_get(tone, "undertone"), "look", look(from, part),
                  "pattern", get(from, "pattern", "class"), "colors", colors(from)));
}

// The number of people that a record has.
static int people(const json_t *record)
{
    const json_t *regions = json_object_get(record, "regions");
    const size_t count = json_array_size(regions);
    return count ? (int)json_integer_value(
                       json_object_get(json_array_get(regions, count - 1), "person"))
                 : 0;
}

int record_add(json_t *record, const json_t *result)
{
    const json_t *garment;
    const int person = people(record) + 1;
    size_t i;
    int failed = json_object_set(record, "width", json_object_get(result, "width")) ||
                 json_object_set(record, "height", json_object_get(result, "height"));
    for (i = 0; i < sizeof parts / sizeof *parts; i++)
        failed |= add_region(record, person, parts[i], 0, get(result, "regions", parts[i]));
    json_array_foreach(json_object_get(result, "garments"), i, garment)
    {
        const char *class = json_string_value(json_object_get(garment, "class"));
        failed |= add_region(record, person, class, 1, garment);
    }
    return failed ? -1 : 0;
}

char *record_line(const json_t *record)
{
    return json_line(record);
}

// ---- Into the tables ---------------------------------------------------------------------------

static struct value json_value(const json_t *json, const char *key)
{
    const json_t *v = json_object_get(json, key);
    if (json_is_boolean(v))
        return value_whole(json_is_true(v));
    if (json_is_integer(v))
        return value_whole(json_integer_value(v));
    return json_is_real(v) ? value_real(json_real_value(v)) : value_text(json_string_value(v));
}

// The same of a column of real numbers, where JSON may have written 1 for 1.0.
static struct value json_real_or_null(const json_t *json, const char *key)
{
    const json_t *v = json_object_get(json, key);
    return json_is_number(v) ? value_real(json_number_value(v)) : value_text(NULL);
}

static int put_color(struct catalog *c, int64_t photo, size_t region, const char *part,
                     const json_t *color, size_t rank, swatch_error *error)
{
    const struct lab lab = {json_number_value(json_object_get(color, "l")),
                            json_number_value(json_object_get(color, "a")),
                            json_number_value(json_object_get(color, "b"))};
    const struct value values[] = {value_whole(photo),         value_whole((int64_t)region),
                                   value_whole((int64_t)rank), value_text(part),
                                   value_whole(cells_of(lab)), json_value(color, "hex"),
                                   value_real(lab.l),          value_real(lab.a),
                                   value_real(lab.b),          json_real_or_null(color, "share"),
                                   json_value(color, "name")};
    return c->engine->query(c->connection, schema_add_color, values, 11, NULL, NULL, error);
}

static int put_region(struct catalog *c, int64_t photo, const json_t *region, size_t number,
                      swatch_error *error)
{
    const struct value values[] = {value_whole(photo),
                                   value_whole((int64_t)number),
                                   json_value(region, "person"),
                                   json_value(region, "part"),
                                   json_value(region, "garment"),
                                   json_real_or_null(region, "share"),
                                   json_real_or_null(region, "confidence"),
                                   json_value(region, "tone"),
                                   json_value(region, "undertone"),
                                   json_value(region, "look"),
                                   json_value(region, "pattern")};
    const json_t *color;
    size_t i;
    int status = c->engine->query(c->connection, schema_add_region, values, 11, NULL, NULL, error);
    json_array_foreach(json_object_get(region, "colors"), i, color)
    {
        if (!status)
            status = put_color(c, photo, number, values[3].text, color, i, error);
    }
    return status;
}

int record_put(struct catalog *c, const json_t *record, swatch_error *error)
{
    const char *sha256 = json_string_value(json_object_get(record, "sha256"));
    const int64_t id = catalog_id(sha256);
    const struct value old[] = {value_whole(id), json_value(record, "path")};
    const struct value values[] = {value_whole(id),
                                   value_text(sha256),
                                   old[1],
                                   json_value(record, "bytes"),
                                   json_value(record, "width"),
                                   json_value(record, "height"),
                                   json_value(record, "status"),
                                   json_value(record, "message"),
                                   json_value(record, "swatch"),
                                   json_value(record, "model"),
                                   value_whole((int64_t)time(NULL))};
    const json_t *region;
    size_t i;
    int status = c->engine->query(c->connection, schema_delete, old, 2, NULL, NULL, error);
    if (!status)
        status = c->engine->query(c->connection, schema_add_photo, values, 11, NULL, NULL, error);
    json_array_foreach(json_object_get(record, "regions"), i, region)
    {
        if (!status)
            status = put_region(c, id, region, i, error);
    }
    return status;
}

// ---- Out of the tables -------------------------------------------------------------------------

struct reading {
    json_t *record, *regions;
    int failed;
};

static json_t *value_json(const struct value *v)
{
    switch (v->type) {
    case VALUE_WHOLE:
        return json_integer(v->whole);
    case VALUE_REAL:
        return json_rounded(v->real);
    case VALUE_TEXT:
        return json_text(v->text);
    default:
        return json_null();
    }
}

static json_t *real_json(const struct value *v)
{
    return v->type == VALUE_NULL ? json_null() : json_rounded(real_of(v));
}

static int take_photo(void *user, const struct value *row)
{
    static const char *const keys[] = {"path",   "sha256",  "bytes",  "width", "height",
                                       "status", "message", "swatch", "model"};
    static const size_t columns[] = {2, 1, 3, 4, 5, 6, 7, 8, 9};
    struct reading *r = user;
    r->record = json_object();
    r->regions = json_array();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        r->failed |= json_object_set_new(r->record, keys[i], value_json(&row[columns[i]]));
    r->failed |= json_object_set(r->record, "regions", r->regions);
    return 1;
}

// Regions are numbered as they come, so that a color finds its own.
static int take_region(void *user, const struct value *row)
{
    struct reading *r = user;
    r->failed |= json_array_append_new(
        r->regions,
        json_pack("{sI, so, sb, so, so, so, so, so, so, s[]}", "person",
                  (json_int_t)whole_of(&row[1]), "part", json_text(text_of(&row[2])), "garment",
                  whole_of(&row[3]) != 0, "share", real_json(&row[4]), "confidence",
                  real_json(&row[5]), "tone", value_json(&row[6]), "undertone", value_json(&row[7]),
                  "look", value_json(&row[8]), "pattern", value_json(&row[9]), "colors"));
    return 0;
}

static int take_color(void *user, const struct value *row)
{
    struct reading *r = user;
    const int64_t region = whole_of(&row[0]);
    const char *hex = text_of(&row[1]);
    uint8_t rgb[3];
    json_t *colors_of =
        region < 0 ? NULL : json_object_get(json_array_get(r->regions, (size_t)region), "colors");
    if (!colors_of || number_read_hex(hex, strlen(hex), rgb)) // a damaged file
        return 0;
    r->failed |= json_array_append_new(
        colors_of, json_pack("{so, so, so, so, so, so}", "hex", json_hex(rgb), "l",
                             real_json(&row[2]), "a", real_json(&row[3]), "b", real_json(&row[4]),
                             "share", real_json(&row[5]), "name", value_json(&row[6])));
    return 0;
}

int record_get(struct catalog *c, int64_t id, json_t **record, swatch_error *error)
{
    struct reading r = {0};
    const struct value key = value_whole(id);
    int status = c->engine->query(c->connection, schema_photo, &key, 1, take_photo, &r, error);
    if (!status && !r.record)
        status = error_set(error, SWATCH_NOT_FOUND, "%s: there is no such photo", c->place);
    if (!status)
        status = c->engine->query(c->connection, schema_regions, &key, 1, take_region, &r, error);
    if (!status)
        status = c->engine->query(c->connection, schema_colors, &key, 1, take_color, &r, error);
    if (!status && r.failed)
        status = error_memory(error);
    json_decref(r.regions);
    if (status)
        json_decref(r.record);
    *record = status ? NULL : r.record;
    return status;
}
