// A decoded photo with its classes, ready to be sampled at any scale: immutable once made, so that
// the loader's threads share it.
#ifndef TRAIN_CLOTHES_SOURCE_H
#define TRAIN_CLOTHES_SOURCE_H

#include "data/dataset.h"

#define SOURCE_OUTSIDE 254 // the class of what lies outside the photo

#define SOURCE_LEVELS 8

struct source {
    size_t width, height;
    size_t levels; // 1 .. SOURCE_LEVELS
    // Level l is the photo shrunk by 2^l, (ceil(height / 2^l), ceil(width / 2^l), 3), each pixel
    // the mean of four of the level before; one byte more is readable behind the last pixel.
    uint8_t *photo[SOURCE_LEVELS];
    uint8_t *classes; // (height, width); DATASET_UNKNOWN where nobody has said
    size_t box[4]; // left, top, right, bottom of all that is known not to be class 0; the photo if
                   //   nothing is
    size_t bytes;  // of memory it takes
};

static inline size_t source_side(size_t side, size_t level)
{
    return (side + ((size_t)1 << level) - 1) >> level;
}

// Whether pixel i is known to show something of the person.
static inline int source_shows(const struct source *source, size_t i)
{
    return source->classes[i] != 0 && source->classes[i] != DATASET_UNKNOWN;
}

// Copies photo (3 bands) and the classes of its pixels (1 band of the same size).
int source_new(const struct image *photo, const struct image *classes, struct source **source,
               swatch_error *error);
void source_free(struct source *source);

#endif
