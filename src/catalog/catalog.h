// A catalogue of photos: a file of SQLite, or a database of PostgreSQL.
//
// Of each photo it keeps one record (record.h), read and written by store.h. A catalogue is for one
// thread; several threads and programs may open the same one.
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "catalog/engine.h"

struct catalog {
    const struct engine *engine;
    void *connection;
    char *place; // for messages: catalog_shown
};

// Opens the file `place`, or the database "postgresql://...". ENGINE_MAKE makes a new one. Free
// *catalog with catalog_close. SWATCH_BAD_FILE: it belongs to another program, is of a version that
// this one does not know, or damaged.
int catalog_open(const char *place, enum engine_open how, struct catalog **catalog,
                 swatch_error *error);
void catalog_close(struct catalog *catalog); // NULL is fine

// A place as it may be shown to anyone, to be freed; NULL without memory. The address of a database
// loses its user and its options, either of which may hold a password.
char *catalog_shown(const char *place);

// The id of a photo by its checksum of 64 hex digits, lower case; -1 for anything else.
int64_t catalog_id(const char *sha256);

#endif
