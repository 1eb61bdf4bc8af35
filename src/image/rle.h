// Masks as COCO writes them: lengths of runs of 0 and 1 in turn, 0 first, down the columns from the
// left. Polygons become masks exactly as pycocotools makes them, so that areas and overlaps agree.
#ifndef IMAGE_RLE_H
#define IMAGE_RLE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

struct rle {
    size_t width, height;
    uint32_t *runs; // owned; they sum to width * height
    size_t count;
};

// Encodes a mask (height, width), set where it is not 0. The caller calls rle_free.
int rle_encode(const uint8_t *mask, size_t width, size_t height, struct rle *rle,
               swatch_error *error);
// Reads the string form: 6 bits a character, from '0' on; from the third run on, the difference to
// the run two before. A string that is not of this form, or whose runs do not sum to the size, is
// an error; `name` is for its message.
int rle_from_string(const char *name, const char *text, size_t width, size_t height,
                    struct rle *rle, swatch_error *error);
// The same from the lengths themselves.
int rle_from_runs(const char *name, const uint32_t *runs, size_t count, size_t width, size_t height,
                  struct rle *rle, swatch_error *error);
void rle_free(struct rle *rle);

// Sets mask (height, width) to 255 inside and 0 outside.
void rle_decode(const struct rle *rle, uint8_t *mask);
// Returns the string form, which the caller frees. NULL without memory.
char *rle_to_string(const struct rle *rle);
size_t rle_area(const struct rle *rle);
// Pixels that are set in both; the sizes must agree.
size_t rle_intersection(const struct rle *a, const struct rle *b);

// Sets to 255 the pixels of mask (height, width) inside the polygon of `count` points x, y, in
// pixels with the corner of the first at 0. Less than three points: nothing. Points farther from
// the picture than its own side are brought that near.
int polygon_fill(const double *points, size_t count, size_t width, size_t height, uint8_t *mask,
                 swatch_error *error);

#endif
