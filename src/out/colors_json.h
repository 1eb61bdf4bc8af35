// The colors of any picture as JSON.
#ifndef OUT_COLORS_JSON_H
#define OUT_COLORS_JSON_H

#include "extract/photo.h"

// See swatch_colors_json_told.
int colors_json(const swatch_photo *photo, const swatch_colors *colors,
                const swatch_telling *telling, char **json, swatch_error *error);

#endif
