// Merges what two looks at a photo found, the second one at a larger scale.
#ifndef MODEL_LOOKS_H
#define MODEL_LOOKS_H

#include "model/detection.h"

#define LOOKS_LARGE_SCORE 0.5f // a large person with this score makes a second look unnecessary

// Returns 1 if a second look at a photo of width x height pixels is worthwhile, after the first
// found `count` people. It is not if a person of at least LOOKS_LARGE_SCORE spans 80 % of the
// photo's width or height: small people beside them are seldom what the photo is of.
int looks_want_closer(const struct detection *found, size_t count, size_t width, size_t height);

// Merges the detections of both looks into one list, in no order. Two detections, one from each
// look, become one, the one with the higher score, if they have the same label, their IoU is above
// `overlap`, and no other detection of that look overlaps the second one more. Each score becomes
// the mean of both looks' scores; a look that did not find it counts as 0. Masks must still be
// cells. Frees both lists; the caller frees the new one with detections_free. NULL: no memory.
struct detection *looks_merge(struct detection *first, size_t first_count, struct detection *closer,
                              size_t closer_count, float overlap, size_t *count);

#endif
