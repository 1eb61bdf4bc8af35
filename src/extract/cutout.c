// Cut-outs. A pixel of a region is as opaque as its 3x3 neighbourhood belongs to the region
// (weights 1 2 1), which rounds the steps of the label map; pixels outside stay clear.

#include <string.h>

#include "extract/pipeline.h"

uint8_t cutout_alpha(const swatch_result *r, swatch_region region, size_t x, size_t y)
{
    const struct image *labels = &r->labels;
    if (r->region_of[labels->pixels[y * labels->width + x]] != region)
        return 0;
    unsigned sum = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            // The photo's border repeats outwards: it cuts a region off, it does not end it.
            const size_t ny =
                (dy < 0 && y == 0) || (dy > 0 && y + 1 == labels->height) ? y : y + (size_t)dy;
            const size_t nx =
                (dx < 0 && x == 0) || (dx > 0 && x + 1 == labels->width) ? x : x + (size_t)dx;
            const unsigned weight = (dx == 0 ? 2 : 1) * (dy == 0 ? 2 : 1);
            if (r->region_of[labels->pixels[ny * labels->width + nx]] == region)
                sum += weight;
        }
    return (uint8_t)((sum * 255 + 8) / 16);
}

void swatch_result_cutout(const swatch_result *r, swatch_region region, uint8_t *rgba)
{
    const size_t width = r->photo.width;
#pragma omp parallel for schedule(static)
    for (long long y = 0; y < (long long)r->photo.height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t i = (size_t)y * width + x;
            const uint8_t alpha = cutout_alpha(r, region, x, (size_t)y);
            memset(rgba + 4 * i, 0, 4);
            if (alpha) {
                memcpy(rgba + 4 * i, r->photo.pixels + 3 * i, 3);
                rgba[4 * i + 3] = alpha;
            }
        }
}
