// Builds the pyramid that a photo is sampled from. Each level is the means of 2x2 pixels of the one
// before. Where a side is odd, its last column or row counts twice. So the levels stay aligned:
// pixel i of level l covers the photo's pixels i * 2^l to (i + 1) * 2^l - 1.
#include "train/clothes/source.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static void halve(const uint8_t *from, size_t width, size_t height, uint8_t *to)
{
    for (size_t y = 0; y < height; y += 2) {
        const uint8_t *upper = from + y * width * 3;
        const uint8_t *lower = y + 1 < height ? upper + width * 3 : upper;
        for (size_t x = 0; x < width; x += 2) {
            size_t left = x * 3, right = x + 1 < width ? left + 3 : left;
            for (size_t c = 0; c < 3; c++)
                *to++ = (uint8_t)((upper[left + c] + upper[right + c] + lower[left + c] +
                                   lower[right + c] + 2) /
                                  4);
        }
    }
}

static void find_box(struct source *source)
{
    size_t left = source->width, right = 0, top = source->height, bottom = 0;
    for (size_t y = 0; y < source->height; y++)
        for (size_t x = 0; x < source->width; x++)
            if (source_shows(source, y * source->width + x)) {
                left = x < left ? x : left;
                right = x + 1 > right ? x + 1 : right;
                top = y < top ? y : top;
                bottom = y + 1;
            }
    const size_t all[4] = {0, 0, source->width, source->height};
    const size_t box[4] = {left, top, right, bottom};
    memcpy(source->box, right ? box : all, sizeof box);
}

int source_new(const struct image *photo, const struct image *classes, struct source **source,
               swatch_error *error)
{
    size_t width = photo->width, height = photo->height, area = width * height;
    struct source *made = calloc(1, sizeof *made);
    if (!made)
        return error_memory(error);
    made->width = width;
    made->height = height;
    made->classes = malloc(area);
    if (!made->classes)
        goto fail;
    memcpy(made->classes, classes->pixels, area);
    find_box(made);
    made->bytes = sizeof *made + area;
    for (size_t level = 0; level < SOURCE_LEVELS; level++) {
        size_t w = source_side(width, level), h = source_side(height, level);
        made->photo[level] = malloc(w * h * 3 + 1);
        if (!made->photo[level])
            goto fail;
        if (level == 0)
            memcpy(made->photo[0], photo->pixels, area * 3);
        else
            halve(made->photo[level - 1], source_side(width, level - 1),
                  source_side(height, level - 1), made->photo[level]);
        made->photo[level][w * h * 3] = 0;
        made->bytes += w * h * 3 + 1;
        made->levels = level + 1;
        if (w == 1 && h == 1)
            break;
    }
    *source = made;
    return 0;
fail:
    source_free(made);
    return error_memory(error);
}

void source_free(struct source *source)
{
    if (!source)
        return;
    for (size_t level = 0; level < SOURCE_LEVELS; level++)
        free(source->photo[level]);
    free(source->classes);
    free(source);
}
