// A whole training run: data in, a folder with the run's page, checkpoints and model files out.
//
//     RUN/checkpoint.safetensors  what a resumed run continues from, bit for bit
//     RUN/model.safetensors       the model at the last validation
//     RUN/best.safetensors        the model with the best mean IoU on the validation photos
//     RUN/log.jsonl               losses and figures, a line each time they are taken
//     RUN/samples/                photo, truth and result of a few validation photos
//     RUN/index.html              the run's page
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include "train/clothes/trainer.h"
#include "train/recipe.h"

struct train_progress {
    const char *remark; // on the device, for the user; ""
    uint64_t step, steps;
    struct step_losses losses; // means since the last call
    double rate;               // learning rate
    double photos_per_second;
    double flops_per_second; // in convolutions
    double wait_share;       // of the time, standing still for the loader; 0-1
    double seconds_left;
    int validated; // the next three are fresh
    double pixel_accuracy, mean_iou, mean_boundary;
};

struct train_options {
    struct recipe recipe;      // recipe.classes is taken from the class file
    const char *dataset;       // as dataset_open takes it
    const char *split;         // file of photo names; may be NULL where dataset_names allows it
    const char *validation;    // file of photo names to validate on, which are left out of the
                               //   split; NULL: hold_out
    const char *classes;       // class file
    const char *run;           // folder of the run; made if it is not there
    const char *start_from;    // safetensors file with some of the generator's weights, or NULL
    size_t hold_out;           // every hold_out-th photo of the split is for validation; 0: none.
                               //   Not where there is a validation file
    double checkpoint_minutes; // between checkpoints
    uint64_t validate_every;   // steps between validations; 0: only at the end
    size_t loader_threads, cache_bytes;
    int resume; // continue RUN/checkpoint.safetensors; without it a run that is
                //   there already is an error
    // Called about once a second and after each validation, and once, with no figures, by a resumed
    // run that was finished already; a return value other than 0 ends the run with a checkpoint.
    // May be NULL.
    int (*progress)(void *user, const struct train_progress *progress);
    void *user;
};

// Runs to recipe.steps or until progress says stop. *finished: all steps are done.
int train_run(const struct train_options *options, int *finished, swatch_error *error);

#endif
