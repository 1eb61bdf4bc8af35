// A decoded photo with the people in it, ready to be sampled at any scale: immutable once made, so
// that the loader's threads share it.
#ifndef TRAIN_PEOPLE_SCENE_SOURCE_H
#define TRAIN_PEOPLE_SCENE_SOURCE_H

#include "data/ccp.h"
#include "data/coco.h"
#include "train/clothes/augment.h"
#include "train/people/scene.h"

struct scene_source {
    struct source *photo; // its classes are 1 where somebody is
    int only_positives;
    struct instance instances[SCENE_INSTANCES_MAX]; // in pixels of the photo; masks are owned
    size_t areas[SCENE_INSTANCES_MAX];              // pixels of each mask
    size_t count;
    size_t bytes; // of memory it takes
    int stored;   // the photo is as it is stored, not turned (coco_photo)
};

// Reads a photo with its annotations; more than SCENE_INSTANCES_MAX are cut off. The photo must
// have the size that the annotation file says.
int scene_source_coco(const struct coco *coco, const struct coco_image *image,
                      struct scene_source **source, swatch_error *error);
// Reads a CCP photo; the person is all that is not background.
int scene_source_ccp(const struct ccp *ccp, const char *name, struct scene_source **source,
                     swatch_error *error);
void scene_source_free(struct scene_source *source);

// A canvas and the memory to work in.
struct scene_canvas {
    size_t width, height;
    float *row;       // (width, 4)
    uint8_t *outside; // (height, width)
};

// Samples a view: fills photo (height, width, 3), and scene but for its rooms. The scene's masks
// lie in `room`. Somebody of whom less than 15 % or fewer than 24 pixels are seen is set to
// `ignore`.
int scene_source_sample(const struct scene_source *source, const struct view *view,
                        const struct scene_canvas *canvas, float *photo, struct scene *scene,
                        struct scene_room *room, swatch_error *error);

#endif
