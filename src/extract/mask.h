// Scales a caller's mask to the photo's size.
#ifndef EXTRACT_MASK_H
#define EXTRACT_MASK_H

#include <swatch.h>

#include "image/image.h"

// Scales a mask (above 127 is inside) to the photo's size; the result is 0 or 255. The mask must
// have the photo's shape, to within rounding. Messages call the photo `name` and the mask `what`.
int mask_fit(const char *name, const char *what, const uint8_t *given, size_t width, size_t height,
             const struct image *photo, struct image *mask, swatch_error *error);
// The same, but keeps all values 0-255.
int mask_scale(const char *name, const char *what, const uint8_t *given, size_t width,
               size_t height, const struct image *photo, struct image *mask, swatch_error *error);

#endif
