// A thread that keeps the network fed: draws photos in a seeded order, augments them and packs
// batches. Sample number n of a run depends on (seed, n) alone, so a resumed run draws what the
// uninterrupted one would have drawn.
#ifndef DATA_LOADER_H
#define DATA_LOADER_H

#include "data/ccp.h"

struct augmentation {
    int flip;         // mirror half of the samples
    float scale_low;  // size of the photo relative to "the whole photo fits the network's
    float scale_high; //   input"; drawn log-uniformly; 1, 1: no change
    float rotation;   // degrees, drawn from -rotation .. rotation
    float color;      // strength of the changes of brightness, contrast, saturation, hue and
                      //   gamma; 0: none, 1: strong
};

struct loader_options {
    size_t height, width; // of the network's input
    size_t batch;
    uint64_t seed;
    uint64_t first;     // number of the first sample to draw (resume)
    size_t threads;     // 1 or more
    size_t cache_bytes; // decoded photos kept in memory up to this; 0: none
    struct augmentation augmentation;
    int shuffle; // 0: the split's order, without augmentation, for validation
};

struct batch {
    float *photo;    // (N, H, W, 3) in -1..1; outside the photo 0
    uint8_t *labels; // (N, H, W) class index; LOADER_IGNORE outside the photo
    uint64_t first;  // number of the first sample
};
#define LOADER_IGNORE 255

struct loader;

// Starts the threads. ccp, map and names must outlive the loader.
int loader_new(const struct ccp *ccp, const struct class_map *map, char *const *names, size_t count,
               const struct loader_options *options, struct loader **loader, swatch_error *error);
// Waits for the next batch and lends it until the next call. seconds_waited (may be NULL) gets how
// long the caller stood still. A photo that cannot be read is an error here, naming the file.
int loader_next(struct loader *loader, const struct batch **batch, double *seconds_waited,
                swatch_error *error);
// Stops the threads and frees everything; NULL is fine.
void loader_free(struct loader *loader);

#endif
