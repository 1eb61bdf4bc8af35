// A decoded photo with the people in it, to be sampled at any scale. It does not change once it is
// made, so the loader's threads share it.
#ifndef TRAIN_PEOPLE_SCENE_SOURCE_H
#define TRAIN_PEOPLE_SCENE_SOURCE_H

#include "data/ccp.h"
#include "data/coco.h"
#include "train/clothes/augment.h"
#include "train/people/scene.h"

struct scene_source {
    struct source *photo; // its classes: 1 where somebody is, else 0
    int only_positives;
    struct instance instances[SCENE_INSTANCES_MAX]; // in pixels of the photo; owns the masks
    size_t areas[SCENE_INSTANCES_MAX];              // pixels set in each mask
    size_t count;
    size_t bytes; // of memory
    int stored;   // the photo is as it is stored, not turned (coco_photo)
};

// Reads a photo with its first SCENE_INSTANCES_MAX annotations. A photo of another size than the
// annotation file says is an error.
int scene_source_coco(const struct coco *coco, const struct coco_image *image,
                      struct scene_source **source, swatch_error *error);
// Reads a CCP photo. All pixels that are not background are the one person.
int scene_source_ccp(const struct ccp *ccp, const char *name, struct scene_source **source,
                     swatch_error *error);
void scene_source_free(struct scene_source *source);

// Sets an instance's box around its mask and returns the number of pixels that are set.
size_t scene_fit_box(struct instance *instance);

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
