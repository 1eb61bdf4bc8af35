// The masks that a mask head makes have cells of many pixels; the photo knows where the edges are.
#ifndef IMAGE_MASK_EDGES_H
#define IMAGE_MASK_EDGES_H

#include "model/detector.h"

// Draws the mask's edges along those of the photo (H, W, 3), by a guided filter (image/guided.h).
// The mask's rectangle may grow by a cell to all sides.
int mask_edges(struct detection *detection, const struct image *photo, swatch_error *error);

#endif
