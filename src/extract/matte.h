// Soft edges: how much of a pixel near the border of a part of the photo belongs to the part, and
// which color it has there, without the color of what lies behind.
#ifndef EXTRACT_MATTE_H
#define EXTRACT_MATTE_H

#include "image/image.h"

// The part of a photo: the pixels whose value in `map` is `wanted`. With a table, the pixels whose
// value has the entry `wanted` in the table.
struct matte_part {
    const struct image *photo; // (H, W, 3)
    const struct image *map;   // (H, W, 1)
    const uint8_t *table;      // (256) or NULL
    unsigned wanted;
};

// Whether a pixel is the part's by the map.
static inline int matte_has(const struct matte_part *part, size_t x, size_t y)
{
    const uint8_t value = part->map->pixels[y * part->map->width + x];
    return (part->table ? part->table[value] : value) == part->wanted;
}

// Draws the rectangle `from` of the photo, with nothing but the part, into rgba (from.height,
// from.width, 4): straight alpha, zeros where it is 0.
int matte_draw(const struct matte_part *part, struct rect from, uint8_t *rgba, swatch_error *error);

#endif
