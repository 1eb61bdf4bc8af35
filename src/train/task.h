// A task is something to learn: clothes or people. It knows its photos, its network and its
// figures; train/run.c does everything else for both.
#ifndef TRAIN_TASK_H
#define TRAIN_TASK_H

#include "train/gradients.h"
#include "train/recipe.h"

#define TASK_LOSSES 8
#define TASK_FIGURES 80

struct figures {
    size_t count;
    swatch_training_value list[TASK_FIGURES]; // the first decides which weights are best
};

// What a task tells the run when it is opened.
struct learner {
    void *own; // the task's
    const struct backend *backend;
    struct gradients *gradients; // NULL: no other ranks
    uint64_t *step;              // steps done
    uint64_t data;               // hash of photos and classes
    double flops;                // of this rank's convolutions in a step
    const char *const *losses;   // names of the losses, like "pixel"
    size_t loss_count;           // at most TASK_LOSSES
    const char *names[2];        // of the networks that learn, like "generator"; NULL: none
    struct params *sets[2];
    size_t learned; // photos to learn from
    // What is peculiar about the data; the run tells it once and sets this to NULL.
    const char *notice;
    const char **held; // names of photos that are held out; `close` frees the list
    size_t held_count;
};

// The functions are called from one thread on every rank. They return 0 or a swatch_status.
struct task {
    const char *name;   // "clothes"
    int validates_file; // 1: `validate` needs the model as a file
    // Checks the options, opens the data and makes the network with fresh weights. Sets what only
    // the data tell of the recipe (the number of classes) in `options`, which outlives the learner.
    // `close` is called after an error, too.
    int (*open)(struct train_options *options, struct learner *learner, swatch_error *error);
    // Called before the first step, when the network has the weights to begin with.
    int (*begin)(struct learner *learner, swatch_error *error);
    // Makes one step. Sets the losses of the whole batch. Adds the seconds spent waiting for photos
    // to *waited.
    int (*step)(struct learner *learner, double *losses, double *waited, swatch_error *error);
    // Measures on the photos that are held out. Ranks other than 0 may leave the figures empty.
    // `model` is the file if validates_file is set. `sheet` is a PNG to draw samples into, or NULL.
    int (*validate)(struct learner *learner, const char *model, const char *sheet,
                    struct figures *figures, swatch_error *error);
    // Writes the model file. `history` is JSON.
    int (*export)(struct learner *learner, const char *path, const char *history,
                  swatch_error *error);
    void (*close)(struct learner *learner);
};

extern const struct task task_clothes, task_people;
// Returns the task of that name, or NULL.
const struct task *task_find(const char *name);

#endif
