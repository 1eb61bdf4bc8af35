// The options of a training run. One table of fields describes each option: its name, its limits,
// its defaults, which task has it, and whether it decides the weights. The parsing of options, the
// recipe in checkpoints and model files, and the command's help come from this table.
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
    int flip;           // 1: half of the samples are mirrored
    float scale_low;    // size of the photo; at 1 the whole photo fits the network's input. It is
    float scale_high;   //   drawn log-uniformly between these two
    float rotation;     // degrees, drawn from -rotation to rotation
    float close_ups;    // share of samples, 0-1, that show the upper part of the person from near:
    float close_scale;  //   their scale is drawn between scale_high and close_scale
    float persons;      // share of samples, 0-1, that show the person as extraction does: the part
                        //   of the photo around the person, where the surroundings of a coarse mask
                        //   are kept or painted grey, black or white
    float color;        // strength of changes of brightness, contrast, saturation, hue and gamma;
                        //   0: none, 1: strong
    float recolor;      // share of samples, 0-1, whose hair and skin get other colors
    float paste;        // share of samples, 0-1, that mix the people of several photos
    float camera;       // share of samples, 0-1, that look taken by a poor camera (camera.h)
    uint8_t skin, hair; // classes that recolor changes, SOURCE_OUTSIDE: none. They follow from the
                        //   data set's names and are not part of the recipe's text
};

// What decides the weights. The same recipe and data give the same weights on the same machine with
// the same number of threads.
struct recipe {
    // Clothes
    char generator[32]; // a name of model/networks.h
    int rgb;            // 1: the generator makes a color-coded map; 0: class scores
    size_t filters;     // of the generator's first layer; 0: its own number
    size_t discriminator_filters;
    int patchgan;        // 1: the paper's discriminator; 0: the article's
    int logistic;        // 1: the logistic GAN loss; 0: least squares
    float pixel_weight;  // of L1 (article: 100) or cross-entropy
    float gan_weight;    // 0: no discriminator
    float region_weight; // of the soft Dice beside cross-entropy; 0: none
    float class_balance; // a class counts in cross-entropy as its frequency to minus this power
    float repeat_rare;   // photos with a class that less than this share of photos have are shown
                         //   several times an epoch (clothes/repeats.h); 0: none
    size_t classes;
    float garment_weight; // of the second head's cross-entropy
    size_t garments;      // classes of the second head, which are those of the data; 0: none
    // People
    float ccp_share;              // of the scenes, 0-1
    size_t anchors;               // drawn from each photo
    size_t regions, mask_regions; // drawn from each photo for the box head and the mask head
    size_t frozen;                // stages of the encoder that do not learn
    // Both
    size_t height, width, batch; // of the network's input; photos a step
    uint64_t steps;              // of the whole run
    uint64_t seed;
    float rate, beta1, beta2, decay; // Adam; decay: decoupled weight decay
    float encoder_rate;  // rate of the parameters "encoder...." as a share of `rate`, 0-1, not 0
    float warmup;        // share of the steps in which the rate rises from 0
    int cosine;          // 1: the rate falls to 0 along a cosine; 0: it stays
    float average_decay; // of the weights' moving average; 0: there is none
    enum dtype dtype;
    struct augmentation augmentation;
    int sync_norm; // 1: batch normalization over the whole batch that ranks share
    // Not part of the recipe's text: a resumed run may have others.
    struct ranks *ranks;           // lent; NULL: one process
    const struct backend *backend; // NULL: the CPU
};

#define PRECISION_AUTO 2 // as a dtype: it is chosen when the device is known

struct task; // train/task.h

// All options of a run. Texts that are not given are NULL.
struct train_options {
    const struct task *task;
    struct recipe recipe;
    const char *dataset;       // as dataset_open takes it; people: ccp:DIR
    const char *split;         // file of photo names; NULL: all, if dataset_names allows it
    const char *validation;    // clothes: file of photo names to validate on, not to learn from;
                               //   NULL: hold_out
    const char *classes;       // clothes: class file
    const char *garments;      // clothes: class file of the second head; NULL: there is none
    const char *people;        // people: coco:FILE
    const char *run;           // folder of the run; made if it is missing
    const char *start_from;    // safetensors file with some of the network's weights
    const char *device;        // a name that device_open takes
    size_t hold_out;           // every hold_out-th photo is for validation; 0: none
    double checkpoint_minutes; // between checkpoints
    uint64_t validate_every;   // steps between validations; 0: only at the end
    size_t loader_threads, cache_mb;
    int resume;  // 1: continue the run in the folder; 0: a run that is there is an error
    int article; // 1: the article's values replace the defaults
    const char *const *texts; // of all fields, for RUN/options.json; NULL: it is not written
    // As in swatch_training_run; may be NULL.
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
    FIELD_PART = 1,   // decides the weights: a resumed run must have the same value
    FIELD_LENGTH = 2, // the same, but a resumed run may have a larger value
    FIELD_DATA = 4,   // says where photos lie: a resumed run must find the same photos
    FIELD_CALL = 8,   // does not matter: a resumed run may have any value
    FIELD_NOW = 16    // the same, and RUN/options.json does not keep it
};

#define OPEN_LOW 1 // the limit itself is not allowed
#define OPEN_HIGH 2

struct field {
    swatch_training_option option; // help NULL: users cannot set it
    enum field_kind kind;
    size_t offset; // in struct train_options
    enum field_role role;
    int open;
    const char *article; // the article's value; NULL: the default is used
};

#define FIELDS_MAX 64

// Returns a field, in the order in which help lists them; NULL after the last.
const struct field *field_at(size_t index);
// Returns the field of that name, or NULL.
const struct field *field_find(const char *name);
// Returns the default of a field as text; NULL if the task does not have the field.
const char *field_default(const struct field *field, const struct task *task);
// Sets a field of `options` from a text. A field of kind TEXT keeps the pointer; "" sets it to
// NULL. A text that is wrong or outside the limits is SWATCH_USAGE, with the limits in the message.
int field_set(const struct field *field, struct train_options *options, const char *text,
              swatch_error *error);
// Sets all fields of options->task to their defaults.
int options_default(struct train_options *options, swatch_error *error);

// Writes the task's fields of some roles (a sum of enum field_role) as one line of JSON, in the
// table's order. Two recipes are the same if their texts of FIELD_PART are. The caller frees the
// text. NULL: not enough memory.
char *options_text(const struct train_options *options, int roles);

// Reads RUN/options.json: the task, and texts[i] of field_at(i) for each option it has; others
// stay. `name` is for messages. What the texts say is not checked (field_set does that). The caller
// frees the texts, also after an error.
int options_parse(const char *name, const char *text, const struct task **task,
                  char *texts[FIELDS_MAX], swatch_error *error);

// Writes how two recipes of options_text differ: "rate (there 0.001, here 0.01), batch (there 4,
// here 8)", cut where the room ends. Writes "" if they do not differ or one is no JSON object.
#define RECIPE_DIFFERENCE 512
void recipe_difference(const char *there, const char *here, char text[RECIPE_DIFFERENCE]);

// Returns the learning rate at a step. It rises over the first `warmup` of the steps, then stays or
// falls to 0 along a cosine.
float recipe_rate(const struct recipe *recipe, uint64_t step);
// Returns what Adam does in a step. The moving average forgets faster at first, because the early
// weights are of no use.
struct adam recipe_adam(const struct recipe *recipe, uint64_t step);

#endif
