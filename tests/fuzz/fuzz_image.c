// Decodes any bytes as a photo of at most a megapixel.

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct image image;
    if (image_load_memory("input", data, size, 1 << 20, &image, NULL) == 0)
        image_free(&image);
    return 0;
}
