// A whole training run of Mask R-CNN: data in, a folder with the run's page, checkpoints and model
// files out. The folder is laid out as in train/train.h; best.safetensors is the model with the
// best average precision of masks (of CCP's people their mean overlap, where there are only these).
#ifndef TRAIN_DETECT_H
#define TRAIN_DETECT_H

#include "train/people/trainer.h"
#include "train/people/validate.h"

struct detect_progress {
    const char *remark; // on the device, for the user; ""
    uint64_t step, steps;
    struct detect_losses losses; // means since the last call
    double rate;                 // learning rate
    double photos_per_second;
    double flops_per_second; // in convolutions
    double wait_share;       // of the time, standing still for the loader; 0-1
    double seconds_left;
    int validated; // the figures are fresh
    struct detect_figures figures;
};

struct detect_options {
    struct detect_recipe recipe;
    struct augmentation augmentation;
    float ccp_share;           // of the scenes, 0-1
    float paste;               // see struct scene_sources
    const char *coco;          // annotation file in COCO's format, or NULL
    const char *ccp, *split;   // the CCP folder and a file of photo names, or NULL
    const char *run;           // folder of the run; made if it is not there
    const char *start_from;    // safetensors file with some of the network's weights, or NULL
    size_t hold_out;           // every hold_out-th photo of each is for validation; 0: none
    double checkpoint_minutes; // between checkpoints
    uint64_t validate_every;   // steps between validations; 0: only at the end
    size_t loader_threads, cache_bytes;
    int resume; // continue RUN/checkpoint.safetensors; without it a run that is there already is an
                //   error
    // Called about once a second and after each validation, and once, with no figures, by a resumed
    // run that was finished already; a return value other than 0 ends the run with a checkpoint.
    // May be NULL.
    int (*progress)(void *user, const struct detect_progress *progress);
    void *user;
};

// Trains the small network (maskrcnn_lite) to find people, to recipe.steps or until progress says
// stop. *finished: all steps are done.
int detect_run(const struct detect_options *options, int *finished, swatch_error *error);

#endif
