// The cloth of a garment, made small: what pattern.c and figures.c look at.
#ifndef EXTRACT_CLOTH_H
#define EXTRACT_CLOTH_H

#include <stddef.h>
#include <stdint.h>

struct cloth {
    size_t width, height;
    float *lab;    // (height, width, 3) OKLab, a and b with a weight, smoothed
    uint8_t *seen; // (height, width) 1: the cloth is there and around it
    float *weight; // (height, width) of an edge, or 0
    float *angle;  // (height, width) across the edge, radians; where there is a weight
    size_t pixels; // seen
};

static inline float *cloth_at(const struct cloth *c, size_t x, size_t y)
{
    return c->lab + 3 * (y * c->width + x);
}

#endif
