// A caller's mask brought to the photo's size.
#ifndef EXTRACT_MASK_H
#define EXTRACT_MASK_H

#include <swatch.h>

#include "image/image.h"

// A caller's mask of a picture (above 127 inside) at the photo's size, 0 or 255. It must be
// of the photo's shape, to within rounding; `name` is the photo's and `what` the mask's in
// messages.
int mask_fit(const char *name, const char *what, const uint8_t *given, size_t width, size_t height,
             const struct image *photo, struct image *mask, swatch_error *error);
// The same as it is, 0-255.
int mask_scale(const char *name, const char *what, const uint8_t *given, size_t width,
               size_t height, const struct image *photo, struct image *mask, swatch_error *error);

#endif
