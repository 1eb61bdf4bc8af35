// Chooses the pixels of a masked picture that show the color of the material, and gathers them.
#ifndef COLOR_REGION_H
#define COLOR_REGION_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

// In a region of more pixels than this, only about so many are used, in small squares all over it.
#define REGION_ENOUGH 600000

struct region {
    uint8_t *pixels; // (n, 3) sRGB
    uint8_t *doubt;  // (n) 1: on an edge, where colors may blend into one that nobody dyed
    size_t n;
};

// Gathers the pixels of rgb (height, width, 3) where mask (height, width) is not 0:
// - A rim of `erode_px` pixels is dropped, where neighbouring colors blend in. The rim stays along
//   the picture's border, and everywhere if less than 30 % would be left.
// - Of a region of more than REGION_ENOUGH pixels, squares of 32 x 32 pixels are taken, one at a
//   random place in each cell of a grid; the places are the same in every run. The picture is not
//   made smaller: that would mix the colors of fine patterns.
// - A pixel on an edge is in doubt. It gets the color of the calm pixel within a few steps that it
//   is most like, because an edge shows the two colors that meet there and not a third. A pixel is
//   calm if the picture slopes there little, or no more than at the calmest quarter of the pixels
//   around.
// An empty mask gives n = 0. On success the caller calls region_free.
int region_gather(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                  size_t erode_px, struct region *region, swatch_error *error);
void region_free(struct region *region);

#endif
