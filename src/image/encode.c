// WebP, AVIF and JPEG by libvips.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/vips.h"

#define SIDE_LIMIT 16383

// Encodes with libvips' saver for a file ending, which carries the saver's options. `format` is
// what messages call it.
static int encode(const struct image *image, const char *format, const char *ending, void **data,
                  size_t *size, swatch_error *error)
{
    VipsImage *picture = NULL, *tagged = NULL;
    void *bytes = NULL;
    int status = SWATCH_FAILED;
    if (image_start()) {
        image_fault("libvips", error);
        return SWATCH_FAILED;
    }
    picture = vips_image_new_from_memory(image->pixels, image->width * image->height * image->bands,
                                         (int)image->width, (int)image->height, (int)image->bands,
                                         VIPS_FORMAT_UCHAR);
    if (!picture ||
        vips_copy(picture, &tagged, "interpretation",
                  image->bands == 1 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL) ||
        vips_image_write_to_buffer(tagged, ending, &bytes, size, NULL)) {
        image_fault(format, error);
        goto done;
    }
    // GLib's memory may need GLib's free.
    *data = malloc(*size);
    if (!*data) {
        error_memory(error);
        goto done;
    }
    memcpy(*data, bytes, *size);
    status = SWATCH_OK;
done:
    g_free(bytes);
    g_clear_object(&tagged);
    g_clear_object(&picture);
    return status;
}

int image_encode_webp(const struct image *image, int quality, void **data, size_t *size,
                      swatch_error *error)
{
    char ending[64];
    if (image->width > SIDE_LIMIT || image->height > SIDE_LIMIT)
        return error_set(error, SWATCH_USAGE, "WebP: %zu x %zu pixels; a side holds at most %d",
                         image->width, image->height, SIDE_LIMIT);
    if (quality == 100)
        snprintf(ending, sizeof ending, ".webp[lossless,effort=2]");
    else
        snprintf(ending, sizeof ending, ".webp[Q=%d,alpha_q=100,smart_subsample,effort=2]",
                 quality);
    return encode(image, "WebP", ending, data, size, error);
}

// The saver for AVIF may be in a module.
static int can_avif(void)
{
    int can = !image_start() && vips_foreign_find_save_target(".avif");
    if (!can) {
        image_load_modules();
        can = vips_foreign_find_save_target(".avif") != NULL;
    }
    vips_error_clear();
    return can;
}

int image_encode_avif(const struct image *image, int quality, void **data, size_t *size,
                      swatch_error *error)
{
    char ending[64];
    if (!can_avif())
        return error_set(error, SWATCH_USAGE, "AVIF: the installed libvips does not write it");
    snprintf(ending, sizeof ending, ".avif[Q=%d,effort=2]", quality);
    return encode(image, "AVIF", ending, data, size, error);
}

int image_encode_jpeg(const struct image *image, int quality, void **data, size_t *size,
                      swatch_error *error)
{
    char ending[32];
    snprintf(ending, sizeof ending, ".jpg[Q=%d,strip]", quality);
    return encode(image, "JPEG", ending, data, size, error);
}
