// Draws cut-outs of regions and garments.
#ifndef EXTRACT_CUTOUT_H
#define EXTRACT_CUTOUT_H

#include "extract/result.h"

// Returns the alpha of a region at pixel (x, y): 255 inside, less at its outermost pixels, 0
// outside, so that no fringe of the background shows.
uint8_t cutout_alpha(const swatch_result *result, swatch_region region, size_t x, size_t y);

// Draws a region into rgba (height, width, 4), straight alpha, zero outside.
void cutout_region(const swatch_result *result, swatch_region region, uint8_t *rgba);
// The same of a garment, (height, width, 4) of its box. The index must be one.
void cutout_garment(const swatch_result *result, size_t index, uint8_t *rgba);

#endif
