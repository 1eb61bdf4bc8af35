// Measures how well a detector finds people. It runs on whole photos, as for users.
#ifndef EVAL_PEOPLE_H
#define EVAL_PEOPLE_H

#include "data/ccp.h"
#include "data/coco.h"
#include "eval/coco_ap.h"
#include "model/people.h"

struct people_figures {
    struct average_precision masks, boxes; // on COCO's photos
    size_t photos;                         // of COCO's
    size_t empty;                          // photos without anybody
    size_t alarmed;         // empty photos in which somebody was found (SWATCH_PERSON_SCORE)
    size_t without_outline; // people of whom only the box is known; they do not count for masks
    size_t stored;          // photos that were used as they are stored (coco_photo)
    double ccp_overlap;     // mean over CCP's photos of intersection over union of the person with
                            //   the mask that fits best; 0 where nobody was found
    size_t ccp_count;       // CCP's photos
};

// The photos to measure: every `every`-th (1 or more) of each set.
struct people_photos {
    const struct coco *coco; // NULL: none
    const struct ccp *ccp;   // NULL: none
    char *const *names;      // of CCP's photos
    size_t name_count;
    size_t every;
    char *const *only; // file names (only_count): only these of COCO's photos; NULL: all
    size_t only_count;
    int (*progress)(void *user, size_t done, size_t photos); // as in swatch_evaluate; NULL: none
    void *user;
};

// Fails when a photo cannot be read or progress says stop.
int people_measure(struct runner *runner, const struct people_photos *photos,
                   struct people_figures *figures, swatch_error *error);

#endif
