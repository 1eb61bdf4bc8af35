// The geometry of a photo on a canvas; see the header.
#include "image/letterbox.h"

// round(side * numerator / denominator) in 1 .. most. Doubles hold pixel counts exactly.
static size_t scaled(size_t side, size_t numerator, size_t denominator, size_t most)
{
    size_t length = (size_t)((double)side * (double)numerator / (double)denominator + 0.5);
    length = length < 1 ? 1 : length;
    return length > most ? most : length;
}

void letterbox_fit(size_t width, size_t height, size_t canvas_width, size_t canvas_height,
                   struct letterbox *letterbox)
{
    // canvas_width / width <= canvas_height / height: the photo is the wider of the two.
    if ((double)canvas_width * (double)height <= (double)canvas_height * (double)width) {
        letterbox->width = canvas_width;
        letterbox->height = scaled(height, canvas_width, width, canvas_height);
    } else {
        letterbox->width = scaled(width, canvas_height, height, canvas_width);
        letterbox->height = canvas_height;
    }
    letterbox->left = (canvas_width - letterbox->width) / 2;
    letterbox->top = (canvas_height - letterbox->height) / 2;
}
