// Training steps of pix2pix. The generator learns from its pixel loss and, if the recipe gives it a
// weight, from a discriminator that learns beside it.
#ifndef TRAIN_CLOTHES_TRAINER_H
#define TRAIN_CLOTHES_TRAINER_H

#include "model/networks/networks.h"
#include "train/clothes/source.h"
#include "train/gradients.h"
#include "train/recipe.h"

// What the labels of samples mean. Below the number of the data set's classes they are those, then
// come its sets of classes (model/classes.h).
struct label_meaning {
    const uint8_t (*colors)[3]; // of the classes that the network answers in
    const uint64_t *sets;       // (set_count)
    size_t set_count;
    // (recipe.garments) the class of the network's answer that each class of the data set is part
    // of. NULL: the network answers in the data set's classes and has no second head
    const uint8_t *whole;
};

struct trainer {
    struct recipe recipe;
    size_t photos; // this rank's photos in a batch, N below
    struct params generator, discriminator;
    uint64_t step; // steps done
    struct graph *g, *d;
    struct tensor *photo, *labels, *target, *map; // of g: inputs, and the map that it makes
    struct tensor *garment_labels;                // (N, H/2, W/2, 1), of the second head
    struct tensor *loss_pixel, *loss_region, *loss_fool, *loss_garments;
    float class_weights[2 * CLASSES_MAX]; // of classes and sets in cross-entropy (trainer_balance)
    uint64_t sets[CLASSES_MAX];
    size_t set_count;
    uint8_t answers[256]; // label -> label of the network's answer
    struct tensor *d_photo, *d_real, *d_fake, *d_loss_real, *d_loss_fake;
    // (N, H, W), labels of the answer; then (N, H/2, W/2), those of the second head.
    uint8_t *padded;
    float *paints; // on the device: (classes, outputs), what the true map shows for each class
    // The batches of this step and of the next, on the device: photos as activations, padded
    // labels, and the sums of the labels' weights.
    struct fed {
        void *photo;
        uint8_t *labels;
        double weights[2]; // of the answer, of the second head
    } fed[2];
    unsigned feeds;              // batches fed so far; the last one is in fed[feeds % 2]
    struct gradients *gradients; // NULL: no other ranks
    struct step_report *report;  // on the device: the results of a step
    const struct backend *backend;
    int warm;                    // 1: at least one step is done
    struct recording *recording; // of a step's work on the device; NULL: not recorded (yet)
};

// Losses of a step. A loss that the recipe does not have is 0.
enum {
    LOSS_PIXEL,         // cross-entropy or L1
    LOSS_FOOL,          // adversarial: how well the discriminator tells the generator's map
    LOSS_DISCRIMINATOR, // half of the discriminator's losses on the true and the made map
    LOSS_REGION,        // soft Dice
    LOSS_GARMENTS,      // cross-entropy of the second head
    CLOTHES_LOSSES
};
extern const char *const clothes_losses[CLOTHES_LOSSES];

// Builds the networks with fresh weights. `meaning` is copied. A recipe that contradicts itself or
// does not suit the network is SWATCH_USAGE.
int trainer_new(const struct recipe *recipe, const struct label_meaning *meaning,
                struct trainer *trainer, swatch_error *error);
void trainer_free(struct trainer *trainer);

#define TRAINER_WEIGHT_MAX 20
// Sets the weights of the data set's classes in cross-entropy from their pixels in the photos to
// learn from: share to the power of -class_balance, with a mean of 1 over all pixels, at most
// TRAINER_WEIGHT_MAX. A class without pixels is weighed as if it had one, a set as the mean of its
// classes. Where there is a second head, it alone is weighed.
void trainer_balance(struct trainer *trainer, const uint64_t *pixels);

// The labels that the second head learns: of 2 x 2 pixels of labels (height, width), where they
// agree, else DATASET_UNKNOWN, into halves (height / 2, width / 2). The head takes what is outside
// the photo as unknown.
void trainer_halve(const uint8_t *labels, size_t height, size_t width, uint8_t *halves);

// A step has three calls, so that the next batch can be transferred while the device works: feed,
// begin, feed the next, end, begin, ... Parameters may be read between end and begin.
//
// Feeds a batch: photos (N, H, W, 3) in -1..1 and labels (N, H, W) as in samples.h. Both may be
// reused when this returns. The step of the batch before must have begun.
void trainer_feed(struct trainer *trainer, const float *photo, const uint8_t *labels);
// Queues a step on the batch fed last. On the CPU, and if ranks sum through the host, most of the
// work is done when this returns.
int trainer_begin(struct trainer *trainer, swatch_error *error);
// Waits for the end of the step. A loss or a gradient that is not finite is an error. With such a
// gradient weights and moments stay as they were; running statistics have changed in any case.
int trainer_end(struct trainer *trainer, double losses[CLOTHES_LOSSES], swatch_error *error);
// Feeds, begins and ends a step.
int trainer_step(struct trainer *trainer, const float *photo, const uint8_t *labels,
                 double losses[CLOTHES_LOSSES], swatch_error *error);
// Returns the floating-point operations of one step's convolutions.
double trainer_flops(const struct trainer *trainer);

#endif
