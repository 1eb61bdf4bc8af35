// One color in the notations that designers' tools read. A grey has no hue: below the chroma that
// rounding to 8 bits leaves in r = g = b, OKLCH says hue 0.
#include "color/fill.h"

#include <math.h>

#include "color/names.h"

#define NO_CHROMA 1e-4

swatch_color color_fill(struct rgb c, double share)
{
    const struct lab lab = color_cielab(c), ok = color_oklab(c);
    const struct hsv hsv = color_hsv(c);
    const struct color_name css = color_css_name(c), xkcd = color_xkcd_name(c);
    const double chroma = hypot(ok.a, ok.b);
    const double turned = atan2(ok.b, ok.a) * (180 / 3.14159265358979323846);
    const double hue = chroma < NO_CHROMA ? 0 : turned < 0 ? turned + 360 : turned;
    swatch_color color = {
        .rgb = {c.r, c.g, c.b},
        .hsv = {hsv.h, hsv.s, hsv.v},
        .lab = {lab.l, lab.a, lab.b},
        .oklch = {ok.l, chroma, hue},
        .share = share,
        .basic = color_basic_name(c),
        .css = css.name,
        .css_distance = css.distance,
        .xkcd = xkcd.name,
        .xkcd_distance = xkcd.distance,
    };
    color_hex(c, color.hex);
    return color;
}
