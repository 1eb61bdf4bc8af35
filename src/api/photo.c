// Photos and masks.

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "extract/photo.h"

static int photo_new(const char *name, swatch_photo **photo, swatch_error *error)
{
    swatch_photo *p = calloc(1, sizeof *p);
    if (p)
        p->name = strdup(name);
    if (!p || !p->name) {
        free(p);
        return error_memory(error);
    }
    *photo = p;
    return SWATCH_OK;
}

int swatch_photo_open(const char *path, size_t max_pixels, swatch_photo **photo,
                      swatch_error *error)
{
    swatch_photo *p = NULL;
    const double start = clock_now();
    if (photo_new(path, &p, error))
        return SWATCH_FAILED;
    const int status = image_load_alpha(path, max_pixels, &p->image, &p->alpha, error);
    if (status) {
        swatch_photo_free(p);
        return status;
    }
    p->seconds = clock_now() - start;
    *photo = p;
    return SWATCH_OK;
}

int swatch_photo_from_memory(const char *name, const void *data, size_t size, size_t max_pixels,
                             swatch_photo **photo, swatch_error *error)
{
    swatch_photo *p = NULL;
    const double start = clock_now();
    if (photo_new(name, &p, error))
        return SWATCH_FAILED;
    const int status =
        image_load_alpha_memory(name, data, size, max_pixels, &p->image, &p->alpha, error);
    if (status) {
        swatch_photo_free(p);
        return status;
    }
    p->seconds = clock_now() - start;
    *photo = p;
    return SWATCH_OK;
}

int swatch_photo_from_pixels(const char *name, const uint8_t *rgb, size_t width, size_t height,
                             swatch_photo **photo, swatch_error *error)
{
    swatch_photo *p = NULL;
    if (photo_new(name, &p, error))
        return SWATCH_FAILED;
    if (image_new(&p->image, width, height, 3, error)) {
        swatch_photo_free(p);
        return SWATCH_USAGE;
    }
    memcpy(p->image.pixels, rgb, width * height * 3);
    *photo = p;
    return SWATCH_OK;
}

void swatch_photo_free(swatch_photo *photo)
{
    if (!photo)
        return;
    image_free(&photo->image);
    image_free(&photo->alpha);
    free(photo->name);
    free(photo);
}

size_t swatch_photo_width(const swatch_photo *photo)
{
    return photo->image.width;
}

size_t swatch_photo_height(const swatch_photo *photo)
{
    return photo->image.height;
}

int swatch_mask_open(const char *path, uint8_t **mask, size_t *width, size_t *height,
                     swatch_error *error)
{
    struct image image;
    if (image_load_mask(path, 0, &image, error))
        return SWATCH_FAILED;
    *mask = image.pixels;
    *width = image.width;
    *height = image.height;
    return SWATCH_OK;
}
