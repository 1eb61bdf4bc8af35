// The colors of a result as groups of a palette.
#ifndef OUT_PALETTE_GROUPS_H
#define OUT_PALETTE_GROUPS_H

#include "extract/result.h"

// The colors of all regions and garments as a palette file in memory. The caller frees *data.
int palette_of_result(const swatch_result *result, swatch_palette_format format, void **data,
                      size_t *size, swatch_error *error);

// What the n-th of so many pieces of a class is called: "shoe 2", or "coat" where there is one.
void palette_garment_name(const char *class, size_t piece, size_t pieces, char name[64]);

#endif
