// How well a detector finds people: run on whole photos, as its users run it.
#ifndef EVAL_PEOPLE_H
#define EVAL_PEOPLE_H

#include "data/ccp.h"
#include "data/coco.h"
#include "eval/coco_ap.h"
#include "model/people.h"

struct people_figures {
    struct average_precision masks, boxes; // on COCO's photos
    size_t photos;                         // of COCO's
    size_t empty,
        alarmed; // photos without anybody, and those of them where somebody was found, with
                 //   a score of SWATCH_PERSON_SCORE
    size_t without_outline; // people and crowds of whom only the box is known: they count for boxes
    size_t stored;          // photos that were looked at as stored (coco_photo)
    double ccp_overlap;     // mean intersection over union of CCP's people with the mask that fits
                            //   best; 0 for one who was not found
    size_t ccp_count;       // of so many
};

// What is measured: every `every`-th photo of each set, 1 or more.
struct people_photos {
    const struct coco *coco; // NULL: none
    const struct ccp *ccp;   // NULL: none
    char *const *names;      // of CCP's photos
    size_t name_count;
    size_t every;
    char *const *only; // COCO's photos of these file names alone, so many; NULL: all
    size_t only_count;
    int (*progress)(void *user, size_t done, size_t photos); // as in swatch_evaluate; NULL: none
    void *user;
};

int people_measure(struct runner *runner, const struct people_photos *photos,
                   struct people_figures *figures, swatch_error *error);

#endif
