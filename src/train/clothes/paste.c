#include "train/clothes/paste.h"

#include "train/clothes/source.h"

static int kept(uint8_t label)
{
    return label != 0 && label != SOURCE_OUTSIDE;
}

// Returns the share of a pixel and its eight neighbours that is kept. Beyond the canvas its edge
// repeats.
static float share(const uint8_t *labels, size_t height, size_t width, size_t y, size_t x)
{
    int sum = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            size_t v = y + i, u = x + k;
            v = v < 1 ? 0 : v > height ? height - 1 : v - 1;
            u = u < 1 ? 0 : u > width ? width - 1 : u - 1;
            sum += kept(labels[v * width + u]);
        }
    return (float)sum / 9;
}

void paste_behind(float *photo, uint8_t *labels, const float *other_photo,
                  const uint8_t *other_labels, size_t height, size_t width)
{
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t i = y * width + x;
            const float own = labels[i] == SOURCE_OUTSIDE ? 0 : share(labels, height, width, y, x);
            for (size_t c = 0; c < 3; c++)
                photo[3 * i + c] = own * photo[3 * i + c] + (1 - own) * other_photo[3 * i + c];
        }
    for (size_t i = 0; i < width * height; i++)
        if (!kept(labels[i]))
            labels[i] = other_labels[i];
}
