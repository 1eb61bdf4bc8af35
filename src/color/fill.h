// A color as users get it, in all its notations.
#ifndef COLOR_FILL_H
#define COLOR_FILL_H

#include <swatch.h>

#include "color/color.h"

// Fills in all fields of a swatch_color with this share (0-1).
swatch_color color_fill(struct rgb c, double share);
// The same for a color of skin: without names, as those are of food and of things.
swatch_color color_fill_skin(struct rgb c, double share);

#endif
