// The photos of a catalogue.
#ifndef CATALOG_STORE_H
#define CATALOG_STORE_H

#include <jansson.h>

#include "catalog/catalog.h"

// What is known of a photo.
struct known {
    int there;
    char *path, *model, *message; // message: NULL where status is 0
    int status;                   // a swatch_status
};
// Looks for a photo. *known is to be cleared in any case.
int catalog_known(struct catalog *catalog, const char *sha256, struct known *known,
                  swatch_error *error);
void catalog_known_clear(struct known *known);

// Says where a photo lies now.
int catalog_move(struct catalog *catalog, const char *sha256, const char *path,
                 swatch_error *error);

// Puts a record in, in place of the one of the same photo and of another photo that had its path.
// When it returns SWATCH_OK the record is there for good, whole; else nothing has changed.
int catalog_put(struct catalog *catalog, const json_t *record, swatch_error *error);
// Takes photos out, by their paths (absolute): the photo at a path or, where there is none, all
// photos below the folder of that path. removed[i]: how many they were of path i. When it returns
// SWATCH_OK all of them are gone for good; else nothing has changed.
int catalog_delete(struct catalog *catalog, char *const *paths, size_t count, size_t *removed,
                   swatch_error *error);
// Reads a record, a new reference; SWATCH_NOT_FOUND where there is none.
int catalog_get(struct catalog *catalog, int64_t id, json_t **record, swatch_error *error);

// Gives photos one by one in the order of their paths, which is bytewise in SQLite and that of the
// database in PostgreSQL. garment: only those with a garment of this class; NULL: all. Anything
// but 0 from take() ends it, which is no error.
int catalog_each(struct catalog *catalog, const char *garment,
                 int (*take)(void *user, const json_t *record), void *user, swatch_error *error);

#endif
