// Colors as JSON, the same in colors.json and in palettes; as in base/json.h, NULL without memory.
#ifndef OUT_COLOR_JSON_H
#define OUT_COLOR_JSON_H

#include <swatch.h>

#include "base/json.h"

json_t *color_json(const swatch_color *color);
json_t *color_json_array(const swatch_color *colors, size_t count);

#endif
