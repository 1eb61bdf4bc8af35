// The record of a photo, a JSON object; docs/catalog.md describes its fields. It is what `swatch
// catalog export` prints, a line each.
#ifndef CATALOG_RECORD_H
#define CATALOG_RECORD_H

#include <jansson.h>
#include <stddef.h>
#include <swatch.h>

#include "catalog/catalog.h"

// A new record of a photo without regions; NULL without memory. status: a swatch_status; message:
// NULL for SWATCH_OK. Texts are UTF-8.
json_t *record_new(const char *path, const char *sha256, int64_t bytes, const char *model,
                   int status, const char *message);
// Adds what a result's JSON (swatch_result_json) says of the next person: size and regions. 0, or
// -1 without memory.
int record_add(json_t *record, const json_t *result);
// A record as one line of ASCII, to be freed; NULL without memory.
char *record_line(const json_t *record);

// Write a record into the tables, in place of the one of the same photo and of another photo that
// had its path, and read it. To be called in a transaction, or by who does not mind. See store.h.
int record_put(struct catalog *catalog, const json_t *record, swatch_error *error);
int record_get(struct catalog *catalog, int64_t id, json_t **record, swatch_error *error);

#endif
