// One color in the notations that designers' tools read.

#include "color/fill.h"

#include "base/number.h"
#include "color/names.h"

swatch_color color_fill_skin(struct rgb c, double share)
{
    const struct lab lab = color_cielab(c);
    const struct lch lch = color_oklch(c);
    const struct hsv hsv = color_hsv(c);
    swatch_color color = {
        .rgb = {c.r, c.g, c.b},
        .hsv = {hsv.h, hsv.s, hsv.v},
        .lab = {lab.l, lab.a, lab.b},
        .oklch = {lch.l, lch.c, lch.h},
        .share = share,
        .basic = "",
        .css = "",
        .xkcd = "",
    };
    number_hex(color.rgb, color.hex);
    return color;
}

swatch_color color_fill(struct rgb c, double share)
{
    const struct color_name css = color_css_name(c), xkcd = color_xkcd_name(c);
    swatch_color color = color_fill_skin(c, share);
    color.basic = color_basic_name(c);
    color.css = css.name;
    color.css_distance = css.distance;
    color.xkcd = xkcd.name;
    color.xkcd_distance = xkcd.distance;
    return color;
}
