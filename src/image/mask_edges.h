// The masks that a network makes have cells of many pixels; the photo knows where the edges are.
#ifndef IMAGE_MASK_EDGES_H
#define IMAGE_MASK_EDGES_H

#include "image/image.h"

// A mask that covers a part of a photo: the pixels from (x, y) on, at least one.
struct part_mask {
    size_t x, y, width, height;
    uint8_t *pixels; // (height, width), 0-255; owned
};

// Draws the mask's edges along those of the photo (3 bands), by a guided filter (image/guided.h).
// The mask's part may grow to all sides, by up to 2 % of its longer side. After an error the mask
// is as it was.
int mask_edges(struct part_mask *mask, const struct image *photo, swatch_error *error);

#endif
