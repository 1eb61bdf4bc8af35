// --names, --match and --harmonies: what else is told about colors.
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
#define TELLING_LISTS(type, field)                                                                 \
    {"names", 0, OPTION_FILE, "FILE",                                                              \
     "name each color by the nearest in a list of your own: a CSV file with a name and a #rrggbb " \
     "in each row", .offset = offsetof(type, field.names_file)},                                   \
    {"match", 0, OPTION_FILE, "FILE",                                                              \
     "for each color, and each of its harmonies, also give the nearest in such a list, as of a "   \
     "stock", .offset = offsetof(type, field.match_file)}
#define TELLING_HARMONIES(type, field)                                                             \
    {"harmonies", 0, OPTION_FLAG, NULL,                                                            \
     "also give the complementary, analogous and triadic colors of each color, by hue in OKLCH",   \
     .offset = offsetof(type, field.harmonies), .served = 1}
// clang-format on

// Reads the lists. Returns SWATCH_OK, or an exit status after a message. Call telling_close in any
// case.
int telling_open(struct telling *telling);
void telling_close(struct telling *telling);
// Adds to `options`, what results are made of (source.h), the lists by their content and what else
// was asked for.
int telling_made(const struct telling *telling, json_t *options);

#endif
