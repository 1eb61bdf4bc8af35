// Photos with rare classes, shown more often: repeat factor sampling (Gupta, Dollar, Girshick,
// LVIS, arXiv 1908.03195, appendix B.1).
#ifndef TRAIN_CLOTHES_REPEATS_H
#define TRAIN_CLOTHES_REPEATS_H

#include <stddef.h>
#include <stdint.h>

// How often an epoch shows each photo: the largest sqrt(least / share) of its classes, where share
// is that of the photos with the class; rounded, at least 1, at most REPEATS_MAX. present:
// (photos, classes), 0 or 1; least: 0-1; repeats: (photos).
#define REPEATS_MAX 12
void repeats_of(const uint8_t *present, size_t photos, size_t classes, float least,
                uint8_t *repeats);

#endif
