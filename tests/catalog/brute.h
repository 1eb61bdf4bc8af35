// What a search must give: every photo is compared.
#ifndef TESTS_CATALOG_BRUTE_H
#define TESTS_CATALOG_BRUTE_H

#include <string.h>

#include "catalog/find.h"
#include "catalog/photos.h"
#include "test.h"

static inline double brute_distance(const struct find_wish *w, unsigned number)
{
    struct rgb colors[PHOTO_COLORS];
    const int coat = strcmp(w->part, "coat") == 0;
    double distance = 0;
    photo_clothes(number, colors);
    for (size_t i = 0; i < w->count; i++) {
        double nearest = w->within;
        int found = 0;
        for (int k = coat ? 1 : 0; k < (coat ? 2 : PHOTO_COLORS); k++) {
            const double d = color_ciede2000(w->colors[i].lab, color_cielab(colors[k]));
            if ((coat || (4 - k) / 10.0 >= w->least_share) && d <= nearest) {
                nearest = d;
                found = 1;
            }
        }
        if (w->count == 1 && !found)
            return INFINITY;
        distance += w->colors[i].weight * nearest;
    }
    if (coat && number % 10)
        return INFINITY;
    return distance < w->within || (w->count == 1 && distance <= w->within) ? distance : INFINITY;
}

static int brute_compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Compares the distances of a search among photos 0 to count - 1 with those of all photos.
static inline void check_search(struct catalog *catalog, const struct find_wish *wish,
                                unsigned count)
{
    struct find_hit *hits;
    swatch_error error = {0};
    size_t found, all = 0;
    double *distances = malloc(count * sizeof *distances);
    CHECK(find_photos(catalog, wish, &hits, &found, &error) == 0);
    CHECK_STRING(error.message, "");
    for (unsigned i = 0; i < count; i++) {
        const double d = brute_distance(wish, i);
        if (isfinite(d))
            distances[all++] = d;
    }
    qsort(distances, all, sizeof *distances, brute_compare);
    CHECK(found == (all < wish->limit ? all : wish->limit));
    for (size_t i = 0; i < found && i < all; i++)
        CHECK_NEAR(hits[i].distance, distances[i], 1e-9);
    fprintf(stderr, "%s, %zu colors within %g: %zu of %zu\n", wish->part, wish->count, wish->within,
            found, all);
    free(distances);
    free(hits);
}

static inline struct find_wish wish_of(struct rgb color, const char *part, double within,
                                       size_t limit)
{
    return (struct find_wish){.colors = {{color_cielab(color), 1}},
                              .count = 1,
                              .part = part,
                              .within = within,
                              .limit = limit,
                              .except = -1};
}

// Searches of all kinds among photos 0 to count - 1.
static inline void check_searches(struct catalog *catalog, unsigned count)
{
    static const struct rgb colors[] = {{122, 31, 43}, {20, 20, 22}, {30, 60, 200}, {0, 255, 0}};
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++) {
        struct find_wish wish = wish_of(colors[i], "clothes", 10, 20);
        check_search(catalog, &wish, count);
        wish.limit = 1000000;
        wish.least_share = 0.3;
        check_search(catalog, &wish, count);
        wish = wish_of(colors[i], "coat", 5, 50);
        check_search(catalog, &wish, count);
        wish.within = 100;
        check_search(catalog, &wish, count);
        wish = wish_of(colors[i], "hair", 10, 20); // of which there are none
        struct find_hit *hits;
        size_t found;
        CHECK(find_photos(catalog, &wish, &hits, &found, NULL) == 0 && found == 0);
        free(hits);
    }
    // Photos like one of them.
    for (unsigned i = 0; i < 3; i++) {
        struct find_wish wish = wish_of(colors[0], "clothes", i == 2 ? 30 : 10, 10);
        json_t *record = photo_record(i);
        CHECK(find_like(&wish, record, "clothes") == PHOTO_COLORS);
        CHECK(find_like(&wish, record, "hair") == 0);
        find_like(&wish, record, "clothes");
        CHECK_NEAR(wish.colors[0].weight, 0.4, 1e-9);
        check_search(catalog, &wish, count);
        json_decref(record);
    }
}

#endif
