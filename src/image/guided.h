// Moves the edges of a rough map to those of the photo: a guided filter (He, Sun, Tang, PAMI 2013)
// with a color guide, in its fast form (He, Sun, arXiv 1505.00996). Near each pixel, a number of
// the map is approximated by a linear function of the photo's color. The functions may be
// interpolated to a larger photo than the one they were found on.
#ifndef IMAGE_GUIDED_H
#define IMAGE_GUIDED_H

#include <stddef.h>
#include <stdint.h>

#define GUIDED_EPSILON 0.004f // for answers of networks

struct guided {
    const float *guide; // (height, stride, 3): the photo in -1..1
    const float *map;   // (height, stride, each)
    size_t height, width, stride, each;
    const uint8_t *channels; // those of the map's that are filtered,
    size_t count;            //   and how many
    size_t radius;           // of the window, at least 1
    // Above 0: the variance of a channel's color, from which on the function follows the color.
    float epsilon;
};

// Returns how many floats of room guided_rows needs for so many rows.
size_t guided_room(const struct guided *guided, size_t rows);
// Finds, for each pixel of the rows first .. last - 1, the linear functions that give the channels
// from the color there, in -1..1: functions (rows, width, 4, count), three slopes and a constant.
void guided_rows(const struct guided *guided, size_t first, size_t last, float *room,
                 float *functions);

#endif
