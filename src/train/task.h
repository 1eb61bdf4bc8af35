// What there is to learn. Clothes and people are two tasks of one training run (train/run.c): a
// task knows its photos, its network and its figures, and the run knows all else.
#ifndef TRAIN_TASK_H
#define TRAIN_TASK_H

#include "train/gradients.h"
#include "train/recipe.h"

#define TASK_LOSSES 8
#define TASK_FIGURES 80

struct figures {
    size_t count;
    swatch_training_value list[TASK_FIGURES]; // the first decides which weights are the best
};

// What a task hands to the run when it is opened.
struct learner {
    void *own; // the task's
    const struct backend *backend;
    struct gradients *gradients; // NULL: no other ranks
    uint64_t *step;              // done
    uint64_t data;               // hash of photos and classes
    double flops;                // of a step of this rank, in convolutions
    const char *const *losses;   // their names, "pixel", so many:
    size_t loss_count;           //   at most TASK_LOSSES
    const char *names[2];        // of the networks that learn: "generator"; NULL: there is none
    struct params *sets[2];
    size_t learned; // photos to learn from
    // What is peculiar about the data; the run tells it once and sets this to NULL.
    const char *notice;
    const char **held; // names of those held out; freed by close
    size_t held_count;
};

// Functions are called from one thread, on every rank, and return 0 or a swatch_status.
struct task {
    const char *name;   // "clothes"
    int validates_file; // validate wants the model as a file
    // Opens data and network with fresh weights, after checks of the options. What it finds of the
    // recipe itself (the number of classes) it writes into `options`, which outlives the learner.
    // On an error close is called, too.
    int (*open)(struct train_options *options, struct learner *learner, swatch_error *error);
    // Before the first step, with the weights to begin with.
    int (*begin)(struct learner *learner, swatch_error *error);
    // One step. losses: those of the whole batch; *waited: seconds that it stood still for photos
    // are added.
    int (*step)(struct learner *learner, double *losses, double *waited, swatch_error *error);
    // Figures on the photos held out; ranks other than 0 may leave them empty. model: the file,
    // where validates_file is set. sheet: where samples may be drawn to, or NULL.
    int (*validate)(struct learner *learner, const char *model, const char *sheet,
                    struct figures *figures, swatch_error *error);
    // Writes the model file. history: JSON.
    int (*export)(struct learner *learner, const char *path, const char *history,
                  swatch_error *error);
    void (*close)(struct learner *learner);
};

extern const struct task task_clothes, task_people;
// NULL when there is none of that name.
const struct task *task_find(const char *name);

#endif
