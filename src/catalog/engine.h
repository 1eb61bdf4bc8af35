// A database, as the catalogue needs it: one table of functions for each kind. The SQL is the same
// for all (schema.h): statements have their parameters as $1, $2 and so on, and nothing is ever
// written into their text.
//
// Who has lost a server connects to it again, but not between begin and end: then the transaction
// fails as a whole.
//
// Functions return SWATCH_OK or a status with a message that names the database.
#ifndef CATALOG_ENGINE_H
#define CATALOG_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

enum value_type { VALUE_NULL, VALUE_WHOLE, VALUE_REAL, VALUE_TEXT };

// A parameter of a statement, or a column of a row. A text is UTF-8, lent for the call.
struct value {
    enum value_type type;
    int64_t whole;
    double real;
    const char *text;
};
#define VALUES_MOST 31 // parameters of a statement, columns of a row

enum engine_open {
    ENGINE_READ,  // it must be there, and is not changed
    ENGINE_WRITE, // the same, and it may be changed
    ENGINE_MAKE,  // it is made if it is not there
};

// Gets a row, lent for the call. Anything else than 0 ends the statement, which is no error.
typedef int (*engine_take)(void *user, const struct value *row);

struct engine {
    int (*open)(const char *place, enum engine_open how, void **connection, swatch_error *error);
    void (*close)(void *connection); // NULL is fine
    // What is in the database: the version of the schema, 0 where nothing is. Fails where it
    // belongs to something else.
    int (*version)(void *connection, int64_t *version, swatch_error *error);
    // Begins to write. There is one writer at a time, and others wait here for some seconds. What
    // readers see does not change before the end: `keep` 1 keeps all that was written, for good and
    // even if the power fails; 0 nothing of it.
    int (*begin)(void *connection, swatch_error *error);
    int (*end)(void *connection, int keep, swatch_error *error);
    // Runs the statements of a new schema, and marks the database with its version.
    int (*make)(void *connection, const char *schema, int64_t version, swatch_error *error);
    // Runs a statement. It is prepared once for a connection and kept by the address of its text,
    // which must be static. take: NULL for one without rows. take() may run others.
    int (*query)(void *connection, const char *sql, const struct value *values, size_t count,
                 engine_take take, void *user, swatch_error *error);
};

extern const struct engine engine_sqlite;

// The module libswatch-postgres.so has the other one, under this name.
#define ENGINE_POSTGRES_FILE "libswatch-postgres.so"
#define ENGINE_POSTGRES_SYMBOL "engine_postgres"

static inline struct value value_whole(int64_t whole)
{
    return (struct value){.type = VALUE_WHOLE, .whole = whole};
}

static inline struct value value_real(double real)
{
    return (struct value){.type = VALUE_REAL, .real = real};
}

// NULL is the database's NULL.
static inline struct value value_text(const char *text)
{
    return (struct value){.type = text ? VALUE_TEXT : VALUE_NULL, .text = text};
}

// A column of a file that anyone may have changed: of another type than is needed it is 0 or "".
static inline int64_t whole_of(const struct value *v)
{
    return v->type == VALUE_WHOLE ? v->whole : 0;
}

static inline double real_of(const struct value *v)
{
    return v->type == VALUE_REAL ? v->real : (double)whole_of(v);
}

static inline const char *text_of(const struct value *v)
{
    return v->type == VALUE_TEXT ? v->text : "";
}

#endif
