// swatch_photo and masks: decoding files, copying pixels.

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
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

// Decodes a file, or if data is not NULL a file's bytes.
static int photo_load(const char *name, const void *data, size_t size,
                      const swatch_photo_options *options, swatch_photo **photo,
                      swatch_error *error)
{
    swatch_photo_options o;
    swatch_photo *p = NULL;
    const double start = clock_seconds();
    int status = API_OPTIONS(o, options, error);
    status = status ? status : photo_new(name, &p, error);
    if (status)
        return status;
    struct image_reading how = {.limit = o.max_pixels,
                                .strict = o.strict,
                                .memory = o.max_memory,
                                .admit = o.admit,
                                .user = o.user};
    status = data ? image_load_photo_memory(name, data, size, &how, &p->image, &p->alpha, error)
                  : image_load_photo(name, &how, &p->image, &p->alpha, error);
    if (status) {
        swatch_photo_free(p);
        return status;
    }
    memcpy(p->notice, how.notice, sizeof p->notice);
    p->seconds = clock_seconds() - start;
    *photo = p;
    return SWATCH_OK;
}

int swatch_photo_open(const char *path, const swatch_photo_options *options, swatch_photo **photo,
                      swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(photo, error);
    *photo = NULL;
    API_NEEDS(path, error);
    return api_end(photo_load(path, NULL, 0, options, photo, &own), &own, error);
}

int swatch_photo_from_memory(const char *name, const void *data, size_t bytes,
                             const swatch_photo_options *options, swatch_photo **photo,
                             swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(photo, error);
    *photo = NULL;
    API_NEEDS(name, error);
    API_NEEDS(data, error);
    return api_end(photo_load(name, data, bytes, options, photo, &own), &own, error);
}

// How a pixel of each format lies in memory.
static const struct layout {
    size_t bytes;
    unsigned red, green, blue;
    int alpha; // its byte in the pixel, or -1
} layouts[] = {
    [SWATCH_RGB] = {3, 0, 1, 2, -1},  [SWATCH_BGR] = {3, 2, 1, 0, -1},
    [SWATCH_RGBA] = {4, 0, 1, 2, 3},  [SWATCH_BGRA] = {4, 2, 1, 0, 3},
    [SWATCH_GREY] = {1, 0, 0, 0, -1},
};

static int check_pixels(const swatch_pixels *p, const char *name, swatch_error *error)
{
    if (!p->data)
        return error_set(error, SWATCH_USAGE, "%s: its pixels are NULL", name);
    if ((unsigned)p->format >= sizeof layouts / sizeof *layouts)
        return error_set(error, SWATCH_USAGE, "%s: there is no pixel format %d", name,
                         (int)p->format);
    if (p->width == 0 || p->height == 0 || p->width > SIZE_MAX / 4 / p->height)
        return error_set(error, SWATCH_USAGE, "%s: %zu x %zu pixels are no picture", name, p->width,
                         p->height);
    if (p->format != SWATCH_RGB && (p->alpha || p->notice))
        return error_set(error, SWATCH_USAGE, "%s: alpha or a notice goes with RGB alone", name);
    if (p->stride && p->stride < layouts[p->format].bytes * p->width)
        return error_set(error, SWATCH_USAGE, "%s: a stride of %zu bytes holds no %zu pixels", name,
                         p->stride, p->width);
    return SWATCH_OK;
}

// Puts a transparent value on white, as decoding a file does.
static uint8_t on_white(uint8_t value, uint8_t alpha)
{
    return (uint8_t)(255 - ((255 - value) * alpha + 127) / 255);
}

static void copy_row(const struct layout *layout, const uint8_t *from, size_t width, uint8_t *rgb,
                     uint8_t *alphas)
{
    for (size_t x = 0; x < width; x++, from += layout->bytes, rgb += 3) {
        const uint8_t alpha = layout->alpha < 0 ? 255 : from[layout->alpha];
        rgb[0] = on_white(from[layout->red], alpha);
        rgb[1] = on_white(from[layout->green], alpha);
        rgb[2] = on_white(from[layout->blue], alpha);
        if (alphas)
            alphas[x] = alpha;
    }
}

static int photo_copy(const char *name, const swatch_pixels *pixels, swatch_photo **photo,
                      swatch_error *error)
{
    swatch_pixels given;
    swatch_photo *p = NULL;
    int status = API_OPTIONS(given, pixels, error);
    status = status ? status : check_pixels(&given, name, error);
    status = status ? status : photo_new(name, &p, error);
    if (status)
        return status;
    const struct layout *layout = &layouts[given.format];
    const size_t stride = given.stride ? given.stride : layout->bytes * given.width;
    if ((status = image_new(&p->image, given.width, given.height, 3, error)) ||
        ((layout->alpha >= 0 || given.alpha) &&
         (status = image_new(&p->alpha, given.width, given.height, 1, error)))) {
        swatch_photo_free(p);
        return status;
    }
    int opaque = 1;
    for (size_t y = 0; y < given.height; y++)
        copy_row(layout, given.data + y * stride, given.width,
                 p->image.pixels + 3 * y * given.width,
                 layout->alpha >= 0 ? p->alpha.pixels + y * given.width : NULL);
    if (given.alpha)
        memcpy(p->alpha.pixels, given.alpha, given.width * given.height);
    if (given.notice)
        snprintf(p->notice, sizeof p->notice, "%s", given.notice);
    for (size_t i = 0; p->alpha.pixels && i < given.width * given.height && opaque; i++)
        opaque = p->alpha.pixels[i] == 255;
    if (opaque)
        image_free(&p->alpha);
    *photo = p;
    return SWATCH_OK;
}

int swatch_photo_from_pixels(const char *name, const swatch_pixels *pixels, swatch_photo **photo,
                             swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(photo, error);
    *photo = NULL;
    API_NEEDS(name, error);
    API_NEEDS(pixels, error);
    return api_end(photo_copy(name, pixels, photo, &own), &own, error);
}

int swatch_photo_pixels(const swatch_photo *photo, swatch_pixels *pixels, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(photo, error);
    API_NEEDS(pixels, error);
    const swatch_pixels lent = {.data = photo->image.pixels,
                                .width = photo->image.width,
                                .height = photo->image.height,
                                .stride = 3 * photo->image.width,
                                .format = SWATCH_RGB,
                                .alpha = photo->alpha.pixels,
                                .notice = swatch_photo_notice(photo)};
    return api_end(api_fill(pixels, &lent, sizeof lent, "pixels", &own), &own, error);
}

int swatch_photo_set_source(swatch_photo *photo, const char *json, swatch_error *error)
{
    API_NEEDS(photo, error);
    json_t *parsed = json ? json_loads(json, 0, NULL) : NULL;
    const int wrong = json && !json_is_object(parsed);
    char *copy = json && !wrong ? strdup(json) : NULL;
    json_decref(parsed);
    if (wrong)
        return error_set(error, SWATCH_USAGE, "%s: its source is no JSON object", photo->name);
    if (json && !copy)
        return error_memory(error);
    free(photo->source);
    photo->source = copy;
    return SWATCH_OK;
}

void swatch_photo_free(swatch_photo *photo)
{
    if (!photo)
        return;
    image_free(&photo->image);
    image_free(&photo->alpha);
    free(photo->name);
    free(photo->source);
    free(photo);
}

const char *swatch_photo_notice(const swatch_photo *photo)
{
    return *photo->notice ? photo->notice : NULL;
}

size_t swatch_photo_width(const swatch_photo *photo)
{
    return photo->image.width;
}

size_t swatch_photo_height(const swatch_photo *photo)
{
    return photo->image.height;
}

int swatch_mask_open(const char *path, const swatch_photo_options *options, uint8_t **mask,
                     size_t *width, size_t *height, swatch_error *error)
{
    swatch_photo_options o;
    swatch_error own = {.status = SWATCH_OK};
    struct image image = {0};
    API_NEEDS(mask, error);
    API_NEEDS(width, error);
    API_NEEDS(height, error);
    *mask = NULL;
    *width = *height = 0;
    API_NEEDS(path, error);
    int status = API_OPTIONS(o, options, &own);
    struct image_reading how = {.limit = o.max_pixels, .memory = o.max_memory};
    status = status ? status : image_load_mask(path, &how, &image, &own);
    if (status)
        return api_end(status, &own, error);
    *mask = image.pixels;
    *width = image.width;
    *height = image.height;
    return SWATCH_OK;
}
