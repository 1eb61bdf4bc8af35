// Colors that go with a color: turned on the circle of hues of OKLCH.
#ifndef COLOR_HARMONY_H
#define COLOR_HARMONY_H

#include <stddef.h>
#include <swatch.h>

#include "color/color.h"

extern const char *const harmony_names[SWATCH_HARMONIES]; // "complementary" and so on

// Writes the colors of a harmony and returns how many they are: none for a color whose chroma is
// below 0.02, as a grey has no hue to turn. Lightness stays, and chroma as far as sRGB has room.
size_t harmony_make(swatch_harmony harmony, struct rgb c, struct rgb to[SWATCH_HARMONY_COLORS]);

#endif
