#include "catalog/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/module.h"
#include "catalog/schema.h"

static int is_postgres(const char *place)
{
    return strncmp(place, "postgresql://", 13) == 0 || strncmp(place, "postgres://", 11) == 0;
}

// The user ends at an "@" before the first "/", as libpq reads it.
char *catalog_shown(const char *place)
{
    char *text;
    if (!is_postgres(place))
        return strdup(place);
    const char *from = strstr(place, "://") + 3;
    const char *end = from + strcspn(from, "@/");
    const char *host = *end == '@' ? end + 1 : from;
    if (asprintf(&text, "%.*s%.*s", (int)(from - place), place, (int)strcspn(host, "?"), host) < 0)
        return NULL;
    return text;
}

// Makes the tables where there are none. Of two that want to at once one waits, and finds them.
// *version: of what is there afterwards.
static int make(struct catalog *c, int64_t *version, swatch_error *error)
{
    int status = c->engine->begin(c->connection, error);
    if (status)
        return status;
    status = c->engine->version(c->connection, version, error);
    if (!status && !*version) {
        *version = SCHEMA_VERSION;
        status = c->engine->make(c->connection, schema_tables, *version, error);
    }
    const int ended = c->engine->end(c->connection, !status, status ? NULL : error);
    return status ? status : ended;
}

static int check(struct catalog *c, enum engine_open how, swatch_error *error)
{
    int64_t version;
    int status = c->engine->version(c->connection, &version, error);
    if (!status && !version && how == ENGINE_MAKE)
        status = make(c, &version, error);
    if (status)
        return status;
    if (!version)
        return error_set(error, SWATCH_BAD_FILE, "%s: is empty, and no catalogue", c->place);
    if (version != SCHEMA_VERSION)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: is a catalogue of version %" PRId64
                         ", and this swatch knows version %d",
                         c->place, version, SCHEMA_VERSION);
    return SWATCH_OK;
}

int catalog_open(const char *place, enum engine_open how, struct catalog **catalog,
                 swatch_error *error)
{
    swatch_error own;
    int status = SWATCH_OK;
    struct catalog *c = calloc(1, sizeof *c);
    *catalog = NULL;
    error = error ? error : &own;
    if (!c || !(c->place = catalog_shown(place))) {
        free(c);
        return error_memory(error);
    }
    c->engine = &engine_sqlite;
    if (is_postgres(place)) {
        const void *table;
        status = module_load(ENGINE_POSTGRES_FILE, ENGINE_POSTGRES_SYMBOL, 0, &table, error);
        c->engine = table;
    }
    if (!status)
        status = c->engine->open(place, how, &c->connection, error);
    if (!status)
        status = check(c, how, error);
    if (status)
        catalog_close(c);
    else
        *catalog = c;
    return status;
}

void catalog_close(struct catalog *c)
{
    if (!c)
        return;
    if (c->connection)
        c->engine->close(c->connection);
    free(c->place);
    free(c);
}

int64_t catalog_id(const char *sha256)
{
    uint64_t id = 0;
    if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
        return -1;
    for (int i = 0; i < 16; i++)
        id = id << 4 | (uint64_t)(sha256[i] <= '9' ? sha256[i] - '0' : sha256[i] - 'a' + 10);
    return (int64_t)(id >> 1);
}
