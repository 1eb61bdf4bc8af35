// Helpers for tests of the public interface: photos from packed RGB, models in f32.
#ifndef TESTS_PHOTO_H
#define TESTS_PHOTO_H

#include <swatch.h>

#include "test.h"

// f32 gives the same numbers on every processor.
__attribute__((unused)) static const swatch_model_options in_f32 = {
    .size = sizeof(swatch_model_options), .precision = SWATCH_PRECISION_F32};

// (height, width, 3), copied. The caller frees it.
__attribute__((unused)) static swatch_photo *photo_of(const char *name, const uint8_t *rgb,
                                                      size_t width, size_t height)
{
    swatch_pixels pixels = SWATCH_PIXELS_INIT;
    swatch_photo *photo = NULL;
    pixels.data = rgb;
    pixels.width = width;
    pixels.height = height;
    CHECK(swatch_photo_from_pixels(name, &pixels, &photo, NULL) == 0);
    return photo;
}

#endif
