// Measures the main colors of any picture.
#ifndef EXTRACT_COLORS_H
#define EXTRACT_COLORS_H

#include "extract/photo.h"

// Measures all pixels that count as one region, as swatch_colors_measure says. Sets every member of
// *colors but its size.
int colors_measure(const swatch_photo *photo, const swatch_colors_options *options,
                   swatch_colors *colors, swatch_error *error);

#endif
