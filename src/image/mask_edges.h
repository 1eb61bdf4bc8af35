// Makes the masks of a mask head sharper. Their cells cover many pixels; the photo shows where the
// edges are.
#ifndef IMAGE_MASK_EDGES_H
#define IMAGE_MASK_EDGES_H

#include "model/detector.h"

// Moves the mask's edges to those of the photo (H, W, 3) by a guided filter (image/guided.h). The
// mask's rectangle may grow by a cell on each side.
int mask_edges(struct detection *detection, const struct image *photo, swatch_error *error);

#endif
