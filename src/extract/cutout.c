// Draws cut-outs: with soft edges by matte.h. With hard ones the alpha of a pixel inside is the
// share of its 3x3 neighborhood that is inside, too (weights 1 2 1). This smooths the steps of the
// label map. Pixels outside stay transparent.

#include "extract/cutout.h"

#include <math.h>
#include <string.h>

#include "base/least.h"
#include "extract/matte.h"

#define MARGIN 0.02
#define MARGIN_LEAST 2

static uint8_t alpha_at(const struct matte_part *p, size_t x, size_t y)
{
    const struct image *map = p->map;
    unsigned sum = 0;
    if (!matte_has(p, x, y))
        return 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            // The photo's border pixels repeat outwards, so the border does not soften a region.
            const size_t ny =
                (dy < 0 && y == 0) || (dy > 0 && y + 1 == map->height) ? y : y + (size_t)dy;
            const size_t nx =
                (dx < 0 && x == 0) || (dx > 0 && x + 1 == map->width) ? x : x + (size_t)dx;
            const unsigned weight = (dx == 0 ? 2 : 1) * (dy == 0 ? 2 : 1);
            if (matte_has(p, nx, ny))
                sum += weight;
        }
    return (uint8_t)((sum * 255 + 8) / 16);
}

static void draw_pixel(const struct image *photo, size_t i, uint8_t alpha, uint8_t *rgba)
{
    memset(rgba, 0, 4);
    if (alpha) {
        memcpy(rgba, photo->pixels + 3 * i, 3);
        rgba[3] = alpha;
    }
}

struct rect cutout_box(const swatch_result *r, swatch_region region)
{
    const struct image *labels = &r->labels;
    size_t left = labels->width, right = 0, top = labels->height, bottom = 0;
    for (size_t y = 0; y < labels->height; y++) {
        const uint8_t *row = labels->pixels + y * labels->width;
        size_t x = 0, end = labels->width;
        while (x < end && r->region_of[row[x]] != region)
            x++;
        if (x == end)
            continue;
        while (r->region_of[row[end - 1]] != region)
            end--;
        left = size_least(left, x);
        right = size_most(right, end);
        top = size_least(top, y);
        bottom = y + 1;
    }
    return (struct rect){left, top, right - left, bottom - top};
}

struct rect cutout_garment_box(const swatch_result *r, size_t index)
{
    const swatch_garment *g = &r->garments[index];
    return (struct rect){g->left, g->top, g->width, g->height};
}

struct rect cutout_with_margin(const swatch_result *r, struct rect box)
{
    const size_t longer = size_most(box.width, box.height);
    const size_t margin = size_most(MARGIN_LEAST, (size_t)lround(MARGIN * (double)longer));
    const size_t left = box.left - size_least(box.left, margin);
    const size_t top = box.top - size_least(box.top, margin);
    return (struct rect){left, top,
                         size_least(r->photo.width, box.left + box.width + margin) - left,
                         size_least(r->photo.height, box.top + box.height + margin) - top};
}

static int draw(const struct matte_part *p, struct rect from, swatch_edges edges, uint8_t *rgba,
                swatch_error *error)
{
    if (edges == SWATCH_EDGES_SOFT)
        return matte_draw(p, from, rgba, error);
#pragma omp parallel for schedule(static)
    for (long long row = 0; row < (long long)from.height; row++)
        for (size_t column = 0; column < from.width; column++) {
            const size_t x = from.left + column, y = from.top + (size_t)row;
            draw_pixel(p->photo, y * p->photo->width + x, alpha_at(p, x, y),
                       rgba + 4 * ((size_t)row * from.width + column));
        }
    return SWATCH_OK;
}

int cutout_region(const swatch_result *r, swatch_region region, struct rect from,
                  swatch_edges edges, uint8_t *rgba, swatch_error *error)
{
    const struct matte_part part = {&r->photo, &r->labels, r->region_of, region};
    return draw(&part, from, edges, rgba, error);
}

int cutout_garment(const swatch_result *r, size_t index, struct rect from, swatch_edges edges,
                   uint8_t *rgba, swatch_error *error)
{
    const struct matte_part part = {&r->photo, &r->garment_of, NULL, (unsigned)index + 1};
    return draw(&part, from, edges, rgba, error);
}
