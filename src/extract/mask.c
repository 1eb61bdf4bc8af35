// Scales a caller's mask to the photo's size.

#include <math.h>

#include "base/error.h"
#include "extract/mask.h"

int mask_scale(const char *name, const char *what, const uint8_t *given, size_t width,
               size_t height, const struct image *photo, struct image *mask, swatch_error *error)
{
    const struct image view = {
        .width = width, .height = height, .bands = 1, .pixels = (uint8_t *)given};
    if (width == 0 || height == 0)
        return error_set(error, SWATCH_USAGE, "%s: its %s has no pixels", name, what);
    // The same shape to within a pixel of rounding on the smaller of the two.
    const double skew =
        (double)photo->width * (double)height / ((double)photo->height * (double)width);
    const double smaller = fmin(fmin((double)photo->width, (double)width),
                                fmin((double)photo->height, (double)height));
    if (fabs(skew - 1) > 1.5 / smaller)
        return error_set(error, SWATCH_USAGE,
                         "%s: is %zu x %zu, its %s %zu x %zu, which is another shape", name,
                         photo->width, photo->height, what, width, height);
    return image_resize(&view, photo->width, photo->height, mask, error);
}

int mask_fit(const char *name, const char *what, const uint8_t *given, size_t width, size_t height,
             const struct image *photo, struct image *mask, swatch_error *error)
{
    const int same = width == photo->width && height == photo->height;
    const int status = same ? image_new(mask, width, height, 1, error)
                            : mask_scale(name, what, given, width, height, photo, mask, error);
    if (status)
        return status;
    const uint8_t *from = same ? given : mask->pixels;
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t y = 0; y < photo->height; y++)
        for (size_t i = y * photo->width; i < (y + 1) * photo->width; i++)
            mask->pixels[i] = from[i] > 127 ? 255 : 0;
    return SWATCH_OK;
}
