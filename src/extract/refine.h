// Edges of the classes drawn along those of the photo.
#ifndef EXTRACT_REFINE_H
#define EXTRACT_REFINE_H

#include "data/classes.h"

// Class probabilities on the part of a canvas that a photo fills, and that part of the photo
// itself.
struct refine {
    const float *guide;  // (height, stride, 3) in -1..1
    const float *answer; // (height, stride, outputs)
    size_t height, width, stride, outputs;
    uint8_t classes[CLASSES_MAX]; // those that are refined,
    size_t count;                 //   and how many
    size_t radius;                // of the window, at least 1
};

// The radius for a canvas of that size.
size_t refine_radius(size_t height, size_t width);
// Numbers that refine_rows needs for so many rows.
size_t refine_room(const struct refine *refine, size_t rows);
// For each pixel of the rows first .. last - 1 the linear functions that give the probability of
// each class by the color there, in -1..1: functions (rows, width, 4, count), three slopes and a
// constant. A row is the same bits whatever rows it is asked for with, to within rounding.
void refine_rows(const struct refine *refine, size_t first, size_t last, float *room,
                 float *functions);

#endif
