// One color in the notations that designers' tools read.

#include "color/fill.h"

#include "base/number.h"
#include "color/names.h"

swatch_color color_fill(struct rgb c, double share)
{
    const struct lab lab = color_cielab(c);
    const struct lch lch = color_oklch(c);
    const struct hsv hsv = color_hsv(c);
    const struct color_name css = color_css_name(c), xkcd = color_xkcd_name(c);
    swatch_color color = {
        .rgb = {c.r, c.g, c.b},
        .hsv = {hsv.h, hsv.s, hsv.v},
        .lab = {lab.l, lab.a, lab.b},
        .oklch = {lch.l, lch.c, lch.h},
        .share = share,
        .basic = color_basic_name(c),
        .css = css.name,
        .css_distance = css.distance,
        .xkcd = xkcd.name,
        .xkcd_distance = xkcd.distance,
    };
    number_hex(color.rgb, color.hex);
    return color;
}
