// People of many photos in COCO's results format, see swatch_coco_new.
#ifndef OUT_COCO_H
#define OUT_COCO_H

#include "extract/people.h"

int coco_results_new(const char *path, unsigned how, swatch_coco **coco, swatch_error *error);
void coco_results_free(swatch_coco *coco);
int coco_results_add(swatch_coco *coco, const swatch_people *people, swatch_error *error);
int coco_results_save(const swatch_coco *coco, swatch_error *error);

#endif
