// The filter runs on a small copy of the mask's part of the photo, and its functions are then
// applied to the photo's own pixels, so the photo's size costs little.

#include "image/mask_edges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/vector.h"
#include "image/guided.h"
#include "image/tap.h"

#define SIDE 224     // of the copy, at most
#define RADIUS 0.018 // of the window, as a part of the longer side; docs/decisions.md, "Mask edges"

// The part of a picture at (x, y), which may reach beyond it on no side, as one of its own.
static int cut(const struct image *from, size_t x, size_t y, size_t width, size_t height,
               struct image *to, swatch_error *error)
{
    const size_t bands = from->bands;
    if (image_new(to, width, height, bands, error))
        return SWATCH_FAILED;
    for (size_t row = 0; row < height; row++)
        memcpy(to->pixels + row * width * bands,
               from->pixels + ((y + row) * from->width + x) * bands, width * bands);
    return SWATCH_OK;
}

// The mask with room around it, as far as the photo goes.
static int grow(const struct part_mask *d, const struct image *photo, size_t by,
                struct part_mask *g, swatch_error *error)
{
    g->x = d->x > by ? d->x - by : 0;
    g->y = d->y > by ? d->y - by : 0;
    const size_t right = d->x + d->width + by, bottom = d->y + d->height + by;
    g->width = (right < photo->width ? right : photo->width) - g->x;
    g->height = (bottom < photo->height ? bottom : photo->height) - g->y;
    g->pixels = calloc(g->width, g->height);
    if (!g->pixels)
        return error_memory(error);
    for (size_t y = 0; y < d->height; y++)
        memcpy(g->pixels + (d->y - g->y + y) * g->width + d->x - g->x, d->pixels + y * d->width,
               d->width);
    return SWATCH_OK;
}

static vec4 load(const float *from)
{
    vec4 v;
    memcpy(&v, from, sizeof v);
    return v;
}

// functions (h, w, 4) of a small copy, applied to the photo. columns: (width of d) of work space.
static void apply(const float *functions, size_t w, size_t h, const struct image *photo,
                  struct tap *columns, struct part_mask *d)
{
    for (size_t x = 0; x < d->width; x++)
        columns[x] = tap_at(x, d->width, w);
#pragma omp parallel for schedule(static)
    for (long y = 0; y < (long)d->height; y++) {
        const struct tap v = tap_at((size_t)y, d->height, h);
        const float *upper = functions + 4 * v.low * w, *lower = functions + 4 * v.high * w;
        const uint8_t *rgb = photo->pixels + 3 * ((d->y + (size_t)y) * photo->width + d->x);
        uint8_t *to = d->pixels + (size_t)y * d->width;
        for (size_t x = 0; x < d->width; x++, rgb += 3) {
            const size_t left = 4 * columns[x].low, right = 4 * columns[x].high;
            const vec4 color = (vec4){rgb[0], rgb[1], rgb[2], 255} / 127.5f - 1;
            const vec4 top =
                load(upper + left) + columns[x].weight * (load(upper + right) - load(upper + left));
            const vec4 bottom =
                load(lower + left) + columns[x].weight * (load(lower + right) - load(lower + left));
            const vec4 part = color * (top + v.weight * (bottom - top));
            const float sum = (part[0] + part[1]) + (part[2] + part[3]);
            to[x] = (uint8_t)(255 * (sum > 0 ? sum < 1 ? sum : 1 : 0) + 0.5f);
        }
    }
}

int mask_edges(struct part_mask *d, const struct image *photo, swatch_error *error)
{
    static const uint8_t channels[] = {0};
    const double longer = (double)(d->width > d->height ? d->width : d->height);
    struct part_mask g = {0};
    struct image view = {0}, small_view = {0}, small_mask = {0};
    struct tap *columns = NULL;
    float *numbers = NULL;
    int status = SWATCH_FAILED;
    if (grow(d, photo, (size_t)ceil(RADIUS * longer), &g, error))
        return SWATCH_FAILED;
    const double scale = fmin(SIDE / (double)(g.width > g.height ? g.width : g.height), 1);
    const size_t w = (size_t)fmax(scale * (double)g.width + 0.5, 1);
    const size_t h = (size_t)fmax(scale * (double)g.height + 0.5, 1);
    const struct image mask = {g.width, g.height, 1, g.pixels};
    struct guided guided = {.height = h,
                            .width = w,
                            .stride = w,
                            .each = 1,
                            .channels = channels,
                            .count = 1,
                            .radius = (size_t)fmax(RADIUS * scale * longer + 0.5, 1),
                            .epsilon = GUIDED_EPSILON};
    if (cut(photo, g.x, g.y, g.width, g.height, &view, error) ||
        image_resize(&view, w, h, &small_view, error) ||
        image_resize(&mask, w, h, &small_mask, error))
        goto done;
    // Guide, map, functions and the filter's own room.
    numbers = malloc((8 * w * h + guided_room(&guided, h)) * sizeof *numbers);
    columns = malloc(g.width * sizeof *columns);
    if (!numbers || !columns) {
        error_memory(error);
        goto done;
    }
    float *map = numbers + 3 * w * h, *functions = map + w * h;
    for (size_t i = 0; i < 3 * w * h; i++)
        numbers[i] = (float)small_view.pixels[i] / 127.5f - 1;
    for (size_t i = 0; i < w * h; i++)
        map[i] = (float)small_mask.pixels[i] / 255;
    guided.guide = numbers;
    guided.map = map;
    guided_rows(&guided, 0, h, functions + 4 * w * h, functions);
    apply(functions, w, h, photo, columns, &g);
    free(d->pixels);
    *d = g;
    g.pixels = NULL;
    status = SWATCH_OK;
done:
    free(g.pixels);
    free(columns);
    free(numbers);
    image_free(&view);
    image_free(&small_view);
    image_free(&small_mask);
    return status;
}
