// Colors as JSON, the same in colors.json and in palettes; as in base/json.h, NULL without memory.
#ifndef OUT_COLOR_JSON_H
#define OUT_COLOR_JSON_H

#include <swatch.h>

#include "base/json.h"

// A color in its notations, with its names: those of skin are empty.
json_t *color_json(const swatch_color *color);
// The same with the word for a color of hair of this class (hair.h).
json_t *color_json_hair(const swatch_color *color, const char *apparent);
// The same for clothes and pictures, also with the word of shops and with what `telling` (NULL:
// nothing) asks for.
json_t *color_json_told(const swatch_color *color, const swatch_telling *telling);

// Which kind of thing has the colors of an array.
struct color_kind {
    const swatch_telling *telling; // of clothes and pictures, or NULL
    int hair;                      // 1: it is hair, of the class `apparent` (NULL: of none)
    const char *apparent;
};
json_t *color_json_array(const swatch_color *colors, size_t count, struct color_kind kind);

#endif
