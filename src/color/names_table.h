// The tables of color names, sorted by L* (names_table.c).
#ifndef COLOR_NAMES_TABLE_H
#define COLOR_NAMES_TABLE_H

#include "color/color.h"

#define NAMES_CSS 139
#define NAMES_XKCD 907

struct named_color {
    const char *name;
    struct lab lab; // CIELAB under D65
};

extern const struct named_color names_css[NAMES_CSS];
extern const struct named_color names_xkcd[NAMES_XKCD];

#endif
