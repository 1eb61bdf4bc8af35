// The colors of each region, and the JSON that says what was found.

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/fill.h"
#include "color/measure.h"
#include "extract/pipeline.h"

#define FEWEST_PIXELS 50 // a region smaller than this has no colors worth telling

// Rows from the topmost to the lowest pixel that is not background.
static size_t person_height(const struct image *labels)
{
    size_t top = labels->height, bottom = 0;
    for (size_t y = 0; y < labels->height; y++)
        for (size_t x = 0; x < labels->width; x++)
            if (labels->pixels[y * labels->width + x]) {
                top = y < top ? y : top;
                bottom = y;
                break;
            }
    return top > bottom ? 0 : bottom - top + 1;
}

int describe_colors(swatch_result *r, size_t most, swatch_error *error)
{
    const size_t pixels = r->photo.width * r->photo.height;
    const size_t rim = (size_t)fmax(2, 0.005 * (double)person_height(&r->labels) + 0.5);
    int status = SWATCH_OK;
    uint8_t *mask = malloc(pixels);
    if (!mask)
        return error_memory(error);
    for (size_t region = 0; region < SWATCH_REGIONS && !status; region++) {
        struct cluster clusters[CLUSTER_MAX];
        if (r->pixels[region] < FEWEST_PIXELS)
            continue;
        for (size_t i = 0; i < pixels; i++)
            mask[i] = r->region_of[r->labels.pixels[i]] == region;
        status = measure_region(r->photo.pixels, mask, r->photo.height, r->photo.width, rim, most,
                                clusters, &r->color_count[region], NULL, error);
        for (size_t i = 0; i < r->color_count[region] && !status; i++)
            r->colors[region][i] = color_fill(clusters[i].color, clusters[i].share);
    }
    free(mask);
    return status;
}

// Four decimals, the same text on every machine. 0.0 is added because -0 would be one of them.
static json_t *number(double value)
{
    return json_real(round(value * 10000) / 10000 + 0.0);
}

static json_t *numbers(const double values[3])
{
    return json_pack("[ooo]", number(values[0]), number(values[1]), number(values[2]));
}

static json_t *bytes(const uint8_t values[3])
{
    return json_pack("[iii]", values[0], values[1], values[2]);
}

// NULL without memory, like all functions here that make JSON.
static json_t *color_json(const swatch_color *c)
{
    return json_pack("{ss, so, so, so, so, so, ss, ss, so, ss, so}", "hex", c->hex, "share",
                     number(c->share), "rgb", bytes(c->rgb), "hsv", bytes(c->hsv), "lab",
                     numbers(c->lab), "oklch", numbers(c->oklch), "basic", c->basic, "css", c->css,
                     "css_distance", number(c->css_distance), "xkcd", c->xkcd, "xkcd_distance",
                     number(c->xkcd_distance));
}

static json_t *region_json(const swatch_result *r, size_t region)
{
    const double pixels = (double)(r->photo.width * r->photo.height);
    json_t *colors = json_array();
    for (size_t i = 0; i < r->color_count[region]; i++)
        json_array_append_new(colors, color_json(&r->colors[region][i]));
    json_t *json =
        json_pack("{sI, so, so}", "pixels", (json_int_t)r->pixels[region], "share_of_photo",
                  number((double)r->pixels[region] / pixels), "colors", colors);
    if (r->color_count[region] == 0)
        json_object_set_new(json, "reason",
                            json_string(r->pixels[region] == 0              ? "nothing found"
                                        : r->pixels[region] < FEWEST_PIXELS ? "too few pixels"
                                                                            : "not measured"));
    return json;
}

int describe_json(swatch_result *r, swatch_error *error)
{
    json_t *classes = json_array(), *regions = json_object();
    for (size_t i = 0; i < r->classes.count; i++)
        json_array_append_new(classes, json_string(r->classes.names[i]));
    for (size_t region = 0; region < SWATCH_REGIONS; region++)
        json_object_set_new(regions, region_names[region], region_json(r, region));
    // A file name need not be UTF-8; what is not becomes '?'.
    json_t *name = json_string(r->name);
    if (!name) {
        char *plain = strdup(r->name);
        for (char *c = plain; c && *c; c++)
            *c = (unsigned char)*c < 128 ? *c : '?';
        name = plain ? json_string(plain) : NULL;
        free(plain);
    }
    json_t *json =
        json_pack("{ss, so, sI, sI, s{ss, so}, sb, so}", "swatch", SWATCH_VERSION, "photo", name,
                  "width", (json_int_t)r->photo.width, "height", (json_int_t)r->photo.height,
                  "model", "architecture", r->architecture, "classes", classes, "person_mask",
                  r->person.pixels != NULL, "regions", regions);
    r->json =
        json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(8)) : NULL;
    json_decref(json);
    return r->json ? SWATCH_OK : error_memory(error);
}
