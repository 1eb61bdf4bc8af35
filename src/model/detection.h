// What a network that finds people tells of one of them.
#ifndef MODEL_DETECTION_H
#define MODEL_DETECTION_H

#include <stddef.h>
#include <stdint.h>

// One thing found, in pixels of the photo.
struct detection {
    float box[4];               // x1, y1, x2, y2
    float score;                // 0-1
    size_t label;               // 1 .. classes - 1
    size_t x, y, width, height; // the rectangle of whole pixels that the mask covers
    uint8_t *mask;              // (height, width): how surely inside, 255 the surest; 128 and more
                                //   is inside. Owned
    float *cells; // within people_run: the mask as the network gives it, 0-1, before it is
                  //   brought to pixels. Owned; NULL afterwards
};

// Frees what one detection owns, and a list of them; NULL is fine.
void detection_free(struct detection *detection);
void detections_free(struct detection *detections, size_t count);

#endif
