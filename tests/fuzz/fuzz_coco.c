// Annotation files in COCO's format, and the masks in them.
#include <stdlib.h>

#include "data/coco.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct coco coco;
    if (coco_parse("fuzz.json", (const char *)data, size, "person", &coco, NULL))
        return 0;
    for (size_t i = 0; i < coco.count; i++) {
        const struct coco_image *image = &coco.images[i];
        if (image->width * image->height > 1 << 20)
            continue;
        uint8_t *mask = malloc(image->width * image->height);
        for (size_t k = 0; mask && k < image->count; k++)
            coco_mask(&coco, image, &image->annotations[k], mask, NULL);
        free(mask);
    }
    coco_close(&coco);
    return 0;
}
