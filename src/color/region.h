// Chooses the pixels of a masked picture that show the color of the material, and gathers them.
#ifndef COLOR_REGION_H
#define COLOR_REGION_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

// A region of more pixels than this is measured on means of square blocks: as many as needed.
#define REGION_ENOUGH 600000

struct region {
    uint8_t *pixels; // (n, 3) sRGB, in the order of the rows
    uint8_t *doubt;  // (n) 1: on an edge, where colors may blend into one that nobody dyed
    size_t n;
    size_t block; // side of the blocks that `pixels` are the means of; 1: they are pixels
};

// Gathers the pixels of rgb (height, width, 3) where mask (height, width) is not 0:
// - A large region is reduced to means of the blocks that lie wholly in the mask. That also reduces
//   noise.
// - A rim of `erode_px` pixels is dropped, where neighbouring colors blend in. The rim stays along
//   the picture's border, and everywhere if less than 30 % would be left.
// - A pixel on an edge is in doubt. It gets the color of the calm pixel within a few steps that it
//   is most like, because an edge shows the two colors that meet there and not a third. A pixel is
//   calm if the picture slopes there little, or no more than at the calmest quarter of the pixels
//   around.
// An empty mask gives n = 0. On success the caller calls region_free.
int region_gather(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                  size_t erode_px, struct region *region, swatch_error *error);
void region_free(struct region *region);

#endif
