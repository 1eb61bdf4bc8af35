// Classes of hair colors, as they look under the light of the photo.
#ifndef COLOR_HAIR_H
#define COLOR_HAIR_H

#include <stddef.h>
#include <stdint.h>

struct hair_class {
    const char *name;  // black, brown, blond, red, grey/white or dyed/other; static
    double confidence; // share of the pixels that are of this class by themselves, 0-1
};

// The class that most of the pixels (count, 3), sRGB, belong to. At least one pixel; of more than
// some thousands every n-th is looked at.
struct hair_class hair_classify(const uint8_t *pixels, size_t count);

#endif
