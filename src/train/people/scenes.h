// Samples of the people: scenes from photos with people outlined (COCO's format) and from CCP's
// photos, augmented.
#ifndef TRAIN_PEOPLE_SCENES_H
#define TRAIN_PEOPLE_SCENES_H

#include <stdatomic.h>

#include "data/ccp.h"
#include "data/coco.h"
#include "train/loader.h"
#include "train/people/scene.h"

// What scenes are drawn from. Of COCO's and of CCP's photos every hold_out-th is left out (0:
// none). In a CCP photo one person is labelled, whoever else is in it, so its scenes are
// only_positives.
struct scene_sources {
    const struct coco *coco; // NULL: none
    const struct ccp *ccp;   // NULL: none
    char *const *names;      // of CCP photos
    size_t name_count;
    size_t hold_out;
    float ccp_share;    // of the scenes, 0-1; counts where there are both
    atomic_int *stored; // becomes 1 if a photo is used as it is stored (coco_photo); may be NULL
};

// Starts a loader. The share of samples that augmentation.paste says gets the people of up to 3
// other photos pasted in (scene_paste.h); one in two of those photos is CCP's.
//
// `sources` is copied; what it points to must outlive the loader. An item of the batches is a
// struct scene. A photo that cannot be read is an error of loader_next that names the file. Options
// and shares out of their ranges: SWATCH_USAGE.
int scenes_open(const struct scene_sources *sources, const struct loader_options *options,
                struct loader **loader, swatch_error *error);

#endif
