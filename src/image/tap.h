// Linear interpolation between the pixels of one line, to a line of another length.
#ifndef IMAGE_TAP_H
#define IMAGE_TAP_H

#include <stddef.h>

// A sample lies between pixels `low` and `high`, `weight` of the way.
struct tap {
    size_t low, high;
    float weight;
};

// Samples a line of `length` pixels at a place, 0 at the first one's center; beyond the outermost
// centers it stays there.
static inline struct tap tap_place(double at, size_t length)
{
    const size_t low = at <= 0 ? 0 : at < (double)length - 1 ? (size_t)at : length - 1;
    return (struct tap){.low = low,
                        .high = low + 1 < length ? low + 1 : low,
                        .weight = at > 0 ? (float)(at - (double)low) : 0};
}

// Where pixel i of `size` pixels samples a line of `length` pixels, center on center.
static inline struct tap tap_at(size_t i, size_t size, size_t length)
{
    return tap_place(((double)i + 0.5) * (double)length / (double)size - 0.5, length);
}

#endif
