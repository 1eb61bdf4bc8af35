// Names for colors.
#ifndef COLOR_NAMES_H
#define COLOR_NAMES_H

#include <stddef.h>

#include "color/names_table.h"

struct color_name {
    const char *name; // static
    double distance;  // CIEDE2000 from the named color
};

// The index of the nearest of names (n, at least 1), which are sorted by L*, to a CIELAB color by
// CIEDE2000, and its distance.
size_t color_nearest(const struct named_color *names, size_t n, struct lab lab, double *distance);

// The nearest of the CSS named colors (CSS Color 4; "gray" spellings) by CIEDE2000.
struct color_name color_css_name(struct rgb c);
// The nearest name of the XKCD color survey by CIEDE2000; 42 of its 949 names are coarse, pass
// judgement or name no color and are never given.
struct color_name color_xkcd_name(struct rgb c);
// The basic color term (Berlin and Kay): black, blue, brown, grey, green, orange, pink, purple,
// red, white or yellow. A static string.
const char *color_basic_name(struct rgb c);

#endif
