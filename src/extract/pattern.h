// How cloth is patterned.
#ifndef EXTRACT_PATTERN_H
#define EXTRACT_PATTERN_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

struct pattern {
    const char *name;  // plain, striped, checked, dotted or print, static; NULL: too little is seen
    double confidence; // how clearly the measures lie on this side of their bounds, 0-1
};

// The numbers that the bounds are set on, for tests and for finding better bounds.
struct pattern_measures {
    double edges;  // share of the pixels that lie on sharp edges
    double spread; // share of the tiles that have edges
    double one;    // how far edges run in one direction, 0-1
    double two;    // ... in two directions across each other, 0-1
    double round;  // share of the figures' pixels that is in round figures of about one size
    size_t rounds; // such figures
};

// Judges the pixels of rgb (height, width, 3) whose mask (height, width) is not 0, `rim` pixels
// away from the mask's edge. pattern.c tells how. measures may be NULL.
int pattern_find(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width, size_t rim,
                 struct pattern *pattern, struct pattern_measures *measures, swatch_error *error);

#endif
