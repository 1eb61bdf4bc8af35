// Looks at a detector as its users would: a model file, run on whole photos.
#ifndef TRAIN_PEOPLE_VALIDATE_H
#define TRAIN_PEOPLE_VALIDATE_H

#include "eval/coco_ap.h"
#include "nn/backend.h"
#include "train/people/scene_loader.h"

struct detect_figures {
    struct average_precision masks, boxes; // on COCO's photos
    size_t empty,
        alarmed;        // photos without anybody, and those of them where somebody was found, with
                        //   a score of SWATCH_PERSON_SCORE
    double ccp_overlap; // mean intersection over union of CCP's people with the mask that fits
                        //   best; 0 for one who was not found
    size_t ccp_count;   // of so many
};

// Runs `model`, on `backend`, on every hold_out-th photo of the sources (all of them where hold_out
// is 1).
int detect_validate(const char *model, const struct backend *backend,
                    const struct scene_sources *sources, struct detect_figures *figures,
                    swatch_error *error);

#endif
