// The main colors of any picture.
#ifndef EXTRACT_COLORS_H
#define EXTRACT_COLORS_H

#include "extract/photo.h"

// Measures all pixels that count as one region, see swatch_colors_measure; all but the size of
// *colors is set.
int colors_measure(const swatch_photo *photo, const swatch_colors_options *options,
                   swatch_colors *colors, swatch_error *error);

#endif
