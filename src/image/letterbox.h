// Where a photo lies when it is scaled to fit a canvas and centered on it. Training, validation and
// extraction share this, so the network is used as it was trained.
#ifndef IMAGE_LETTERBOX_H
#define IMAGE_LETTERBOX_H

#include <stddef.h>

// The photo fills the canvas rectangle [left, left + width) x [top, top + height); the rest is
// border. The center of photo pixel x lies at canvas column
//     left + (x + 0.5) * width / photo_width - 0.5
// with 0 the center of the canvas' first pixel; rows likewise.
struct letterbox {
    size_t left, top, width, height;
};

// scale = min(canvas_width / width, canvas_height / height), above 1 where the photo is smaller.
// One side becomes the canvas' own, the other is rounded to the nearest whole number, at least 1;
// an odd remainder leaves the wider border at the right or below. All sizes are at least 1.
void letterbox_fit(size_t width, size_t height, size_t canvas_width, size_t canvas_height,
                   struct letterbox *letterbox);

#endif
