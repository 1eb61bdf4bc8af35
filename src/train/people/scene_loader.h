// Threads that keep a detector fed: scenes from photos with people outlined (COCO's format) and
// from CCP's photos, augmented (augment.h) and packed into batches. Scene number n of a run depends
// on (seed, n) alone, so a resumed run draws what the uninterrupted one would have drawn, with any
// number of threads and any batch size.
#ifndef TRAIN_PEOPLE_SCENE_LOADER_H
#define TRAIN_PEOPLE_SCENE_LOADER_H

#include "data/ccp.h"
#include "data/coco.h"
#include "train/clothes/loader.h"
#include "train/people/scene.h"

// Where scenes come from; lent to the loader. Every hold_out-th photo of each is left out (0:
// none). In CCP's photos one person is labelled, whoever else is in them, so those are
// only_positives.
struct scene_sources {
    const struct coco *coco; // NULL: none
    const struct ccp *ccp;   // NULL: none
    char *const *names;      // of CCP photos
    size_t name_count;
    size_t hold_out;
    float ccp_share; // of the scenes, 0-1; heeded where there are both
    float paste;     // share of the scenes, 0-1, that get the people of up to 3 other photos pasted
                     // in (scene_paste.h), every other one of CCP
};

struct scene_loader_options {
    size_t height, width, batch;
    uint64_t seed, first; // number of the first scene to draw (resume)
    uint64_t stride;      // as in struct loader_options
    size_t threads;       // 1 or more
    size_t cache_bytes;   // decoded photos kept in memory up to this; 0: none
    struct augmentation augmentation;
};

struct scene_loader;

// Starts the threads; options and sources are copied, what these point to must outlive the loader.
int scene_loader_new(const struct scene_sources *sources,
                     const struct scene_loader_options *options, struct scene_loader **loader,
                     swatch_error *error);
// Waits for the next `batch` scenes, whose photos (H, W, 3) lie one behind the other, and lends
// them until the next call. seconds_waited (may be NULL) gets how long the caller stood still. A
// photo that cannot be read is an error here, naming the file, when its batch is due, and again at
// every later call.
int scene_loader_next(struct scene_loader *loader, const struct scene **scenes,
                      double *seconds_waited, swatch_error *error);
// Stops the threads and frees everything; NULL is fine.
void scene_loader_free(struct scene_loader *loader);

#endif
