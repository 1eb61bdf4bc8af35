// Tells black-and-white photos that are not grey to the last pixel: toned, noisy or stamped ones.
#ifndef COLOR_MONOCHROME_H
#define COLOR_MONOCHROME_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

enum monochrome {
    MONOCHROME_NOT,
    MONOCHROME_GREY,  // the person is grey, skin and all; what lies around may have any color
    MONOCHROME_TONED, // nearly all is of one scale of tones, as in sepia
};
enum monochrome_part { PART_OUTSIDE, PART_PERSON, PART_SKIN };

// Judges a photo, rgb (height, width, 3), by its person: parts (height, width) holds a
// monochrome_part for each pixel, PART_SKIN for what is the person's bare skin. Skin tells, because
// it is never grey in a color photo; with little or no skin *found is MONOCHROME_NOT.
// docs/colors.md has the rules.
int monochrome_find(const uint8_t *rgb, const uint8_t *parts, size_t height, size_t width,
                    enum monochrome *found, swatch_error *error);

#endif
