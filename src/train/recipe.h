// The options of a training run. One table of fields says all there is to say of each: its name,
// its limits, its defaults, which task has it, and whether it decides what comes out. From this
// table come the parsing of options, the recipe in checkpoints and model files, and the command's
// help.
#ifndef TRAIN_RECIPE_H
#define TRAIN_RECIPE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch_train.h>

#include "base/ranks.h"
#include "nn/backend.h"
#include "nn/params.h"

// How samples are drawn from photos (train/clothes/augment.h).
struct augmentation {
    int flip;          // mirror half of the samples
    float scale_low;   // size of the photo relative to "the whole photo fits the network's
    float scale_high;  //   input"; drawn log-uniformly; 1, 1: no change
    float rotation;    // degrees, drawn from -rotation .. rotation
    float close_ups;   // share of the samples, 0-1, that show the upper part of the person from
    float close_scale; //  near: their scale is drawn from scale_high .. close_scale
    float persons;     // share of the samples, 0-1, that show the person alone, as extraction shows
                       //   whom it has found: the part of the photo around the person, and what a
                       //   coarse mask leaves out painted grey, black or white, or kept
    float color;       // strength of the changes of brightness, contrast, saturation, hue and
                       //   gamma; 0: none, 1: strong
    float recolor;     // share of the samples, 0-1, whose hair and skin get other colors
    float paste;       // share of the samples, 0-1, that mix the people of several photos
    float camera;      // share of the samples, 0-1, as a poor camera takes them (camera.h)
    uint8_t skin, hair; // the classes that recolor changes, SOURCE_OUTSIDE for none; from the
                        //   dataset's names, no part of the text
};

// What decides the weights: the same recipe and data give the same weights (on one machine, with
// one number of threads).
struct recipe {
    // Clothes
    char generator[32]; // a name of model/networks.h
    int rgb;            // the generator puts out a color-coded map instead of class scores
    size_t filters;     // of the generator; 0: its own
    size_t discriminator_filters;
    int patchgan;        // the paper's discriminator instead of the article's
    int logistic;        // the logistic GAN loss instead of least squares
    float pixel_weight;  // of L1 (article: 100) or cross-entropy
    float gan_weight;    // 0: no discriminator
    float region_weight; // of the soft Dice beside cross-entropy; 0: none
    float class_balance; // classes weigh in cross-entropy as their frequency to minus this power
    float repeat_rare;   // photos with a class that fewer of them have than this share are shown
                         //   several times an epoch (clothes/repeats.h); 0: none
    size_t classes;
    // People
    float ccp_share; // of the scenes, 0-1
    size_t anchors;  // drawn from each photo
    size_t regions, mask_regions; // of each photo, for the box head and the mask head
    size_t frozen;                // stages of the encoder that do not learn
    // Both
    size_t height, width, batch; // of the network's input; photos a step
    uint64_t steps;              // of the whole run
    uint64_t seed;
    float rate, beta1, beta2, decay; // Adam; decay: decoupled weight decay
    float encoder_rate;  // of the parameters "encoder....", as a share of rate; above 0, to 1
    float warmup;        // share of the steps in which the rate rises from 0
    int cosine;          // the rate falls to 0 along a cosine; else it stays
    float average_decay; // of the weights' moving average; 0: none, the last weights count
    enum dtype dtype;
    struct augmentation augmentation;
    int sync_norm; // batch normalization over the whole batch, though ranks share it
    // No part of the text: a run goes on with others.
    struct ranks *ranks;           // share each batch; lent
    const struct backend *backend; // that trains; NULL: the CPU
};

// A dtype that is not chosen yet.
#define PRECISION_AUTO 2

struct task; // train/task.h

// All options of a call. Texts may be NULL where nothing is given.
struct train_options {
    const struct task *task;
    struct recipe recipe;
    const char *dataset;       // as dataset_open takes it; people: ccp:DIR
    const char *split;         // file of photo names; NULL: all, where dataset_names allows it
    const char *validation;    // clothes: file of photo names to validate on, which are left out of
                               //   the split; NULL: hold_out
    const char *classes;       // clothes: class file
    const char *people;        // people: coco:FILE
    const char *run;           // folder of the run; made if it is not there
    const char *start_from;    // safetensors file with some of the network's weights
    const char *device;        // a name that device_open takes
    size_t hold_out;           // every hold_out-th photo is for validation; 0: none
    double checkpoint_minutes; // between checkpoints
    uint64_t validate_every;   // steps between validations; 0: only at the end
    size_t loader_threads, cache_mb;
    int resume;  // continue the run in the folder; without it a run that is there is an error
    int article; // where nothing is given the article's values count, not our defaults
    const char *const *texts; // of all fields, for RUN/options.json; NULL: that is not written
    // See swatch_training_run. May be NULL.
    int (*progress)(void *user, const swatch_training_progress *progress);
    void *user;
};

enum field_kind {
    FIELD_TEXT,   // const char *
    FIELD_NAME,   // char[32]
    FIELD_SIZE,   // size_t
    FIELD_COUNT,  // uint64_t
    FIELD_REAL,   // float
    FIELD_DOUBLE, // double
    FIELD_RANGE,  // float[2], "0.8,1.8"
    FIELD_FLAG,   // int
    FIELD_CLEAR,  // int that the flag sets to 0
    FIELD_CHOICE  // int, the place among the choices
};

enum field_role {
    FIELD_PART = 1,   // decides the weights: a run goes on only with the same value
    FIELD_LENGTH = 2, // the same, but a run may go on with a larger one
    FIELD_DATA = 4,   // says where photos lie; a run goes on where it finds the same photos
    FIELD_CALL = 8,   // of one call; a run goes on with any
    FIELD_NOW = 16    // the same, and not kept in RUN/options.json
};

#define OPEN_LOW 1 // the limit itself is outside
#define OPEN_HIGH 2

struct field {
    swatch_training_option option; // without help: set by the program, no option
    enum field_kind kind;
    size_t offset; // in struct train_options
    enum field_role role;
    int open;
    const char *article; // the article's value; NULL: the default
};

#define FIELDS_MAX 64

// The fields in the order in which help lists them; NULL behind the last.
const struct field *field_at(size_t index);
// NULL when there is none of that name.
const struct field *field_find(const char *name);
// The default of a field as text; NULL where the task does not have it.
const char *field_default(const struct field *field, const struct task *task);
// Reads a text into the field of `options`, which lend it where the field is a text ("" is none).
// A text that is wrong or out of the limits is SWATCH_USAGE, with the limits in the message.
int field_set(const struct field *field, struct train_options *options, const char *text,
              swatch_error *error);
// All fields of the options' task at their defaults.
int options_default(struct train_options *options, swatch_error *error);

// The fields of the task that have one of the roles (a sum of enum field_role) as one line of JSON,
// in the table's order. Two recipes are the same when their texts of FIELD_PART are. The caller
// frees it; NULL when memory is lacking.
char *options_text(const struct train_options *options, int roles);

// Reads RUN/options.json: the task, and texts[i] of field_at(i) for each option it has; others
// stay. `name` is for messages. What the texts say is not checked (field_set does that). The caller
// frees the texts, also after an error.
int options_parse(const char *name, const char *text, const struct task **task,
                  char *texts[FIELDS_MAX], swatch_error *error);

// What recipe `here` differs in from `there`, both as options_text made them, as "rate (there
// 0.001, here 0.01), batch (there 4, here 8)"; cut where the room ends. Empty when they do not
// differ or one of them is no JSON object.
#define RECIPE_DIFFERENCE 512
void recipe_difference(const char *there, const char *here, char text[RECIPE_DIFFERENCE]);

// The learning rate at a step: it rises over the first `warmup` of the steps, then it stays or
// falls to 0 along a cosine.
float recipe_rate(const struct recipe *recipe, uint64_t step);
// What Adam does in a step. The moving average forgets fast at first, so that it does not drag the
// fresh weights along.
struct adam recipe_adam(const struct recipe *recipe, uint64_t step);

#endif
