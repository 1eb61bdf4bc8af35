// Names for colors.
#ifndef COLOR_NAMES_H
#define COLOR_NAMES_H

#include "color/color.h"

// The nearest of the CSS named colors (CSS Color 4; "gray" spellings) by CIEDE2000. A static
// string.
const char *color_css_name(struct rgb c);
// The basic color term (Berlin and Kay): black, blue, brown, grey, green, orange, pink, purple,
// red, white or yellow. A static string.
const char *color_basic_name(struct rgb c);

#endif
