// Functions that make JSON return NULL without memory; putting NULL into something is noticed.
#include "out/color_json.h"

#include <math.h>

json_t *color_json_number(double value)
{
    // 0.0 is added because -0 would be one of the roundings.
    return isnan(value) ? json_null() : json_real(round(value * 10000) / 10000 + 0.0);
}

json_t *color_json_numbers(const double values[3])
{
    return json_pack("[ooo]", color_json_number(values[0]), color_json_number(values[1]),
                     color_json_number(values[2]));
}

static json_t *bytes(const uint8_t values[3])
{
    return json_pack("[iii]", values[0], values[1], values[2]);
}

json_t *color_json_unless(int failed, json_t *json)
{
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

json_t *color_json(const swatch_color *c)
{
    return json_pack("{ss, so, so, so, so, so, ss, ss, so, ss, so}", "hex", c->hex, "share",
                     color_json_number(c->share), "rgb", bytes(c->rgb), "hsv", bytes(c->hsv), "lab",
                     color_json_numbers(c->lab), "oklch", color_json_numbers(c->oklch), "basic",
                     c->basic, "css", c->css, "css_distance", color_json_number(c->css_distance),
                     "xkcd", c->xkcd, "xkcd_distance", color_json_number(c->xkcd_distance));
}

json_t *color_json_array(const swatch_color *colors, size_t count)
{
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        failed |= json_array_append_new(array, color_json(&colors[i]));
    return color_json_unless(failed, array);
}
