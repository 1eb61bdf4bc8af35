// Colors as JSON, the same in colors.json and in palettes. All return NULL without memory; keys
// stand in the order they are put in, so that the same colors give the same bytes.
#ifndef OUT_COLOR_JSON_H
#define OUT_COLOR_JSON_H

#include <jansson.h>
#include <swatch.h>

// How JSON is put out: on one line, ASCII, the four decimals of color_json_number.
#define COLOR_JSON_FLAGS (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(8))

// Four decimals, the same text on every machine; null for NaN.
json_t *color_json_number(double value);
json_t *color_json_numbers(const double values[3]);
json_t *color_json(const swatch_color *color);
json_t *color_json_array(const swatch_color *colors, size_t count);
// Whichever of the two is whole: `json`, if nothing went wrong in making it, else NULL.
json_t *color_json_unless(int failed, json_t *json);

#endif
