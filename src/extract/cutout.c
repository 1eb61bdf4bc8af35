// Draws cut-outs. The alpha of a pixel inside is the share of its 3x3 neighborhood that is inside,
// too (weights 1 2 1). This smooths the steps of the label map. Pixels outside stay transparent.

#include <string.h>

#include "extract/cutout.h"
#include "extract/result.h"

// Returns what a pixel of the map belongs to: its value, or with a table the table's entry for it.
static unsigned owner(const struct image *map, const uint8_t *table, size_t x, size_t y)
{
    const uint8_t value = map->pixels[y * map->width + x];
    return table ? table[value] : value;
}

static uint8_t alpha_at(const struct image *map, const uint8_t *table, unsigned wanted, size_t x,
                        size_t y)
{
    unsigned sum = 0;
    if (owner(map, table, x, y) != wanted)
        return 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            // The photo's border pixels repeat outwards, so the border does not soften a region.
            const size_t ny =
                (dy < 0 && y == 0) || (dy > 0 && y + 1 == map->height) ? y : y + (size_t)dy;
            const size_t nx =
                (dx < 0 && x == 0) || (dx > 0 && x + 1 == map->width) ? x : x + (size_t)dx;
            const unsigned weight = (dx == 0 ? 2 : 1) * (dy == 0 ? 2 : 1);
            if (owner(map, table, nx, ny) == wanted)
                sum += weight;
        }
    return (uint8_t)((sum * 255 + 8) / 16);
}

uint8_t cutout_alpha(const swatch_result *r, swatch_region region, size_t x, size_t y)
{
    return alpha_at(&r->labels, r->region_of, region, x, y);
}

static void draw_pixel(const swatch_result *r, size_t i, uint8_t alpha, uint8_t *rgba)
{
    memset(rgba, 0, 4);
    if (alpha) {
        memcpy(rgba, r->photo.pixels + 3 * i, 3);
        rgba[3] = alpha;
    }
}

void cutout_region(const swatch_result *r, swatch_region region, uint8_t *rgba)
{
    const size_t width = r->photo.width;
#pragma omp parallel for schedule(static)
    for (long long y = 0; y < (long long)r->photo.height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t i = (size_t)y * width + x;
            draw_pixel(r, i, cutout_alpha(r, region, x, (size_t)y), rgba + 4 * i);
        }
}

void cutout_garment(const swatch_result *r, size_t index, uint8_t *rgba)
{
    const swatch_garment *g = &r->garments[index];
    for (size_t y = g->top; y < g->top + g->height; y++)
        for (size_t x = g->left; x < g->left + g->width; x++, rgba += 4)
            draw_pixel(r, y * r->photo.width + x,
                       alpha_at(&r->garment_of, NULL, (unsigned)index + 1, x, y), rgba);
}
