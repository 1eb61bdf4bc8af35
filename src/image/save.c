// Encoding as PNG. Compression is a user's choice of seconds against bytes; filters are off below
// level 4, where they cost more time than they save space in pictures that are mostly one color.

#include "base/error.h"
#include "base/file.h"
#include "image/vips.h"

int image_save_png(const struct image *image, const char *path, int compression,
                   swatch_error *error)
{
    VipsImage *view = vips_view(image), *tagged = NULL;
    void *data = NULL;
    size_t size;
    int status = SWATCH_FAILED;
    // From memory, pixels come without a meaning; sRGB or grey keeps libvips from guessing.
    if (!view ||
        vips_copy(view, &tagged, "interpretation",
                  image->bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, NULL) ||
        vips_pngsave_buffer(tagged, &data, &size, "compression", compression, "filter",
                            compression < 4 ? VIPS_FOREIGN_PNG_FILTER_NONE
                                            : VIPS_FOREIGN_PNG_FILTER_ALL,
                            "strip", TRUE, NULL)) {
        vips_fault(path, error);
        goto done;
    }
    status = file_write(path, data, size, error);
done:
    g_free(data);
    if (tagged)
        g_object_unref(tagged);
    if (view)
        g_object_unref(view);
    return status;
}
