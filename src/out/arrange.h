// Arranges pictures of given shapes in a room.
#ifndef OUT_ARRANGE_H
#define OUT_ARRANGE_H

#include "image/image.h"

#define ARRANGE_MOST 8 // pictures

// A picture's sides, pixels, each above 0.
struct shape {
    double width, height;
};

struct arrangement {
    size_t gap;          // between cells, pixels
    size_t across, down; // pixels of a cell's width and height that its picture does not get
    double most;         // how many times as large as it is a picture may become
};

// How large a picture can be drawn in a cell.
double arrange_scale(struct shape shape, struct rect cell, const struct arrangement *how);

// Shares `length` pixels among parts by their weights, each above 0. from (count + 1) gets where
// each part begins, and where one behind the last would.
void arrange_share(const double *weights, size_t count, size_t length, size_t gap, size_t *from);

// Fills the room with a cell for each picture (count: 1 to ARRANGE_MOST), in their order, in rows
// or in columns. It takes the arrangement in which the product of all scales is largest, so that no
// picture is large at the cost of another, and returns that product's logarithm. The room must have
// space for `count` cells with their gaps in a row and in a column.
double arrange(const struct shape *shapes, size_t count, struct rect room,
               const struct arrangement *how, struct rect *cells);

#endif
