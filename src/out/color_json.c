#include "out/color_json.h"

#include "color/hair.h"
#include "color/harmony.h"
#include "color/list.h"
#include "color/shop.h"

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

static struct rgb rgb_of(const uint8_t rgb[3])
{
    return (struct rgb){rgb[0], rgb[1], rgb[2]};
}

// The nearest color of a list.
static json_t *nearest(const uint8_t rgb[3], const swatch_names *list)
{
    double distance;
    const size_t i = list_nearest(list, rgb_of(rgb), &distance);
    const struct rgb found = list->colors[i];
    return json_pack("{ss, so, so}", "name", list->names[i].name, "hex",
                     json_hex((const uint8_t[]){found.r, found.g, found.b}), "distance",
                     json_rounded(distance));
}

// The colors of a harmony: as texts or, where there is a list, each with the nearest of it.
static json_t *harmony(swatch_harmony which, const uint8_t rgb[3], const swatch_names *match)
{
    struct rgb colors[SWATCH_HARMONY_COLORS];
    const size_t count = harmony_make(which, rgb_of(rgb), colors);
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t turned[] = {colors[i].r, colors[i].g, colors[i].b};
        failed |=
            json_array_append_new(array, match ? json_pack("{so, so}", "hex", json_hex(turned),
                                                           "match", nearest(turned, match))
                                               : json_hex(turned));
    }
    return json_unless(failed, array);
}

static json_t *harmonies(const uint8_t rgb[3], const swatch_names *match)
{
    json_t *json = json_object();
    int failed = 0;
    for (int i = 0; i < SWATCH_HARMONIES; i++)
        failed |= json_object_set_new(json, harmony_names[i], harmony(i, rgb, match));
    return json_unless(failed, json);
}

json_t *color_json_hair(const swatch_color *c, const char *apparent)
{
    json_t *json = color_json(c);
    const char *word = hair_word(rgb_of(c->rgb), apparent);
    return json_unless(json_object_set_new(json, "hair", json_string(word)), json);
}

json_t *color_json_told(const swatch_color *c, const swatch_telling *t)
{
    json_t *json = color_json(c);
    if (!*c->basic)
        return json;
    int failed = json_object_set_new(json, "shop", json_string(shop_name(rgb_of(c->rgb))));
    if (t && t->names)
        failed |= json_object_set_new(json, "name", nearest(c->rgb, t->names));
    if (t && t->match)
        failed |= json_object_set_new(json, "match", nearest(c->rgb, t->match));
    if (t && t->harmonies)
        failed |= json_object_set_new(json, "harmonies", harmonies(c->rgb, t->match));
    return json_unless(failed, json);
}

json_t *color_json_array(const swatch_color *colors, size_t count, struct color_kind kind)
{
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        failed |=
            json_array_append_new(array, kind.hair ? color_json_hair(&colors[i], kind.apparent)
                                                   : color_json_told(&colors[i], kind.telling));
    return json_unless(failed, array);
}
