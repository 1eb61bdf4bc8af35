// Writes a result as JSON; docs/colors.md describes the fields. The same photo gives the same
// bytes. Without memory the functions return NULL, as in base/json.h.

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/shop.h"
#include "color/skin.h"
#include "extract/garments.h"
#include "out/color_json.h"
#include "out/doubt.h"
#include "out/result_json.h"

static json_t *skin_json(const swatch_skin *s)
{
    if (s->reason)
        return json_pack("{ss}", "reason", s->reason);
    const struct rgb monk = skin_monk_color(s->monk);
    const struct rgb skin = {s->color.rgb[0], s->color.rgb[1], s->color.rgb[2]};
    return json_pack("{ss, sI, so, s{si, so, so}, so, s{so, so, ss, ss*}}", "from",
                     s->face ? "skin that borders the hair" : "all skin", "pixels",
                     (json_int_t)s->pixels, "color", color_json(&s->color), "monk", "tone", s->monk,
                     "hex", json_hex((const uint8_t[]){monk.r, monk.g, monk.b}), "distance",
                     json_rounded(s->monk_distance), "undertone",
                     json_text_or_null(skin_undertone(skin)), "ita", "degrees",
                     json_rounded(s->ita), "class", json_text_or_null(s->ita_class), "scheme",
                     "Chardon 1991, Del Bino 2013", "reason", s->ita_class ? NULL : SKIN_NO_ITA);
}

static json_t *hair_json(const swatch_hair *h)
{
    if (h->reason)
        return json_pack("{ss}", "reason", h->reason);
    return json_pack("{ss, so, sI, so}", "class", h->name, "confidence",
                     json_rounded(h->confidence), "pixels", (json_int_t)h->pixels, "color",
                     color_json_hair(&h->color, h->name));
}

// Adds the word of shops for a thing of these colors.
static int put_shop(json_t *json, const swatch_color *colors, size_t count)
{
    return json_object_set_new(json, "shop", json_text_or_null(shop_name_of(colors, count)));
}

// Adds how cloth is patterned.
static int put_pattern(json_t *json, const struct pattern *p)
{
    return json_object_set_new(
        json, "pattern",
        p->name ? json_pack("{ss, so}", "class", p->name, "confidence", json_rounded(p->confidence))
                : json_null());
}

// Adds the colors of a region and how it looks: as measured or under neutral light.
static int put_colors(json_t *json, const swatch_result *r, size_t region, int balanced)
{
    const swatch_color *colors = balanced ? r->balanced_colors[region] : r->colors[region];
    const swatch_hair *hair = balanced ? &r->balanced_hair : &r->hair;
    const struct color_kind kind = {&r->telling, region == SWATCH_HAIR,
                                    hair->reason ? NULL : hair->name};
    int failed =
        json_object_set_new(json, "colors", color_json_array(colors, r->color_count[region], kind));
    if (region == SWATCH_CLOTHES)
        failed |= put_shop(json, colors, r->color_count[region]);
    if (r->reasons[region])
        failed |= json_object_set_new(json, "reason", json_string(r->reasons[region]));
    if (region == SWATCH_SKIN)
        failed |= json_object_set_new(json, "apparent_tone",
                                      skin_json(balanced ? &r->balanced_skin : &r->skin));
    if (region == SWATCH_HAIR)
        failed |= json_object_set_new(json, "apparent_color", hair_json(hair));
    return failed;
}

static json_t *region_json(const swatch_result *r, size_t region)
{
    const double pixels = (double)(r->photo.width * r->photo.height);
    json_t *json = json_pack("{sI, so}", "pixels", (json_int_t)r->pixels[region], "share_of_photo",
                             json_rounded((double)r->pixels[region] / pixels));
    int failed = json_object_set_new(json, "confidence", json_rounded(r->confidence[region]));
    failed |= put_colors(json, r, region, 0);
    if (region == SWATCH_CLOTHES)
        failed |= put_pattern(json, &r->pattern);
    if (r->balanced) {
        json_t *balanced = json_object();
        failed |= put_colors(balanced, r, region, 1);
        failed |= json_object_set_new(json, "balanced", balanced);
    }
    return json_unless(failed, json);
}

static json_t *garment_json(const swatch_result *r, size_t index, const char *ending)
{
    const swatch_garment *g = &r->garments[index];
    const double pixels = (double)(r->photo.width * r->photo.height);
    const struct color_kind kind = {.telling = &r->telling};
    char file[64];
    garments_file(r, index, ending, file);
    json_t *json = json_pack("{ss, sI, sI, sI, so, s{sI, sI, sI, sI}, ss, so}", "class",
                             r->classes.names[g->class_index], "piece", (json_int_t)g->piece,
                             "pieces", (json_int_t)g->pieces, "pixels", (json_int_t)g->pixels,
                             "share_of_photo", json_rounded((double)g->pixels / pixels), "box",
                             "left", (json_int_t)g->left, "top", (json_int_t)g->top, "width",
                             (json_int_t)g->width, "height", (json_int_t)g->height, "file", file,
                             "colors", color_json_array(g->colors, g->color_count, kind));
    int failed = put_shop(json, g->colors, g->color_count);
    failed |= json_object_set_new(json, "probability", json_rounded(g->probability));
    if (g->or_class_index != g->class_index)
        failed |=
            json_object_set_new(json, "or",
                                json_pack("{ss, so}", "class", r->classes.names[g->or_class_index],
                                          "probability", json_rounded(g->or_probability)));
    failed |= put_pattern(json, &r->patterns[index]);
    if (g->reason)
        failed |= json_object_set_new(json, "reason", json_string(g->reason));
    if (r->balanced)
        failed |= json_object_set_new(
            json, "balanced",
            json_pack("{so}", "colors", color_json_array(g->balanced, g->color_count, kind)));
    return json_unless(failed, json);
}

static json_t *garments_json(const swatch_result *r, const char *ending)
{
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < r->garment_count; i++)
        failed |= json_array_append_new(array, garment_json(r, i, ending));
    return json_unless(failed, array);
}

static json_t *balance_json(const struct balance *b)
{
    if (b->reason)
        return json_pack("{ss, ss}", "method", "shades of grey, p = 6", "reason", b->reason);
    return json_pack("{ss, so, so, sb}", "method", "shades of grey, p = 6", "light",
                     json_rounded_array(b->cast, 3), "gains", json_rounded_array(b->gain, 3),
                     "capped", b->capped);
}

static json_t *doubts_json(const swatch_result *r)
{
    json_t *array = json_array();
    char text[DOUBT_ROOM];
    int failed = 0;
    for (size_t region = 0; region < SWATCH_REGIONS; region++)
        if (doubt_text(r, region, text))
            failed |= json_array_append_new(array, json_string(text));
    return json_unless(failed, array);
}

char *result_json_text(const swatch_result *r, const char *ending)
{
    json_t *classes = json_array(), *regions = json_object();
    int failed = 0;
    for (size_t i = 0; i < r->classes.count; i++)
        failed |= json_array_append_new(classes, json_string(r->classes.names[i]));
    for (size_t region = 0; region < SWATCH_REGIONS; region++)
        failed |= json_object_set_new(regions, region_names[region], region_json(r, region));
    json_t *json =
        json_pack("{ss, so, sI, sI, s{ss, so}, sb, sb, so}", "swatch", SWATCH_VERSION, "photo",
                  json_text(r->name), "width", (json_int_t)r->photo.width, "height",
                  (json_int_t)r->photo.height, "model", "architecture", r->architecture, "classes",
                  classes, "person_mask", r->person.pixels != NULL, "greyscale",
                  r->greyscale != MONOCHROME_NOT, "regions", regions);
    if (r->source)
        failed |= json_object_set_new(json, "source", json_loads(r->source, 0, NULL));
    if (*r->notice)
        failed |= json_object_set_new(json, "notice", json_text(r->notice));
    if (r->has_who || r->alone)
        failed |=
            json_object_set_new(json, "person", r->alone ? json_null() : person_json(&r->who));
    failed |= json_object_set_new(json, "doubts", doubts_json(r));
    if (r->wants_balance)
        failed |= json_object_set_new(json, "white_balance", balance_json(&r->balance));
    if (r->garment_of.pixels)
        failed |= json_object_set_new(json, "garments", garments_json(r, ending));
    json = json_unless(failed, json);
    char *text = json_line(json);
    json_decref(json);
    return text;
}

int result_json(swatch_result *r, swatch_error *error)
{
    r->json = result_json_text(r, "png");
    return r->json ? SWATCH_OK : error_memory(error);
}

json_t *person_json(const swatch_person *p)
{
    return json_pack("{so, s{so, so, so, so}, sI}", "score", json_rounded(p->score), "box", "left",
                     json_rounded(p->left), "top", json_rounded(p->top), "width",
                     json_rounded(p->width), "height", json_rounded(p->height), "pixels",
                     (json_int_t)p->pixels);
}
