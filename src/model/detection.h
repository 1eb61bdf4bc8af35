// What a network that finds people says of each of them.
#ifndef MODEL_DETECTION_H
#define MODEL_DETECTION_H

#include <stddef.h>
#include <stdint.h>

// One thing found, in pixels of the photo.
struct detection {
    float box[4];               // x1, y1, x2, y2
    float score;                // 0-1
    size_t label;               // 1 .. classes - 1
    size_t x, y, width, height; // the rectangle of the mask, in whole pixels
    uint8_t *mask;              // (height, width), 0-255: how sure the network is that the pixel
                                //   is inside; 128 and more is inside. Owned
    float *cells;               // the mask as the network gives it, 0-1, before it is scaled to
                                //   pixels. Owned; NULL after people_run
};

// Frees what a detection owns; and a list with what its detections own. A list of NULL is fine.
void detection_free(struct detection *detection);
void detections_free(struct detection *detections, size_t count);

#endif
