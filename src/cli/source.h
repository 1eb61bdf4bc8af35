// What results were made of. Their JSON holds it under "source". A later call sees from it what is
// done already: {"sha256", "bytes"} of the photo's file, and what else changes a result.
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <jansson.h>
#include <stddef.h>

// A checksum of a regular file, with its size, as JSON text; NULL if it cannot be read or is none.
json_t *source_checksum(const char *path);
// The source of a photo's file: `made` (models, options; lent) with the file's "sha256", "bytes"
// and "path", the SHA-256 of its absolute path. NULL as above.
json_t *source_of(const char *path, const json_t *made);
// Whether two have the same content and were made in the same way, wherever the files are. NULL is
// like nothing.
int source_same(const json_t *was, const json_t *source);

enum saved {
    SAVED_NOTHING, // the path is free
    SAVED_SAME,    // results of this photo, made in this way
    SAVED_BEFORE,  // results of this photo as it was, or made in another way
    SAVED_OTHER,   // anything else
};

// What is at a path of results. file: "colors.json" or "people.json". source: of the photo now.
// *text is what the file holds if the answer is SAVED_SAME, to be freed; else NULL.
enum saved source_look(const char *folder, const char *file, const json_t *source, char **text);

#endif
