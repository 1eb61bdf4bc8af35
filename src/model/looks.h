// What two looks at one photo found, the second at a larger scale, as one list.
#ifndef MODEL_LOOKS_H
#define MODEL_LOOKS_H

#include "model/detector.h"

// Whether a closer look at a photo (width, height) is for something, after the first found `count`:
// not where somebody large was found at a fair score, as those who are small beside them are seldom
// what the photo is of.
int looks_want_closer(const struct detection *found, size_t count, size_t width, size_t height);

// The detections of both looks as one list, in no order. Those that overlap by more than `overlap`
// and have the same label are one, as found at the highest score; its score is then the mean over
// the looks, where a look that did not find it counts as 0. Both lists are freed, what is in the
// new one is the caller's. NULL: memory is lacking.
struct detection *looks_merge(struct detection *first, size_t first_count, struct detection *closer,
                              size_t closer_count, float overlap, size_t *count);

#endif
