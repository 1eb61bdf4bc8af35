// Where verbs write to.
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>
#include <swatch.h>

// Makes a folder and its parents; one that is there is fine. 0, or -1 after saying what is wrong.
int output_folder(const char *path);
// "folder/name", or with an ending "folder/name.ending", to be freed; NULL without memory.
char *output_path(const char *folder, const char *name, const char *ending);
// Whether something is where a photo's folder would go, so that nothing need be computed; `error`
// then says what to do.
int output_taken(const char *path, swatch_error *error);
// Writes to standard output and flushes it. 0, or -1 after saying that nobody listens.
int output_print(const void *data, size_t size);

#endif
