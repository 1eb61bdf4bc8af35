// Shows photos with rare classes more often: repeat factor sampling (Gupta, Dollar, Girshick, LVIS,
// arXiv 1908.03195, appendix B.1).
#ifndef TRAIN_CLOTHES_REPEATS_H
#define TRAIN_CLOTHES_REPEATS_H

#include <stddef.h>
#include <stdint.h>

#define REPEATS_MAX 12
// Computes how often an epoch shows each photo, into repeats (photos). For each class of a photo,
// let share be the share of all photos that have the class. The photo is shown as often as the
// largest sqrt(least / share) says, rounded, 1 to REPEATS_MAX times. present (photos, classes) is 1
// where a photo has a class, else 0; least is 0-1.
void repeats_of(const uint8_t *present, size_t photos, size_t classes, float least,
                uint8_t *repeats);

#endif
