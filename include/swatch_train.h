// Training, evaluation and the import of foreign weights: the half of libswatch for those who make
// models. The rules of swatch.h hold here, too.
//
// A complete training:
//
//     swatch_training *training;
//     swatch_error error;
//     int finished = 0;
//     if (swatch_training_new("clothes", &training, &error) ||
//         swatch_training_set(training, "dataset", "folder:photos", &error) ||
//         swatch_training_set(training, "classes", "my-classes.txt", &error) ||
//         swatch_training_set(training, "run", "runs/first", &error) ||
//         swatch_training_run(training, NULL, NULL, &finished, &error))
//         fprintf(stderr, "%s\n", error.message);
//     swatch_training_free(training);
#ifndef SWATCH_TRAIN_H
#define SWATCH_TRAIN_H

#include <swatch.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Training ----------------------------------------------------------------------------------
//
// Two tasks: "clothes" learns from photos with a class for each pixel, "people" from photos with
// people outlined. What each option means stands in docs/training.md.

// An option of training. Lent by the library.
typedef struct swatch_training_option {
    const char *name;     // "rate"
    const char *argument; // what help calls its value; NULL: a flag, "yes" or "no"
    const char *help;     // one line
    double low, high;     // limits of a number; 0, 0: it is none
    const char *choices;  // "f32|bf16|auto", or NULL
    // Its default for each task as text; "": none; NULL: the task has no such option.
    const char *of_clothes, *of_people;
} swatch_training_option;

// The options in the order of their groups; NULL for an index out of range.
SWATCH_API const swatch_training_option *swatch_training_option_get(size_t index);

typedef struct swatch_training swatch_training; // options of a training; for one thread

// task: "clothes" or "people"; NULL: that of the run which is resumed, else clothes. *training is
// NULL after an error.
SWATCH_API int swatch_training_new(const char *task, swatch_training **training,
                                   swatch_error *error);
SWATCH_API void swatch_training_free(swatch_training *training);
// Sets an option; what is not set stays at its default, or with "resume" as the run was started.
// The text is copied. An option that does not exist or that the task does not have, and a value out
// of its limits, are SWATCH_USAGE with the name in the message; the option stays as it was.
SWATCH_API int swatch_training_set(swatch_training *training, const char *name, const char *value,
                                   swatch_error *error);

typedef struct swatch_training_value {
    const char *name; // "pixel"
    double value;
} swatch_training_value;

// Lent to the callback for the call. What later versions add stands at its end.
typedef struct swatch_training_progress {
    size_t size;      // of this struct, in bytes
    const char *task; // "clothes" or "people"
    // The device in use: "cpu" or "cuda"; with a remark behind it ("cpu; gradients pass ...") where
    // ranks are slowed down.
    const char *device;
    uint64_t step, steps;     // done and of the whole run
    size_t learned, held_out; // photos to learn from and to validate on
    // Means since the last call. None at the call before the first step.
    size_t loss_count;
    const swatch_training_value *losses;
    // On the photos held out, 0-1; none where no validation was made just now. The first decides
    // which weights are the best.
    size_t figure_count;
    const swatch_training_value *figures;
    double best;  // highest first figure so far; NaN: none
    double start; // the first figure of what "start-from" gave; NaN: not measured
    double rate;  // learning rate
    double photos_per_second;
    double flops_per_second; // in convolutions
    double wait_share;       // 0-1: of the time, standing still for photos
    double seconds_left;
    // Something unusual about the photos, each told once: people without an outline, photos
    // outlined as they are stored. Mostly NULL.
    const char *notice;
} swatch_training_progress;

// Trains until "steps" are done (*finished 1) or progress says stop (*finished 0). progress (may be
// NULL) is called before the first step, about once a second and after each validation; a return
// value other than 0 ends the run with a checkpoint.
// Options that contradict each other or the run that is resumed, and a batch that the processes
// cannot share alike, are SWATCH_USAGE. A loss or a gradient that is not finite, a photo that
// cannot be read, a full disk, another training at work in the folder: an error; the last
// checkpoint stays. Processes that Open MPI's mpirun has started train together, each on its share
// of every batch: all call this with the same options, once in a process and from one thread. Rank
// 0 alone writes and calls progress. After an error, of which the message is empty where another
// rank has it, the process must end, since the others wait for it.
SWATCH_API int swatch_training_run(swatch_training *training,
                                   int (*progress)(void *user,
                                                   const swatch_training_progress *progress),
                                   void *user, int *finished, swatch_error *error);

// ---- Evaluation --------------------------------------------------------------------------------

// Evaluation against a data set's labels, at each photo's own size.
#define SWATCH_CLASSES_MAX 64

typedef struct swatch_class_score {
    char name[32];
    uint64_t pixels; // of the truth
    double iou;      // 0-1; NaN when the class is neither in the truth nor found
    double boundary; // F-score of its boundary (Csurka et al. 2013), mean over photos; or NaN
} swatch_class_score;

// Filled in by the library, as far as its `size` goes. Begin with SWATCH_SCORES_INIT.
typedef struct swatch_scores {
    size_t size; // of this struct, in bytes
    size_t photos, classes;
    double pixel_accuracy, mean_iou, mean_boundary; // 0-1, or NaN: nothing to take a mean of
    // With people to find: photos in which somebody was found, and the mean over all photos of the
    // intersection over union of the labels' person with the one taken, 0 where nobody was found.
    size_t found;
    double person_iou;
    swatch_class_score of_class[SWATCH_CLASSES_MAX];
    // Garments of 1 % of the photo and more, with classes finer than "clothes": how many the labels
    // have, how many of these have the right class in the garment that is found for them, the one
    // with the highest IoU; and how many are found. CIEDE2000 between the main color of a true
    // garment and that of the one found for it: median, and what 90 % stay within; or NaN.
    size_t garments, garments_named, garments_found;
    double garment_color_median, garment_color_90;
} swatch_scores;
#define SWATCH_SCORES_INIT SWATCH_INIT(swatch_scores)

// Begin with SWATCH_EVALUATE_OPTIONS_INIT and set what is wanted otherwise.
typedef struct swatch_evaluate_options {
    size_t size;                           // of this struct, in bytes
    const char *dataset;                   // "ccp:DIR" or "folder:DIR", as for training
    const char *split;                     // file of photo names; NULL: all of a folder
    const char *classes;                   // class file; its classes must be the model's
                                           // (swatch_model_options.classes)
    double tolerance;                      // of boundaries, pixels; 0 means 2
    const swatch_extract_options *extract; // NULL: defaults
    // Who the person is: the person step with what this session finds, the largest as
    // swatch_extract's users get it; or with the labels' own person, all that is not background.
    // NULL and 0: no person step. A photo in which nobody is found counts as all background.
    swatch_session *people;
    int true_person;
    // NULL, or a new folder for a page (index.html) of the 20 photos with the lowest mean IoU over
    // the classes of their labels: photo, truth, answer, and what is wrong. All or nothing.
    const char *worst;
    // Called after each photo. May be NULL; a return value other than 0 ends with SWATCH_CANCELLED.
    int (*progress)(void *user, size_t done, size_t photos);
    void *user;
    // NULL, or a new file (CSV, RFC 4180): a row for each region that was found, with its photo,
    // name, pixels, the IoU that the model expects and the true one. tools/calibrate.py makes of it
    // what a model's confidence rests on. And a row, "garment", for each true garment that is
    // counted above, with its pixels, the IoU of the one found for it, the classes of both,
    // CIEDE2000 of their main colors, what the network gives the class found, and the class that it
    // may be instead.
    const char *regions;
} swatch_evaluate_options;

#define SWATCH_EVALUATE_OPTIONS_INIT SWATCH_INIT(swatch_evaluate_options)

// After an error all of *scores but its size is 0.
SWATCH_API int swatch_evaluate(swatch_session *session, const swatch_evaluate_options *options,
                               swatch_scores *scores, swatch_error *error);

// How well people are found, on photos with everybody outlined. Average precision is COCO's: the
// mean over overlaps of 0.50, 0.55 .. 0.95; of people of areas below 32^2 pixels, up to 96^2,
// above.
typedef struct swatch_people_scores {
    size_t size; // of this struct, in bytes; begin with SWATCH_PEOPLE_SCORES_INIT
    size_t photos;
    double mask_ap, mask_ap50, mask_ap75, mask_small, mask_medium, mask_large; // 0-1 or NaN
    double box_ap, box_ap50;
    double recall;  // of masks; mean over overlaps
    size_t empty;   // photos that show nobody,
    size_t alarmed; // and those of them where somebody is found by default
    // People of whom only a box is known: for masks they are neither right nor wrong.
    size_t without_outline;
    // Photos that EXIF turns but whose outlines were drawn on them as they are stored: they were
    // looked at as they are stored.
    size_t unturned;
} swatch_people_scores;
#define SWATCH_PEOPLE_SCORES_INIT SWATCH_INIT(swatch_people_scores)

// Begin with SWATCH_EVALUATE_PEOPLE_OPTIONS_INIT.
typedef struct swatch_evaluate_people_options {
    size_t size;        // of this struct, in bytes
    const char *people; // "coco:FILE", as for training
    const char *split;  // file of names of its photos; NULL: all
    // Called after each photo. May be NULL; a return value other than 0 ends with SWATCH_CANCELLED.
    int (*progress)(void *user, size_t done, size_t photos);
    void *user;
} swatch_evaluate_people_options;

#define SWATCH_EVALUATE_PEOPLE_OPTIONS_INIT SWATCH_INIT(swatch_evaluate_people_options)

// session: of a model that finds people. After an error all of *scores but its size is 0.
SWATCH_API int swatch_evaluate_people(swatch_session *session,
                                      const swatch_evaluate_people_options *options,
                                      swatch_people_scores *scores, swatch_error *error);

// ---- Import ------------------------------------------------------------------------------------

// What the file of weights does not say. Zero means what is usual for its kind.
typedef struct swatch_import_options {
    size_t size;
    // Class names in the model's order, "background,person=#ff0000,..."; a color each or none.
    // NULL: COCO's for its 91 or 81 classes, those of classes/ccp-4.txt for networks that paint.
    const char *classes;
    // That of a Mask R-CNN's batch normalization, 0-1. NULL: torchvision 1e-5, matterport 1e-3.
    const double *norm_epsilon;
    int replace; // 1: a regular file that is at `output` already is replaced; 0: it stays
} swatch_import_options;
#define SWATCH_IMPORT_OPTIONS_INIT SWATCH_INIT(swatch_import_options)

// Filled in by the library, as far as its `size` goes.
typedef struct swatch_import_summary {
    size_t size;
    char kind[64]; // whose weights they are
    size_t tensors;
    size_t classes; // 0: only an encoder's weights, to start a training from
} swatch_import_summary;
#define SWATCH_IMPORT_SUMMARY_INIT SWATCH_INIT(swatch_import_summary)

// Makes a model file of weights from elsewhere: PyTorch's .pth (nothing in it is executed), Keras'
// .h5, safetensors; docs/import.md says of which networks. Tensors that are missing, surplus or of
// another shape are an error that lists them. SWATCH_EXISTS: `output` is there already. options and
// summary may be NULL.
SWATCH_API int swatch_import(const char *path, const char *output,
                             const swatch_import_options *options, swatch_import_summary *summary,
                             swatch_error *error);

#ifdef __cplusplus
}
#endif

#endif
