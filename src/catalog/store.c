#include "catalog/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "catalog/record.h"
#include "catalog/schema.h"

#define PAGE 256 // photos that are listed at once

// ---- What is known of a photo ------------------------------------------------------------------

struct looking {
    const char *sha256;
    struct known *known;
    int other, no_memory;
};

static char *copy(const struct value *v, int *no_memory)
{
    char *text = v->type == VALUE_TEXT ? strdup(v->text) : NULL;
    *no_memory |= v->type == VALUE_TEXT && !text;
    return text;
}

static int take_known(void *user, const struct value *row)
{
    struct looking *l = user;
    l->other = strcmp(text_of(&row[0]), l->sha256) != 0;
    *l->known = (struct known){1, copy(&row[1], &l->no_memory), copy(&row[2], &l->no_memory),
                               copy(&row[4], &l->no_memory), (int)whole_of(&row[3])};
    return 1;
}

int catalog_known(struct catalog *c, const char *sha256, struct known *known, swatch_error *error)
{
    struct looking looking = {.sha256 = sha256, .known = known};
    const struct value id = value_whole(catalog_id(sha256));
    *known = (struct known){0};
    const int status =
        c->engine->query(c->connection, schema_known, &id, 1, take_known, &looking, error);
    if (status)
        return status;
    if (looking.no_memory)
        return error_memory(error);
    // By chance: one in 46,000 catalogues of 20 million photos has such a pair.
    if (looking.other)
        return error_set(error, SWATCH_FAILED, "%s: another photo has the id of this one, %s",
                         c->place, known->path ? known->path : "");
    return SWATCH_OK;
}

void catalog_known_clear(struct known *known)
{
    free(known->path);
    free(known->model);
    free(known->message);
}

// ---- Writing -----------------------------------------------------------------------------------

static int move(struct catalog *c, const char *sha256, const char *path, swatch_error *error)
{
    const struct value none[] = {value_whole(-1), value_text(path)};
    const struct value to[] = {value_whole(catalog_id(sha256)), value_text(path)};
    int status = c->engine->query(c->connection, schema_delete, none, 2, NULL, NULL, error);
    return status ? status : c->engine->query(c->connection, schema_move, to, 2, NULL, NULL, error);
}

int catalog_move(struct catalog *c, const char *sha256, const char *path, swatch_error *error)
{
    int status = c->engine->begin(c->connection, error);
    if (status)
        return status;
    status = move(c, sha256, path, error);
    const int ended = c->engine->end(c->connection, !status, status ? NULL : error);
    return status ? status : ended;
}

// Looks first whether another photo has the same id.
static int put(struct catalog *c, const json_t *record, swatch_error *error)
{
    struct known known;
    int status =
        catalog_known(c, json_string_value(json_object_get(record, "sha256")), &known, error);
    catalog_known_clear(&known);
    return status ? status : record_put(c, record, error);
}

int catalog_put(struct catalog *c, const json_t *record, swatch_error *error)
{
    int status = c->engine->begin(c->connection, error);
    if (status)
        return status;
    status = put(c, record, error);
    const int ended = c->engine->end(c->connection, !status, status ? NULL : error);
    return status ? status : ended;
}

static int count_row(void *user, const struct value *row)
{
    (void)row;
    ++*(size_t *)user;
    return 0;
}

// Takes the photo at a path out, else those below it.
static int delete_at(struct catalog *c, const char *path, size_t *removed, swatch_error *error)
{
    struct value at = value_text(path);
    int status = c->engine->query(c->connection, schema_remove, &at, 1, count_row, removed, error);
    if (status || *removed)
        return status;
    char *below;
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/')
        length--;
    if (asprintf(&below, "%.*s/", (int)length, path) < 0)
        return error_memory(error);
    at.text = below;
    status =
        c->engine->query(c->connection, schema_remove_folder, &at, 1, count_row, removed, error);
    free(below);
    return status;
}

int catalog_delete(struct catalog *c, char *const *paths, size_t count, size_t *removed,
                   swatch_error *error)
{
    int status = c->engine->begin(c->connection, error);
    for (size_t i = 0; i < count; i++)
        removed[i] = 0;
    if (status)
        return status;
    for (size_t i = 0; i < count && !status; i++)
        status = delete_at(c, paths[i], &removed[i], error);
    const int ended = c->engine->end(c->connection, !status, status ? NULL : error);
    return status ? status : ended;
}

// ---- Reading -----------------------------------------------------------------------------------

int catalog_get(struct catalog *c, int64_t id, json_t **record, swatch_error *error)
{
    return record_get(c, id, record, error);
}

// A page of ids, and the last one's path.
struct page {
    int64_t ids[PAGE];
    size_t count;
    char *last;
    int damaged; // a path is no text, or not behind the page before
};

static int take_id(void *user, const struct value *row)
{
    struct page *page = user;
    free(page->last);
    page->last = strdup(text_of(&row[1]));
    page->damaged |= row[1].type != VALUE_TEXT || whole_of(&row[2]) != 1;
    page->ids[page->count++] = whole_of(&row[0]);
    return page->count == PAGE || !page->last;
}

int catalog_each(struct catalog *c, const char *garment,
                 int (*take)(void *user, const json_t *record), void *user, swatch_error *error)
{
    struct page page = {.last = strdup("")};
    const char *sql = garment ? schema_page_with : schema_page;
    int status = page.last ? SWATCH_OK : error_memory(error), stop = 0;
    do {
        char *before = page.last;
        page.last = NULL;
        page.count = 0;
        const struct value values[] = {value_text(before), value_whole(PAGE), value_text(garment)};
        if (!status)
            status = c->engine->query(c->connection, sql, values, garment ? 3 : 2, take_id, &page,
                                      error);
        if (!status && page.count && !page.last)
            status = error_memory(error);
        // A text may hold a zero byte, and is read up to it: that page would come again and again.
        else if (!status && page.count && (page.damaged || strcmp(page.last, before) == 0))
            status = error_set(error, SWATCH_BAD_FILE,
                               "%s: is damaged (paths that are no text, or in no order)", c->place);
        free(before);
        for (size_t i = 0; i < page.count && !status && !stop; i++) {
            json_t *record = NULL;
            status = catalog_get(c, page.ids[i], &record, error);
            if (status == SWATCH_NOT_FOUND) // deleted meanwhile
                status = SWATCH_OK;
            else if (!status)
                stop = take(user, record);
            json_decref(record);
        }
    } while (!status && !stop && page.count == PAGE);
    free(page.last);
    return status;
}
