// Copy-paste augmentation (Ghiasi et al., arXiv 2012.07177) for label maps: puts the people of one
// sample in front of another sample. This teaches other backgrounds, groups, and hidden people.
#ifndef TRAIN_CLOTHES_PASTE_H
#define TRAIN_CLOTHES_PASTE_H

#include <stddef.h>
#include <stdint.h>

// Replaces all but the people of a sample by another one. photos are (height, width, 3), labels
// (height, width) as in samples.h. A pixel keeps its color and label if its label is neither 0 nor
// SOURCE_OUTSIDE; colors are mixed over one pixel along the border.
void paste_behind(float *photo, uint8_t *labels, const float *other_photo,
                  const uint8_t *other_labels, size_t height, size_t width);

#endif
