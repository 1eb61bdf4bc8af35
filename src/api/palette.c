// Palettes of any picture.

#include "extract/palette.h"

int swatch_palette_measure(const swatch_photo *photo, const swatch_palette_options *options,
                           swatch_palette *palette, swatch_error *error)
{
    return palette_measure(photo, options, palette, error);
}
