// WebP by libvips.

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/vips.h"

#define SIDE_LIMIT 16383

int image_encode_webp(const struct image *image, void **data, size_t *size, swatch_error *error)
{
    VipsImage *picture = NULL, *tagged = NULL;
    void *bytes = NULL;
    int status = SWATCH_FAILED;
    if (image->width > SIDE_LIMIT || image->height > SIDE_LIMIT)
        return error_set(error, SWATCH_USAGE, "WebP: %zu x %zu pixels; a side holds at most %d",
                         image->width, image->height, SIDE_LIMIT);
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
        vips_webpsave_buffer(tagged, &bytes, size, "lossless", TRUE, "effort", 2, NULL)) {
        image_fault("WebP", error);
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
