// SQLite: the catalogue is one file. It is in WAL mode, so that readers and a writer do not wait
// for each other; a commit is on the disk before it returns. The file is marked as ours
// (application_id), so that a database of another program is never written to.

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "catalog/engine.h"

#define APPLICATION 0x53774361 // "SwCa"
#define WAIT_MOST 30000        // milliseconds that a writer waits for another one
#define KEPT_MOST 24           // statements

struct connection {
    sqlite3 *db;
    char *place;
    struct kept {
        const char *sql;
        sqlite3_stmt *statement;
        int places[VALUES_MOST]; // of $1, $2, ..., which SQLite numbers as they come
    } kept[KEPT_MOST];
    size_t count;
};

static int failed(const struct connection *c, int code, swatch_error *error)
{
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return error_memory(error);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(error, SWATCH_BAD_FILE, "%s: is damaged, or no catalogue (%s)", c->place,
                         sqlite3_errstr(code));
    case SQLITE_BUSY:
        return error_set(error, SWATCH_FAILED,
                         "%s: another program has been writing to it for %d s", c->place,
                         WAIT_MOST / 1000);
    case SQLITE_READONLY: // also of who reads: SQLite's files beside the catalogue
    case SQLITE_CANTOPEN:
        return error_set(error, SWATCH_FAILED,
                         "%s: the file, or the folder that it is in, cannot be written", c->place);
    case SQLITE_ERROR: // an SQL statement that the file has no table or column for
        return error_set(error, SWATCH_BAD_FILE, "%s: is damaged (%s)", c->place,
                         sqlite3_errmsg(c->db));
    default:
        return error_set(error, SWATCH_FAILED, "%s: %s", c->place, sqlite3_errmsg(c->db));
    }
}

static void close_file(void *connection)
{
    struct connection *c = connection;
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        sqlite3_finalize(c->kept[i].statement);
    sqlite3_close(c->db);
    free(c->place);
    free(c);
}

static int run(struct connection *c, const char *sql, swatch_error *error)
{
    const int code = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return code ? failed(c, code, error) : SWATCH_OK;
}

// SQLite says no more than that it cannot open a file.
static int cannot_open(struct connection *c, const char *path, int code, swatch_error *error)
{
    struct stat info;
    const int there = stat(path, &info) == 0;
    if (there && !S_ISREG(info.st_mode))
        return error_set(error, SWATCH_FAILED, "%s: is no file, but %s", c->place,
                         S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    if (!there)
        return error_set(error, SWATCH_NOT_FOUND, "%s: cannot be opened: %s", c->place,
                         strerror(errno));
    return error_set(error, SWATCH_FAILED, "%s: cannot be opened: %s", c->place,
                     c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
}

static int open_file(const char *place, enum engine_open how, void **connection,
                     swatch_error *error)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (how == ENGINE_MAKE ? SQLITE_OPEN_CREATE : 0);
    struct connection *c = calloc(1, sizeof *c);
    int status = SWATCH_OK;
    if (!c || !(c->place = strdup(place))) {
        free(c);
        return error_memory(error);
    }
    // A path that SQLite takes for nothing else, as ":memory:" or an address.
    char *path;
    if (asprintf(&path, "%s%s", *place == '/' ? "" : "./", place) < 0) {
        close_file(c);
        return error_memory(error);
    }
    const int code = sqlite3_open_v2(path, &c->db, flags, NULL);
    if (code)
        status = cannot_open(c, path, code, error);
    free(path);
    if (!status) {
        sqlite3_busy_timeout(c->db, WAIT_MOST);
        // A file that somebody made may hold anything: views and triggers are not run.
        sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
        sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        status = run(c,
                     "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; "
                     "PRAGMA cell_size_check = ON;",
                     error);
        // A reader may write, too, as far as SQLite's own files beside the catalogue need it: the
        // last one to close the catalogue deletes them.
        if (!status && how == ENGINE_READ)
            status = run(c, "PRAGMA query_only = ON", error);
    }
    if (status)
        close_file(c);
    else
        *connection = c;
    return status;
}

// The first column of the first row.
static int number(struct connection *c, const char *sql, int64_t *to, swatch_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);
    if (!code && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        *to = sqlite3_column_int64(statement, 0);
        code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return code ? failed(c, code, error) : SWATCH_OK;
}

// The mark is read last: another program may be making the tables, and then the mark is there, too.
static int get_version(void *connection, int64_t *version, swatch_error *error)
{
    struct connection *c = connection;
    int64_t application = 0, tables = 0;
    int status = number(c, "SELECT count(*) FROM sqlite_master", &tables, error);
    if (!status)
        status = number(c, "PRAGMA user_version", version, error);
    if (!status)
        status = number(c, "PRAGMA application_id", &application, error);
    if (!status && application != APPLICATION && (application || tables || *version))
        status =
            error_set(error, SWATCH_BAD_FILE,
                      "%s: is a database of another program, and no catalogue of swatch", c->place);
    return status;
}

static int begin(void *connection, swatch_error *error)
{
    return run(connection, "BEGIN IMMEDIATE", error);
}

static int end(void *connection, int keep, swatch_error *error)
{
    return run(connection, keep ? "COMMIT" : "ROLLBACK", error);
}

static int make(void *connection, const char *schema, int64_t version, swatch_error *error)
{
    char marks[96];
    snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             APPLICATION, (int)version);
    const int status = run(connection, schema, error);
    return status ? status : run(connection, marks, error);
}

static int prepare(struct connection *c, const char *sql, struct kept **kept, swatch_error *error)
{
    char name[24];
    for (size_t i = 0; i < c->count; i++)
        if (c->kept[i].sql == sql) {
            *kept = &c->kept[i];
            return SWATCH_OK;
        }
    if (c->count == KEPT_MOST)
        return error_set(error, SWATCH_FAILED, "%s: too many statements", c->place);
    struct kept *new = &c->kept[c->count];
    const int code =
        sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &new->statement, NULL);
    if (code)
        return failed(c, code, error);
    new->sql = sql;
    for (size_t i = 0; i < VALUES_MOST; i++) {
        snprintf(name, sizeof name, "$%zu", i + 1);
        new->places[i] = sqlite3_bind_parameter_index(new->statement, name);
    }
    *kept = new;
    c->count++;
    return SWATCH_OK;
}

static int bind(sqlite3_stmt *statement, int place, const struct value *v)
{
    switch (v->type) {
    case VALUE_WHOLE:
        return sqlite3_bind_int64(statement, place, v->whole);
    case VALUE_REAL:
        return sqlite3_bind_double(statement, place, v->real);
    case VALUE_TEXT:
        return sqlite3_bind_text(statement, place, v->text, -1, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(statement, place);
    }
}

static struct value column(sqlite3_stmt *statement, int i)
{
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
        return value_whole(sqlite3_column_int64(statement, i));
    case SQLITE_FLOAT:
        return value_real(sqlite3_column_double(statement, i));
    case SQLITE_TEXT:
        return value_text((const char *)sqlite3_column_text(statement, i));
    default:
        return value_text(NULL);
    }
}

static int query(void *connection, const char *sql, const struct value *values, size_t count,
                 engine_take take, void *user, swatch_error *error)
{
    struct connection *c = connection;
    struct value row[VALUES_MOST];
    struct kept *kept = NULL;
    int stop = 0, code = prepare(c, sql, &kept, error);
    if (code)
        return code;
    sqlite3_stmt *statement = kept->statement;
    for (size_t i = 0; i < count && !code; i++)
        code = bind(statement, kept->places[i], &values[i]);
    const int columns = sqlite3_column_count(statement);
    while (!code && !stop && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        code = SQLITE_OK;
        for (int i = 0; i < columns && i < VALUES_MOST; i++)
            row[i] = column(statement, i);
        stop = take ? take(user, row) : 0;
    }
    const int status = code && code != SQLITE_DONE ? failed(c, code, error) : SWATCH_OK;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return status;
}

// WAL is kept in the file once it is set, and is not set by a reader.
static int open_catalogue(const char *place, enum engine_open how, void **connection,
                          swatch_error *error)
{
    int status = open_file(place, how, connection, error);
    int64_t version;
    if (status || how == ENGINE_READ)
        return status;
    status = get_version(*connection, &version, error);
    if (!status)
        status = run(*connection, "PRAGMA journal_mode = WAL", error);
    if (status) {
        close_file(*connection);
        *connection = NULL;
    }
    return status;
}

const struct engine engine_sqlite = {
    .open = open_catalogue,
    .close = close_file,
    .version = get_version,
    .begin = begin,
    .end = end,
    .make = make,
    .query = query,
};
