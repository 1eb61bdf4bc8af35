// Where verbs write to.
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stddef.h>
#include <swatch.h>

// How files begin that swatch wrote: JSON, web pages, the table of a report. How its spreadsheet
// ends.
#define OUTPUT_JSON "{\"swatch\""
#define OUTPUT_PAGE                                                                                \
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"                          \
    "<meta name=\"generator\" content=\"swatch\">\n"
#define OUTPUT_PLAIN_TABLE "photo,folder,region,rank,share,hex,"
#define OUTPUT_TABLE "\xef\xbb\xbf" OUTPUT_PLAIN_TABLE // with a byte order mark
#define OUTPUT_BOOK_END "made by swatch"

// Makes a folder and its parents; one that is there is fine. 0, or -1 after saying what is wrong.
int output_folder(const char *path);
// The same for the folders above a path, silently: 0, or -1 and errno.
int output_above(const char *path);
// "folder/name", or with an ending "folder/name.ending", to be freed; NULL without memory.
char *output_path(const char *folder, const char *name, const char *ending);
// Whether folder/file is a regular file that begins so.
int output_begins(const char *folder, const char *file, const char *beginning);
// The same of how it ends.
int output_ends(const char *folder, const char *file, const char *end);
// Writes to standard output and flushes it. 0, or -1 and errno.
int output_put(const void *data, size_t size);
// The same, with a message if it fails.
int output_print(const void *data, size_t size);
// Whether `path` may be written: nothing is there or, with `overwrite`, a regular file. 0, or
// SWATCH_FAILED after a message.
int output_free(const char *path, int overwrite);

#endif
