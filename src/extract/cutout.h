// Draws cut-outs of regions and garments.
#ifndef EXTRACT_CUTOUT_H
#define EXTRACT_CUTOUT_H

#include "extract/result.h"

// The box around a region, which must have pixels, and around a garment.
struct rect cutout_box(const swatch_result *result, swatch_region region);
struct rect cutout_garment_box(const swatch_result *result, size_t index);
// A box with a margin, in which soft edges end, as far as the photo goes: 2 % of its longer side
// and at least 2 pixels.
struct rect cutout_with_margin(const swatch_result *result, struct rect box);

// Draws the part `from` of the photo with nothing but a region into rgba (from.height, from.width,
// 4): straight alpha, zero outside. Hard edges need no memory, so that they never fail.
int cutout_region(const swatch_result *result, swatch_region region, struct rect from,
                  swatch_edges edges, uint8_t *rgba, swatch_error *error);
// The same of a garment. The index must be one.
int cutout_garment(const swatch_result *result, size_t index, struct rect from, swatch_edges edges,
                   uint8_t *rgba, swatch_error *error);

#endif
