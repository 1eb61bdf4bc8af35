// A list of named colors that somebody brings: a shop's own, a book of colors, a stock.
#ifndef COLOR_LIST_H
#define COLOR_LIST_H

#include <stdatomic.h>
#include <stddef.h>
#include <swatch.h>

#include "color/names.h"

#define LIST_MOST 100000 // colors
#define LIST_NAME 128    // bytes of a name, at most

struct swatch_names {
    struct named_color *names; // sorted by L*; their text is `text`'s
    struct rgb *colors;        // of each name
    size_t count;              // at least 1
    char *text;
    atomic_uint owners;
};

// Reads a table of colors as text (`size` bytes with a NUL behind them). Each line is a row.
// Commas, semicolons or tabs separate its fields; a field that holds one is in quotes (RFC 4180). A
// row is a name and a color, "#rrggbb" or "rrggbb"; further fields are ignored. A first row that
// has the fields "name" and "hex" says in which columns they are. Empty lines are ignored.
//
// `name` is what messages call the file; they give the line. SWATCH_BAD_FILE: a row lacks a field,
// a color is none, a name is empty, too long, no UTF-8 or has control characters, or there is no
// color. On success the caller calls list_release.
int list_parse(const char *name, const char *text, size_t size, struct swatch_names **list,
               swatch_error *error);
// The same of a file; "-" is standard input.
int list_open(const char *path, struct swatch_names **list, swatch_error *error);
// Adds or removes an owner; the last one to go frees the list. NULL is fine.
void list_keep(const struct swatch_names *list);
void list_release(const struct swatch_names *list);

// Returns the index of the list's nearest color by CIEDE2000, and its distance. Of two that are
// equally near it is the one with the lower L*, then the earlier one in the file.
size_t list_nearest(const struct swatch_names *list, struct rgb c, double *distance);
// Its name. Lent.
const char *list_name(const struct swatch_names *list, struct rgb c);

#endif
