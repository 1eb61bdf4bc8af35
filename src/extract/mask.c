// A caller's mask, made to fit the photo.

#include <math.h>

#include "base/error.h"
#include "extract/pipeline.h"

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
    const int status = mask_scale(name, what, given, width, height, photo, mask, error);
    for (size_t i = 0; !status && i < photo->width * photo->height; i++)
        mask->pixels[i] = mask->pixels[i] > 127 ? 255 : 0;
    return status;
}
