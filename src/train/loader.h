// Threads that keep a network fed: they fill batches of samples ahead of the thread that takes
// them. Samples are numbered. A sample follows from (seed, number) alone, so it does not depend on
// the number of threads, the size of a batch or the timing of threads, and a resumed run draws what
// the uninterrupted run would have drawn. There is no last sample.
#ifndef TRAIN_LOADER_H
#define TRAIN_LOADER_H

#include <stddef.h>
#include <stdint.h>

#include "data/cache.h"
#include "train/recipe.h"

struct loader_options {
    size_t height, width; // of the network's input, 1 - 65536
    size_t batch;         // samples of a batch, 1 - 65536
    size_t threads;       // 1 - 1024
    size_t cache_bytes;   // memory for decoded photos; 0: none is kept
    uint64_t seed;
    uint64_t first;  // number of the first sample
    uint64_t stride; // from a batch's first sample to the next one's; 0: batch. It is larger where
                     //   other ranks draw the samples between
    struct augmentation augmentation;
};

// Working memory of a thread.
struct desk {
    float *row;      // (width, 4), aligned to 64 bytes
    float *photo;    // (height, width, 3)
    uint8_t *labels; // (height, width)
};

// A sample that is to be filled.
struct sample {
    uint64_t number;
    float *photo; // (H, W, 3)
    void *item;   // what the network should say of the photo; zero at first, then as last filled
    const struct desk *desk;
};

// What the samples are. All threads call the functions at once.
struct loader_kind {
    void *own;                 // the first argument of fill and close
    struct cache_items photos; // decoded photos, 1 to 2^24 of them
    size_t item;               // bytes of an item
    // Fills a sample from the photos.
    int (*fill)(void *own, struct cache *photos, const struct sample *sample, swatch_error *error);
    void (*item_free)(void *item); // frees what an item points to; NULL: nothing
    void (*close)(void *own);      // frees `own`
};

struct batch {
    float *photos;  // (N, H, W, 3) in -1..1; outside the photo 0
    void *items;    // (N)
    uint64_t first; // number of the first sample
};

struct loader;

// Returns the options of a run that goes on at step `step`. This rank has `batch` samples of each
// step.
struct loader_options loader_run_options(const struct train_options *options, uint64_t step,
                                         size_t batch);
// Starts the threads, with signals blocked. Kind and options are copied; kind->own belongs to the
// loader from now on and is closed on failure, too. Sizes out of their ranges: SWATCH_USAGE.
int loader_new(const struct loader_kind *kind, const struct loader_options *options,
               struct loader **loader, swatch_error *error);
// Waits for the next batch and lends it until the next call. Adds the seconds spent waiting to
// *waited (may be NULL). If a sample could not be filled, this fails when its batch is due, and at
// every later call; of several such samples the first one's error is returned.
int loader_next(struct loader *loader, const struct batch **batch, double *waited,
                swatch_error *error);
// Returns 1 if loader_next would return the next batch at once and without error.
int loader_ready(struct loader *loader);
// Stops the threads and frees everything. NULL is fine.
void loader_free(struct loader *loader);

#endif
