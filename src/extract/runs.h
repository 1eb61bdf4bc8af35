// A label map as runs of equal pixels along its rows, joined from row to row into pieces:
// 4-connected parts of one class.
#ifndef EXTRACT_RUNS_H
#define EXTRACT_RUNS_H

#include "image/image.h"

struct run {
    size_t first, last; // columns, inclusive
    uint32_t parent;    // run of the same piece; see runs_root
    uint8_t label;
};

struct runs {
    struct run *runs; // row by row, from left to right
    size_t *row;      // (height + 1): first run of each row, and the count behind the last
    size_t count, height;
};

// Finds the runs of labels (H, W, 1) and joins them into pieces. In any case the caller calls
// runs_free.
int runs_find(const struct image *labels, struct runs *r, swatch_error *error);
void runs_free(struct runs *r);
// The run that stands for the whole piece of run i: its first one.
uint32_t runs_root(struct runs *r, size_t i);
// The run that holds pixel (y, x).
size_t runs_at(const struct runs *r, size_t y, size_t x);
// Calls `meet` for every two runs of neighbouring rows that touch, with the length they share.
void runs_for_touching(struct runs *r, void (*meet)(void *user, size_t a, size_t b, size_t length),
                       void *user);

#endif
