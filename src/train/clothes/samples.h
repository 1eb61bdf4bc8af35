// Samples of the clothes: a photo, augmented, and the class of each of its pixels.
#ifndef TRAIN_CLOTHES_SAMPLES_H
#define TRAIN_CLOTHES_SAMPLES_H

#include "data/dataset.h"
#include "train/clothes/source.h"
#include "train/loader.h"

// What samples are drawn from. An epoch shows every photo once, or as often as `repeats` says; with
// n samples in an epoch, epoch e is the samples e * n to (e + 1) * n - 1.
struct clothes_photos {
    const struct dataset *data;
    char *const *names;
    size_t count;           // 1 to 2^24
    const uint8_t *repeats; // (count) 1-255; NULL: once. Only samples_open uses it
    int shuffle; // 1: each epoch in an order of its own, photos augmented; 0, for validation: in
                 //   the order of the names, each photo whole in the middle of the canvas
};

// Starts a loader. data and names must outlive it. An item of its batches is labels (H, W),
// uint8_t: a class, SOURCE_OUTSIDE outside the photo, DATASET_UNKNOWN where the data set does not
// know. A photo that cannot be read is an error of loader_next that names the file. Options out of
// their ranges: SWATCH_USAGE.
int samples_open(const struct clothes_photos *photos, const struct loader_options *options,
                 struct loader **loader, swatch_error *error);

#endif
