// PostgreSQL, by libpq: the module libswatch-postgres.so. Nothing else links libpq, which brings
// twenty libraries. The tables lie in the first schema of the connection's search path, and the
// version of their schema in a table of its own, by which they are known as ours.

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "catalog/engine.h"

#define KEPT_MOST 24 // statements

struct connection {
    PGconn *db;
    const char *kept[KEPT_MOST]; // statement i is prepared as "s<i>"
    size_t count;
    int reads_only, writing; // writing: between begin and end
};

// A message of the server, without its line break.
static int failed(const struct connection *c, const PGresult *result, swatch_error *error)
{
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    text = text ? text : PQerrorMessage(c->db);
    const char *host = PQhost(c->db), *name = PQdb(c->db);
    return error_set(error, SWATCH_FAILED, "postgresql://%s/%s: %.*s", host ? host : "",
                     name ? name : "", (int)strcspn(text, "\n"), text);
}

static int run(struct connection *c, const char *sql, swatch_error *error)
{
    PGresult *result = PQexec(c->db, sql);
    const int status =
        PQresultStatus(result) == PGRES_COMMAND_OK ? SWATCH_OK : failed(c, result, error);
    PQclear(result);
    return status;
}

static void close_database(void *connection)
{
    struct connection *c = connection;
    if (!c)
        return;
    PQfinish(c->db);
    free(c);
}

// What the server notices is not for the user's terminal.
static void be_quiet(void *user, const PGresult *result)
{
    (void)user;
    (void)result;
}

// What the server is told of each new connection.
static int settle(struct connection *c, swatch_error *error)
{
    // Numbers as text that give the same numbers again; a transaction waits as SQLite does. How a
    // statement is run does not depend on its values, so that is thought out once.
    const int status = run(c,
                           "SET extra_float_digits = 3; SET lock_timeout = '30s'; "
                           "SET plan_cache_mode = force_generic_plan",
                           error);
    return status || !c->reads_only ? status
                                    : run(c, "SET default_transaction_read_only = on", error);
}

// After a failure: connects again if the server has gone, as when it was restarted. SWATCH_OK: what
// failed may be tried once more. Within a transaction it may not, as its beginning is lost.
static int reconnect(struct connection *c, int status, swatch_error *error)
{
    PQconsumeInput(c->db); // a write that failed leaves it to the next read to see the end
    if (c->writing || PQstatus(c->db) == CONNECTION_OK)
        return status;
    PQreset(c->db);
    c->count = 0; // the prepared statements went with the old connection
    return PQstatus(c->db) == CONNECTION_OK ? settle(c, error) : failed(c, NULL, error);
}

static int open_database(const char *place, enum engine_open how, void **connection,
                         swatch_error *error)
{
    struct connection *c = calloc(1, sizeof *c);
    int status = SWATCH_OK;
    if (!c)
        return error_memory(error);
    c->reads_only = how == ENGINE_READ;
    // The place itself may come last and say otherwise.
    const char *const keys[] = {"client_encoding", "fallback_application_name", "dbname", NULL};
    const char *const values[] = {"UTF8", "swatch", place, NULL};
    c->db = PQconnectdbParams(keys, values, 1);
    if (PQstatus(c->db) != CONNECTION_OK)
        status = failed(c, NULL, error);
    if (!status) {
        PQsetNoticeReceiver(c->db, be_quiet, NULL);
        status = settle(c, error);
    }
    if (status)
        close_database(c);
    else
        *connection = c;
    return status;
}

// ---- Statements --------------------------------------------------------------------------------

static int prepare(struct connection *c, const char *sql, size_t *index, swatch_error *error)
{
    char name[24];
    for (*index = 0; *index < c->count; ++*index)
        if (c->kept[*index] == sql)
            return SWATCH_OK;
    if (c->count == KEPT_MOST)
        return error_set(error, SWATCH_FAILED, "too many statements");
    snprintf(name, sizeof name, "s%zu", c->count);
    PGresult *result = PQprepare(c->db, name, sql, 0, NULL);
    const int status =
        PQresultStatus(result) == PGRES_COMMAND_OK ? SWATCH_OK : failed(c, result, error);
    PQclear(result);
    if (!status)
        c->kept[c->count++] = sql;
    return status;
}

// The type of a column by its number in the server's catalogue, pg_type.dat.
static struct value column(const PGresult *result, int row, int i)
{
    const char *text = PQgetvalue(result, row, i);
    double real = 0;
    if (PQgetisnull(result, row, i))
        return value_text(NULL);
    switch (PQftype(result, i)) {
    case 20: // int8
    case 21: // int2
    case 23: // int4
        return value_whole(strtoll(text, NULL, 10));
    case 700: // float4
    case 701: // float8
        number_read(text, &real);
        return value_real(real);
    default:
        return value_text(text);
    }
}

static const char *as_text(const struct value *v, char room[NUMBER_TEXT])
{
    switch (v->type) {
    case VALUE_WHOLE:
        snprintf(room, NUMBER_TEXT, "%lld", (long long)v->whole);
        return room;
    case VALUE_REAL:
        return number_exact(v->real, room);
    default:
        return v->text;
    }
}

// *result is to be cleared; NULL after a failure.
static int ask(struct connection *c, const char *sql, const struct value *values, size_t count,
               PGresult **result, swatch_error *error)
{
    const char *texts[VALUES_MOST];
    char rooms[VALUES_MOST][NUMBER_TEXT], name[24];
    size_t index;
    *result = NULL;
    int status = prepare(c, sql, &index, error);
    if (status)
        return status;
    snprintf(name, sizeof name, "s%zu", index);
    for (size_t i = 0; i < count; i++)
        texts[i] = as_text(&values[i], rooms[i]);
    *result = PQexecPrepared(c->db, name, (int)count, texts, NULL, NULL, 0);
    const ExecStatusType how = PQresultStatus(*result);
    if (how == PGRES_COMMAND_OK || how == PGRES_TUPLES_OK)
        return SWATCH_OK;
    status = failed(c, *result, error);
    PQclear(*result);
    *result = NULL;
    return status;
}

static int query(void *connection, const char *sql, const struct value *values, size_t count,
                 engine_take take, void *user, swatch_error *error)
{
    struct connection *c = connection;
    struct value columns[VALUES_MOST];
    PGresult *result;
    int status = ask(c, sql, values, count, &result, error), stop = 0;
    if (status && !(status = reconnect(c, status, error)))
        status = ask(c, sql, values, count, &result, error);
    const int rows = status || !take ? 0 : PQntuples(result);
    for (int row = 0; row < rows && !stop; row++) {
        for (int i = 0; i < PQnfields(result) && i < VALUES_MOST; i++)
            columns[i] = column(result, row, i);
        stop = take(user, columns);
    }
    PQclear(result);
    return status;
}

// ---- Whose it is, and who writes ---------------------------------------------------------------

struct found {
    int64_t ours, others, version;
};

static int take_tables(void *user, const struct value *row)
{
    struct found *f = user;
    f->ours = whole_of(&row[0]);
    f->others = whole_of(&row[1]);
    return 1;
}

static int take_version(void *user, const struct value *row)
{
    ((struct found *)user)->version = whole_of(&row[0]);
    return 1;
}

static int get_version(void *connection, int64_t *version, swatch_error *error)
{
    static const char tables[] =
        "SELECT count(*) FILTER (WHERE tablename = 'swatch_catalog'), count(*) FILTER (WHERE "
        "tablename IN ('photos', 'regions', 'colors')) FROM pg_tables WHERE schemaname = "
        "current_schema()";
    static const char number[] = "SELECT version FROM swatch_catalog";
    struct connection *c = connection;
    struct found found = {0};
    int status = query(c, tables, NULL, 0, take_tables, &found, error);
    if (!status && found.ours)
        status = query(c, number, NULL, 0, take_version, &found, error);
    if (!status && !found.ours && found.others)
        return error_set(error, SWATCH_BAD_FILE,
                         "postgresql://%s/%s: has tables of these names that are of another "
                         "program; ?options=-csearch_path%%3DNAME takes another schema",
                         PQhost(c->db), PQdb(c->db));
    *version = found.version;
    return status;
}

static int end(void *connection, int keep, swatch_error *error)
{
    ((struct connection *)connection)->writing = 0;
    return run(connection, keep ? "COMMIT" : "ROLLBACK", error);
}

// The lock keeps other writers out, and readers go on. It is the lock of a number, as there may be
// no table yet.
static int begin(void *connection, swatch_error *error)
{
    struct connection *c = connection;
    int status = run(c, "BEGIN", error);
    if (status && !(status = reconnect(c, status, error)))
        status = run(c, "BEGIN", error);
    if (status)
        return status;
    c->writing = 1;
    static const char lock[] = "SELECT pg_advisory_xact_lock(1400325985)";
    const int locked = query(connection, lock, NULL, 0, NULL, NULL, error);
    if (locked)
        end(connection, 0, NULL);
    return locked;
}

static int make(void *connection, const char *schema, int64_t version, swatch_error *error)
{
    static const char mark[] = "INSERT INTO swatch_catalog (version) VALUES ($1)";
    const struct value number = value_whole(version);
    int status = run(connection, schema, error);
    if (!status)
        status = run(connection, "CREATE TABLE swatch_catalog (version BIGINT NOT NULL)", error);
    return status ? status : query(connection, mark, &number, 1, NULL, NULL, error);
}

__attribute__((visibility("default"))) const struct engine engine_postgres = {
    .open = open_database,
    .close = close_database,
    .version = get_version,
    .begin = begin,
    .end = end,
    .make = make,
    .query = query,
};
