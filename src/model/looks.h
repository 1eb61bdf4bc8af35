// What two looks at one photo found, the second at a larger scale, as one list.
#ifndef MODEL_LOOKS_H
#define MODEL_LOOKS_H

#include "model/detection.h"

#define LOOKS_LARGE_SCORE 0.5f // from which on somebody large ends the looking

// Whether a closer look at a photo (width, height) is for something, after the first found `count`:
// not where somebody has LOOKS_LARGE_SCORE and spans four fifths of the photo's width or height, as
// those who are small beside them are seldom what the photo is of.
int looks_want_closer(const struct detection *found, size_t count, size_t width, size_t height);

// The detections of both looks as one list, in no order. Two of a label, one from each look, that
// overlap by more than `overlap`, and nothing else of the other's look by more, become one, as
// found at the higher score. A score is then the mean over the looks, where one that did not find
// it counts as 0: what one look alone is sure of has 0.5. Both lists, whose masks are still cells,
// are freed; what is in the new one is the caller's. NULL: memory is lacking.
struct detection *looks_merge(struct detection *first, size_t first_count, struct detection *closer,
                              size_t closer_count, float overlap, size_t *count);

#endif
