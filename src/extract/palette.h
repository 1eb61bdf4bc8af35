// The main colors of any picture.
#ifndef EXTRACT_PALETTE_H
#define EXTRACT_PALETTE_H

#include "extract/photo.h"

// Measures all pixels that count as one region, see swatch_palette_measure.
int palette_measure(const swatch_photo *photo, const swatch_palette_options *options,
                    swatch_palette *palette, swatch_error *error);

#endif
