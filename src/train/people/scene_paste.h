// Copy-paste augmentation (Ghiasi et al., arXiv 2012.07177): puts the people of one scene into
// another, in front of the people there. This teaches other backgrounds, other sizes and occlusion.
#ifndef TRAIN_PEOPLE_SCENE_PASTE_H
#define TRAIN_PEOPLE_SCENE_PASTE_H

#include "train/people/scene.h"

// Copies the people of `from` that are not ignored into `scene` and its `photo` (H, width, 3). Both
// scenes are of the canvas' size. The masks of `scene`, which must be writable, lose the pixels
// that are now hidden, and their boxes shrink. A person who is wholly hidden is removed; a person
// of whom less than 15 % or fewer than 24 pixels are left becomes `ignore`. `scene` borrows the
// masks of `from`. It keeps at most SCENE_INSTANCES_MAX people.
void scene_paste(struct scene *scene, float *photo, size_t width, const struct scene *from);

#endif
