// What a detector learns from: a picture and the people in it.
#ifndef TRAIN_PEOPLE_SCENE_H
#define TRAIN_PEOPLE_SCENE_H

#include <stddef.h>
#include <stdint.h>

#define SCENE_INSTANCES_MAX 64

// One person. Coordinates are in pixels of the picture; the first pixel reaches from 0 to 1.
struct instance {
    float box[4];               // x1, y1, x2, y2, tight around the mask
    int ignore;                 // 1: counts neither as person nor as background, such as a crowd
    size_t x, y, width, height; // of the mask's rectangle
    const uint8_t *mask;        // (height, width), 255 inside; NULL: only the box is known
};

// Memory of masks that grows as needed.
struct scene_room {
    uint8_t *bytes;
    size_t size;
};

#define SCENE_ROOMS 4 // for the photo's own people and for those of 3 photos pasted in

struct scene {
    const float *photo;               // (H, W, 3) in -1..1, 0 outside the photo; lent
    size_t photo_width, photo_height; // of the photo, which lies in the canvas' top left corner;
                                      // the rest of the canvas is border
    int only_positives; // 1: not everybody is labelled, so there may be people elsewhere, too
    struct instance instances[SCENE_INSTANCES_MAX];
    size_t count;
    struct scene_room rooms[SCENE_ROOMS]; // where the loader keeps the masks
};

// Returns 1 if enough of somebody is seen, `seen` of `whole` pixels, to learn from.
static inline int scene_seen(size_t seen, double whole)
{
    return seen >= 24 && (double)seen >= 0.15 * whole;
}

#endif
