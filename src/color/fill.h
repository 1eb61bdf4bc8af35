// A color as users get it, in all its notations.
#ifndef COLOR_FILL_H
#define COLOR_FILL_H

#include <swatch.h>

#include "color/color.h"

// Everything swatch_color says of a color that takes this share (0-1).
swatch_color color_fill(struct rgb c, double share);

#endif
