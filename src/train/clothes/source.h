// A decoded photo with its classes, to be sampled at any scale. It does not change once it is made,
// so the loader's threads share it.
#ifndef TRAIN_CLOTHES_SOURCE_H
#define TRAIN_CLOTHES_SOURCE_H

#include "data/dataset.h"

#define SOURCE_OUTSIDE 254 // the class of what lies outside the photo

#define SOURCE_LEVELS 8

struct source {
    size_t width, height;
    size_t levels; // 1 .. SOURCE_LEVELS
    // Level l is the photo shrunk by 2^l: (ceil(height / 2^l), ceil(width / 2^l), 3). One byte
    // behind the last pixel may be read, too.
    uint8_t *photo[SOURCE_LEVELS];
    uint8_t *classes; // (height, width); DATASET_UNKNOWN where the class is not known
    size_t box[4];    // left, top, right, bottom of the pixels that source_shows; the whole photo
                      //   if there are none
    size_t bytes;     // of memory
};

static inline size_t source_side(size_t side, size_t level)
{
    return (side + ((size_t)1 << level) - 1) >> level;
}

// Returns 1 if pixel i is known to show the person: its class is known and not 0.
static inline int source_shows(const struct source *source, size_t i)
{
    return source->classes[i] != 0 && source->classes[i] != DATASET_UNKNOWN;
}

// Makes a source of copies of photo (3 bands) and classes (1 band, the same size).
int source_new(const struct image *photo, const struct image *classes, struct source **source,
               swatch_error *error);
void source_free(struct source *source);

#endif
