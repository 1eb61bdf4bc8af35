// Copy-paste (Ghiasi et al., arXiv 2012.07177): the people of one scene stand in another, in front
// of whom they meet there. Teaches other backgrounds, other sizes and occlusion.
#ifndef TRAIN_PEOPLE_SCENE_PASTE_H
#define TRAIN_PEOPLE_SCENE_PASTE_H

#include "train/people/scene.h"

// Copies the people of `from` that are not to be ignored into `scene`, whose photo (H, width, 3) is
// `photo`; both scenes have the canvas' size. Masks of `scene` lose what is hidden now (they must
// be writable); boxes shrink with them; who is hidden wholly is gone, and of whom less than 15 % or
// than 24 pixels is left is to be ignored. The masks of `from` are lent to `scene`. No more than
// SCENE_INSTANCES_MAX are kept.
void scene_paste(struct scene *scene, float *photo, size_t width, const struct scene *from);

#endif
