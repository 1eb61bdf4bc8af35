// Photos that never were, for tests and bench/catalog: record `number` is always the same.
#ifndef TESTS_CATALOG_PHOTOS_H
#define TESTS_CATALOG_PHOTOS_H

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/number.h"
#include "catalog/record.h"
#include "catalog/store.h"
#include "color/color.h"

#define PHOTO_COLORS 4 // of clothes

static inline unsigned photo_random(uint64_t *state, unsigned below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

// Clothes are grey, pale or dark more often than bright.
static inline struct rgb photo_color(uint64_t *state)
{
    struct rgb c = {(uint8_t)photo_random(state, 256), (uint8_t)photo_random(state, 256),
                    (uint8_t)photo_random(state, 256)};
    const unsigned kind = photo_random(state, 10);
    if (kind < 4) {
        c.g = (uint8_t)((c.r * 7 + c.g) / 8);
        c.b = (uint8_t)((c.r * 7 + c.b) / 8);
    } else if (kind < 6) {
        c = (struct rgb){c.r / 6, c.g / 6, c.b / 6};
    }
    return c;
}

static inline void photo_sha256(unsigned number, char text[65])
{
    char name[16];
    snprintf(name, sizeof name, "%u", number);
    gchar *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
    snprintf(text, 65, "%s", sum);
    g_free(sum);
}

// The colors of clothes; their shares are 4, 3, 2 and 1 tenths.
static inline void photo_clothes(unsigned number, struct rgb colors[PHOTO_COLORS])
{
    uint64_t state = number;
    for (int i = 0; i < 4; i++)
        photo_random(&state, 2);
    for (int i = 0; i < PHOTO_COLORS; i++)
        colors[i] = photo_color(&state);
}

static inline json_t *photo_region(const char *part, int garment, const struct rgb *colors,
                                   int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        const struct lab lab = color_cielab(colors[i]);
        json_array_append_new(
            list, json_pack("{so, so, so, so, so, ss}", "hex",
                            json_hex((const uint8_t[]){colors[i].r, colors[i].g, colors[i].b}), "l",
                            json_rounded(lab.l), "a", json_rounded(lab.a), "b", json_rounded(lab.b),
                            "share", json_rounded(count == 1 ? 1 : (4 - i) / 10.0), "name",
                            "some color"));
    }
    return json_pack("{si, ss, sb, sf, sn, sn, sn, ss, sn, so}", "person", 1, "part", part,
                     "garment", garment, "share", 0.25, "confidence", "tone", "undertone", "look",
                     "grey", "pattern", "colors", list);
}

// Photo `number`. Every tenth has a coat, of its second color.
static inline json_t *photo_record(unsigned number)
{
    char sha256[65], path[64];
    struct rgb colors[PHOTO_COLORS];
    photo_sha256(number, sha256);
    photo_clothes(number, colors);
    snprintf(path, sizeof path, "/photos/%06u.jpg", number);
    json_t *record = record_new(path, sha256, 1000 + number, "a model", 0, NULL);
    json_t *regions = json_object_get(record, "regions");
    json_object_set_new(record, "width", json_integer(600));
    json_object_set_new(record, "height", json_integer(800));
    json_array_append_new(regions, photo_region("clothes", 0, colors, PHOTO_COLORS));
    json_array_append_new(regions, photo_region("skin", 0, colors + 3, 1));
    if (number % 10 == 0)
        json_array_append_new(regions, photo_region("coat", 1, colors + 1, 1));
    return record;
}

// Puts photos 0 to count - 1 into a new catalogue, in one transaction. 0, or an error is printed.
static inline int photos_fill(struct catalog *catalog, unsigned count)
{
    swatch_error error;
    int status = catalog->engine->begin(catalog->connection, &error);
    for (unsigned i = 0; i < count && !status; i++) {
        json_t *record = photo_record(i);
        status = record_put(catalog, record, &error);
        json_decref(record);
    }
    if (!status)
        status = catalog->engine->end(catalog->connection, 1, &error);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    return status;
}

#endif
