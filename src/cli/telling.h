// --names, --match and --harmonies: what is told of colors besides.
#ifndef CLI_TELLING_H
#define CLI_TELLING_H

#include <jansson.h>
#include <swatch.h>

struct telling {
    const char *names_file, *match_file; // NULL: not given
    int harmonies;
    swatch_names *names, *match;
    swatch_telling told; // for the library, once opened
};

// clang-format off
// For a verb's table: the member `field` is a struct telling.
#define TELLING_OPTIONS(type, field)                                                               \
    {"names", 0, OPTION_FILE, "FILE",                                                              \
     "call colors by the nearest of a list of one's own: a CSV file with a name and a #rrggbb "    \
     "in each row", .offset = offsetof(type, field.names_file)},                                   \
    {"match", 0, OPTION_FILE, "FILE",                                                              \
     "tell of each color, and of each of its harmonies, the nearest of such a list, as of a stock",\
     .offset = offsetof(type, field.match_file)},                                                  \
    {"harmonies", 0, OPTION_FLAG, NULL,                                                            \
     "tell complementary, analogous and triadic colors of each color, turned in OKLCH",            \
     .offset = offsetof(type, field.harmonies)}
// clang-format on

// Reads the lists. Returns SWATCH_OK, or an exit status after a message. Call telling_close in any
// case.
int telling_open(struct telling *telling);
void telling_close(struct telling *telling);
// Adds what of it changes results to what they are made of (source.h): lists by their content, and
// nothing where nothing was asked for.
int telling_made(const struct telling *telling, json_t *options);

#endif
