// Which pixels of a masked picture to believe, and those pixels gathered.
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

// Gathers what is to be believed of rgb (height, width, 3) where mask (height, width) is not 0.
// - A large region is reduced to means of blocks, of those wholly in the mask. That calms noise,
//   too.
// - The rim of `erode_px` pixels goes, where neighbouring colors blend in (not along the picture's
//   border, which cuts the region off but adds no foreign color), unless less than 30 % of it would
//   be left.
// - A pixel that is not calm, with other colors around it, is in doubt and counts as that calm
// pixel
//   within a few steps which it is most like: an edge is of the two colors that meet there, not of
//   a third. Calm is what slopes no more than the calmest quarter of the pixels around, or little.
// An empty mask gives n = 0. On success the caller calls region_free.
int region_gather(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                  size_t erode_px, struct region *region, swatch_error *error);
void region_free(struct region *region);

#endif
