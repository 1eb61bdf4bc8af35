// Measures how tall the person is in the labels.
#include "extract/body.h"

size_t person_height(const struct image *labels)
{
    size_t top = labels->height, bottom = 0;
    for (size_t y = 0; y < labels->height; y++)
        for (size_t x = 0; x < labels->width; x++)
            if (labels->pixels[y * labels->width + x]) {
                top = y < top ? y : top;
                bottom = y;
                break;
            }
    return top > bottom ? 0 : bottom - top + 1;
}
