// Threads that keep the network fed: they draw photos in a seeded order, augment them and pack
// batches. Sample number n of a run depends on (seed, n) alone, so a resumed run draws what the
// uninterrupted one would have drawn, with any number of threads and any batch size. Epoch e is
// the samples e * count .. (e + 1) * count - 1: every photo once (or as often as `repeats` says,
// count being their sum), in an order of its own when shuffle, in the split's order otherwise.
// There is no end: after the last epoch comes the next.
#ifndef TRAIN_CLOTHES_LOADER_H
#define TRAIN_CLOTHES_LOADER_H

#include "data/dataset.h"
#include "train/clothes/source.h"
#include "train/recipe.h"

struct loader_options {
    size_t height, width; // of the network's input
    size_t batch;
    uint64_t seed;
    uint64_t first;     // number of the first sample to draw (resume)
    uint64_t stride;    // from a batch's first sample to the next one's; 0: batch. Larger where
                        //   other processes draw what lies between
    size_t threads;     // 1 or more
    size_t cache_bytes; // decoded photos kept in memory up to this; 0: none
    struct augmentation augmentation;
    const uint8_t *repeats; // (names) how often an epoch shows each photo, 1-255; NULL: once. Used
                            //   in loader_new only
    int shuffle; // 0: the split's order, without augmentation, letterboxed, for validation
};

struct batch {
    float *photo;    // (N, H, W, 3) in -1..1; outside the photo 0
    uint8_t *labels; // (N, H, W) class index; SOURCE_OUTSIDE outside the photo, DATASET_UNKNOWN
                     //   where the data set does not know
    uint64_t first;  // number of the first sample
};

struct loader;

// Starts the threads; options is copied. data and names must outlive the loader. Sizes of 0, a
// scale that is not 0 < low <= high, a negative rotation or color: SWATCH_USAGE.
int loader_new(const struct dataset *data, char *const *names, size_t count,
               const struct loader_options *options, struct loader **loader, swatch_error *error);
// Waits for the next batch and lends it until the next call. seconds_waited (may be NULL) gets how
// long the caller stood still. A photo that cannot be read is an error here, naming the file, when
// its batch is due, and again at every later call.
int loader_next(struct loader *loader, const struct batch **batch, double *seconds_waited,
                swatch_error *error);
// 1 if loader_next would give the next batch, without fault, and not wait.
int loader_ready(struct loader *loader);
// Stops the threads and frees everything; NULL is fine.
void loader_free(struct loader *loader);

#endif
