// Copy-paste (Ghiasi et al., arXiv 2012.07177) for label maps: who is in one sample stands before
// another one's scene. Teaches other backgrounds, groups, and one person hidden by another.
#ifndef TRAIN_CLOTHES_PASTE_H
#define TRAIN_CLOTHES_PASTE_H

#include <stddef.h>
#include <stdint.h>

// Puts the scene `other` behind the people of a sample. photo and other_photo: (height, width, 3);
// labels and other_labels: (height, width) as the loader has them. A pixel keeps its own color and
// label where the label is neither 0 nor SOURCE_OUTSIDE; along that border colors are mixed over
// one pixel. Everything else becomes the other's.
void paste_behind(float *photo, uint8_t *labels, const float *other_photo,
                  const uint8_t *other_labels, size_t height, size_t width);

#endif
