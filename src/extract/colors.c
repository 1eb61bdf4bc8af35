// Measures the main colors of a picture as one region, without a network. Transparent pixels do not
// count, so a cut-out has the colors of the region it was cut from.

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "color/fill.h"
#include "color/measure.h"
#include "extract/colors.h"
#include "extract/mask.h"

// Decoding put half-transparent pixels on white. This computes their own colors again, to within
// rounding. Pixels that are more than half transparent do not count and stay as they are.
static int put_back(const swatch_photo *photo, struct image *straight, swatch_error *error)
{
    const struct image *image = &photo->image;
    const size_t pixels = image->width * image->height;
    if (image_new(straight, image->width, image->height, 3, error))
        return SWATCH_FAILED;
    memcpy(straight->pixels, image->pixels, 3 * pixels);
    const uint8_t *alphas = photo->alpha.pixels;
    for (size_t i = 0; i < pixels; i++) {
        const int alpha = alphas[i];
        if (alpha <= 127 || alpha == 255)
            continue;
        for (size_t c = 3 * i; c < 3 * i + 3; c++) {
            const int before = 255 - ((255 - image->pixels[c]) * 255 + alpha / 2) / alpha;
            straight->pixels[c] = (uint8_t)(before > 0 ? before : 0);
        }
    }
    return SWATCH_OK;
}

// Makes the mask (0 or 255) of the pixels that count: the caller's mask, or all pixels, without the
// transparent ones.
static int take_mask(const swatch_photo *photo, const swatch_colors_options *o, struct image *mask,
                     swatch_error *error)
{
    const struct image *image = &photo->image;
    const size_t pixels = image->width * image->height;
    const int status = o->mask ? mask_fit(photo->name, "mask", o->mask, o->mask_width,
                                          o->mask_height, image, mask, error)
                               : image_new(mask, image->width, image->height, 1, error);
    if (status)
        return status;
    if (!o->mask)
        memset(mask->pixels, 255, pixels);
    const uint8_t *alpha = photo->alpha.pixels;
    uint8_t *restrict inside = mask->pixels;
    for (size_t i = 0; alpha && i < pixels; i++)
        inside[i] &= alpha[i] > 127 ? 255 : 0;
    return SWATCH_OK;
}

// Returns the number of pixels in the mask. *rows gets the number of rows from the first to the
// last of them.
static size_t survey(const struct image *mask, size_t *rows)
{
    size_t pixels = 0, top = mask->height, bottom = 0;
#pragma omp parallel for schedule(dynamic, 64) reduction(+ : pixels) reduction(min : top)          \
    reduction(max : bottom)
    for (size_t y = 0; y < mask->height; y++) {
        size_t inside = 0;
        for (size_t x = 0; x < mask->width; x++)
            inside += mask->pixels[y * mask->width + x] & 1; // 0 or 255
        if (inside) {
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
        }
        pixels += inside;
    }
    *rows = pixels ? bottom - top + 1 : 0;
    return pixels;
}

// Returns 1 if the `count` pixels in the mask are greys. Goes through runs of masked pixels, and
// stops at the first that has too many colored ones.
static int is_grey(const struct image *image, const struct image *mask, size_t count)
{
    const size_t pixels = image->width * image->height;
    size_t colored = 0;
    for (size_t i = 0, end; i < pixels && colored <= count / MEASURE_GREY_PART; i = end) {
        const uint8_t *out = memchr(mask->pixels + i, mask->pixels[i] ? 0 : 255, pixels - i);
        end = out ? (size_t)(out - mask->pixels) : pixels;
        if (mask->pixels[i])
            colored += measure_colored(image->pixels + 3 * i, end - i, count / MEASURE_GREY_PART);
    }
    return colored <= count / MEASURE_GREY_PART;
}

int colors_measure(const swatch_photo *photo, const swatch_colors_options *o, swatch_colors *colors,
                   swatch_error *error)
{
    struct cluster clusters[CLUSTER_MAX];
    struct image mask = {0}, straight = {0};
    const struct image *image = &photo->image;
    size_t rows;
    int status = SWATCH_FAILED;
    *colors = (swatch_colors){0};
    if ((status = take_mask(photo, o, &mask, error)))
        goto done;
    status = SWATCH_FAILED;
    if (photo->alpha.pixels) {
        if (put_back(photo, &straight, error))
            goto done;
        image = &straight;
    }
    colors->pixels = survey(&mask, &rows);
    const size_t rim = (size_t)fmax(2, 0.005 * (double)rows + 0.5);
    if (measure_region(image->pixels, mask.pixels, image->height, image->width, rim,
                       o->colors ? o->colors : 5, clusters, &colors->count, &colors->reason, error))
        goto done;
    colors->greyscale = colors->pixels && is_grey(image, &mask, colors->pixels);
    for (size_t i = 0; i < colors->count; i++)
        colors->colors[i] = color_fill(clusters[i].color, clusters[i].share);
    status = SWATCH_OK;
done:
    if (status)
        *colors = (swatch_colors){0};
    image_free(&mask);
    image_free(&straight);
    return status;
}
