// Words for colors, lists of named colors, harmonies.

#include "api/api.h"
#include "color/fill.h"
#include "color/harmony.h"
#include "color/list.h"
#include "color/shop.h"

static struct rgb rgb_of(const uint8_t rgb[3])
{
    return (struct rgb){rgb[0], rgb[1], rgb[2]};
}

void swatch_color_fill(const uint8_t rgb[3], double share, swatch_color *color)
{
    *color = color_fill(rgb_of(rgb), share);
}

const char *swatch_shop_name(const uint8_t rgb[3])
{
    return shop_name(rgb_of(rgb));
}

const char *swatch_shop_name_of(const swatch_color *colors, size_t count)
{
    return shop_name_of(colors, count);
}

int swatch_names_open(const char *path, swatch_names **names, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(names, error);
    *names = NULL;
    API_NEEDS(path, error);
    return api_end(list_open(path, names, &own), &own, error);
}

void swatch_names_free(swatch_names *names)
{
    list_release(names);
}

size_t swatch_names_count(const swatch_names *names)
{
    return names->count;
}

const char *swatch_names_nearest(const swatch_names *names, const uint8_t rgb[3], uint8_t found[3],
                                 double *distance)
{
    double d;
    const size_t i = list_nearest(names, rgb_of(rgb), &d);
    if (found) {
        found[0] = names->colors[i].r;
        found[1] = names->colors[i].g;
        found[2] = names->colors[i].b;
    }
    if (distance)
        *distance = d;
    return names->names[i].name;
}

size_t swatch_harmony_colors(swatch_harmony harmony, const uint8_t rgb[3],
                             uint8_t colors[SWATCH_HARMONY_COLORS][3])
{
    struct rgb made[SWATCH_HARMONY_COLORS];
    if ((unsigned)harmony >= SWATCH_HARMONIES)
        return 0;
    const size_t count = harmony_make(harmony, rgb_of(rgb), made);
    for (size_t i = 0; i < count; i++) {
        colors[i][0] = made[i].r;
        colors[i][1] = made[i].g;
        colors[i][2] = made[i].b;
    }
    return count;
}
