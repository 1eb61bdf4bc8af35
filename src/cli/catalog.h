// What the parts of `swatch catalog` share.
#ifndef CLI_CATALOG_H
#define CLI_CATALOG_H

#include "catalog/find.h"
#include "extract.h"

struct catalog_settings {
    struct extract_settings extract; // first: some of its options have their places in it
    int has_color;
    struct lab color;
    const char *hex; // as it was given
    const char *like;
    int part; // index of catalog_parts
    const char *garment;
    double within, share;
    size_t limit; // 0: all
    int html, missing;
};

extern const char *const catalog_parts[];

// swatch catalog add: makes the catalogue where there is none, does the photos of the arguments,
// and puts them in. Returns the exit status.
int catalog_add(struct catalog_settings *settings, const char *place,
                const struct arguments *arguments);
// swatch catalog remove: takes photos out, or with --missing all whose files are gone. Returns the
// exit status.
int catalog_remove(struct catalog_settings *settings, struct catalog *catalog,
                   const struct arguments *photos);
// The record (catalog/record.h) of a photo to compare with, a new reference: the catalogue's own,
// or one that is made now. *id: of the catalogue's own, else -1. NULL after a message, with
// *status.
json_t *catalog_like(struct catalog_settings *settings, struct catalog *catalog, int64_t *id,
                     int *status);

#endif
