// The photos of a catalogue that are nearest to some colors.
#ifndef CATALOG_FIND_H
#define CATALOG_FIND_H

#include <jansson.h>

#include "catalog/catalog.h"
#include "color/color.h"

#define FIND_COLORS 8 // of a search, at most

struct find_wish {
    struct find_color {
        struct lab lab;
        double weight; // of all, together 1
    } colors[FIND_COLORS];
    size_t count;       // at least 1
    const char *part;   // clothes, skin, hair, or a class of garments
    double within;      // CIEDE2000
    double least_share; // a color with less of its part does not count, 0-1
    size_t limit;       // so many photos at most, at least 1
    int64_t except;     // a photo that is not meant; -1: none
};

struct find_hit {
    int64_t photo;
    // The mean, by weight, of how far the nearest color of the photo's part is from each color;
    // one that has none within `within` counts as that far.
    double distance;
    char hex[8];  // the color nearest to the first color; "": none
    double share; // its share
};

// Reads "#rrggbb". 0, or -1.
int find_read_color(const char *text, struct lab *color);
// Takes the colors of a part of a record's first person, weighted by their shares, and the part.
// Returns how many they are.
size_t find_like(struct find_wish *wish, const json_t *record, const char *part);

// Finds the photos whose distance is below `within` (of one color: not above), nearest first. The
// caller frees *hits.
int find_photos(struct catalog *catalog, const struct find_wish *wish, struct find_hit **hits,
                size_t *count, swatch_error *error);

#endif
