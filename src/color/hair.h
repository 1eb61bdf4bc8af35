// Classes of hair colors, as they look under the photo's light.
#ifndef COLOR_HAIR_H
#define COLOR_HAIR_H

#include <stddef.h>
#include <stdint.h>

#include "color/color.h"

struct hair_class {
    const char *name;  // black, brown, blond, red, grey/white or dyed/other; static
    double confidence; // share of the pixels that are of this class by themselves, 0-1
};

// Returns the class that most of the pixels (count, 3), sRGB, belong to. count is at least 1; of
// more than 8192 pixels only every n-th is looked at.
struct hair_class hair_classify(const uint8_t *pixels, size_t count);

// Returns the word (static) for one of the main colors of hair whose class is `apparent` (NULL:
// none): the color's own class. Black in hair of another class is "shade", because gaps between
// strands are black on every head.
const char *hair_word(struct rgb color, const char *apparent);

#endif
