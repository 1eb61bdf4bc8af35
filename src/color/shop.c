// Words of shops: each is a box in CIELAB's lightness, chroma and hue. Where no box fits, the basic
// term holds. The boxes were drawn around named samples (tests/color/test_shop.c), then looked at
// on photos of garments: docs/decisions.md, "Words of shops".
#include "color/shop.h"

#include <math.h>
#include <string.h>

#include "color/names.h"

// A color lies in a box if each of its three numbers lies between `least` and `most`. Hues turn:
// from 345 to 30 goes through 0.
static const struct box {
    const char *name;
    struct {
        double least, most;
    } l, c, h;
} boxes[] = {
    // clang-format off
    {"cream", {90, 100}, {6, 36}, {70, 112}},
    {"beige", {62, 90}, {9, 32}, {62, 104}},
    {"khaki", {32, 62}, {12, 40}, {86, 116}},
    {"khaki", {62, 74}, {26, 42}, {95, 114}},
    {"gold", {55, 78}, {58, 78}, {78, 92}},
    {"navy", {8, 30}, {9, 38}, {250, 308}},
    {"navy", {0, 20}, {16, 82}, {270, 308}}, // a vivid one is royal blue unless it is dark
    {"denim", {30, 58}, {10, 30}, {250, 285}},
    {"burgundy", {8, 30}, {15, 56}, {345, 30}},
    {"silver", {76, 82}, {0, 2}, {0, 360}},
    // Teal, petrol and their pale kin, which the basic terms call grey up to a higher chroma.
    {"green", {20, 92}, {9, 18}, {150, 195}},
    {"blue", {20, 92}, {9, 18}, {195, 250}},
    // clang-format on
};

static int holds(const struct box *b, double l, double c, double h)
{
    const int turned = b->h.least > b->h.most;
    const int above = h >= b->h.least, below = h <= b->h.most;
    return l >= b->l.least && l <= b->l.most && c >= b->c.least && c <= b->c.most &&
           (turned ? above || below : above && below);
}

const char *shop_name(struct rgb color)
{
    const struct lab lab = color_cielab(color);
    const double c = hypot(lab.a, lab.b), h = color_hue(lab.a, lab.b);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        if (holds(&boxes[i], lab.l, c, h))
            return boxes[i].name;
    return color_basic_name(color);
}

const char *shop_name_of(const swatch_color *colors, size_t count)
{
    const char *names[SWATCH_MAX_COLORS] = {NULL};
    double shares[SWATCH_MAX_COLORS] = {0}, all = 0;
    size_t words = 0, best = 0, parts = 0;
    for (size_t i = 0; i < count && i < SWATCH_MAX_COLORS; i++) {
        const uint8_t *rgb = colors[i].rgb;
        const char *name = shop_name((struct rgb){rgb[0], rgb[1], rgb[2]});
        size_t k = 0;
        while (k < words && strcmp(names[k], name) != 0)
            k++;
        words += k == words;
        names[k] = name;
        shares[k] += colors[i].share;
        all += colors[i].share;
    }
    for (size_t k = 0; k < words; k++) {
        best = shares[k] > shares[best] ? k : best;
        parts += shares[k] >= SHOP_PART * all;
    }
    return parts >= 3 && shares[best] < SHOP_MAIN * all ? "multicolor" : names[best];
}
