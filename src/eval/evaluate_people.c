// swatch_evaluate_people: the figures that training takes of photos held out, of a whole file.

#include <string.h>

#include "base/error.h"
#include "train/people/validate.h"

int swatch_evaluate_people(const char *model, const char *people, swatch_people_scores *scores,
                           swatch_error *error)
{
    struct detect_figures f;
    struct coco coco;
    if (strncmp(people, "coco:", 5) != 0 || !people[5])
        return error_set(error, SWATCH_USAGE, "%s: people are given as coco:FILE", people);
    if (coco_open(people + 5, "person", &coco, error))
        return SWATCH_FAILED;
    const struct scene_sources sources = {.coco = &coco, .hold_out = 1};
    const int status = detect_validate(model, backend_cpu(), &sources, &f, error);
    if (!status)
        *scores = (swatch_people_scores){.photos = coco.count,
                                         .mask_ap = f.masks.ap,
                                         .mask_ap50 = f.masks.ap50,
                                         .mask_ap75 = f.masks.ap75,
                                         .mask_small = f.masks.small,
                                         .mask_medium = f.masks.medium,
                                         .mask_large = f.masks.large,
                                         .box_ap = f.boxes.ap,
                                         .box_ap50 = f.boxes.ap50,
                                         .recall = f.masks.recall,
                                         .empty = f.empty,
                                         .alarmed = f.alarmed};
    coco_close(&coco);
    return status;
}
