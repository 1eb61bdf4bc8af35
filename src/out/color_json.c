#include "out/color_json.h"

static json_t *bytes(const uint8_t values[3])
{
    return json_pack("[iii]", values[0], values[1], values[2]);
}

json_t *color_json(const swatch_color *c)
{
    return json_pack("{ss, so, so, so, so, so, ss, ss, so, ss, so}", "hex", c->hex, "share",
                     json_rounded(c->share), "rgb", bytes(c->rgb), "hsv", bytes(c->hsv), "lab",
                     json_rounded_array(c->lab, 3), "oklch", json_rounded_array(c->oklch, 3),
                     "basic", c->basic, "css", c->css, "css_distance",
                     json_rounded(c->css_distance), "xkcd", c->xkcd, "xkcd_distance",
                     json_rounded(c->xkcd_distance));
}

json_t *color_json_array(const swatch_color *colors, size_t count)
{
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        failed |= json_array_append_new(array, color_json(&colors[i]));
    return json_unless(failed, array);
}
