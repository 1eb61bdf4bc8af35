// The pictures that a result can be written as.
#ifndef OUT_PIECE_H
#define OUT_PIECE_H

#include "extract/result.h"

// Encodes a piece in memory. `how`: SWATCH_SAVE_SOFT_PERSON counts. The caller frees *data.
// SWATCH_USAGE for a piece that the result lacks or the format does not hold.
int piece_encode(const swatch_result *result, swatch_piece piece, swatch_picture_format format,
                 unsigned how, void **data, size_t *size, swatch_error *error);
// A picture of a piece that is drawn already, as PNG.
int piece_encode_drawn(const struct image *picture, void **data, size_t *size, swatch_error *error);
// The same of a garment's cut-out, as PNG. The index must be one.
int piece_encode_garment(const swatch_result *result, size_t index, void **data, size_t *size,
                         swatch_error *error);

#endif
