// One training step of pix2pix: the generator against its pixel loss and, where the recipe gives it
// a weight, against a discriminator that learns beside it.
#ifndef TRAIN_CLOTHES_TRAINER_H
#define TRAIN_CLOTHES_TRAINER_H

#include "model/networks/networks.h"
#include "train/clothes/source.h"
#include "train/gradients.h"
#include "train/recipe.h"

struct trainer {
    struct recipe recipe;
    size_t photos; // of a batch that are this rank's, N below
    struct params generator, discriminator;
    uint64_t step; // steps done
    struct graph *g, *d;
    struct tensor *photo, *labels, *target, *map; // of g: inputs, and the map it makes
    struct tensor *loss_pixel, *loss_region, *loss_fool;
    float class_weights[CLASSES_MAX]; // of cross-entropy, see trainer_balance
    struct tensor *d_photo, *d_real, *d_fake, *d_loss_real, *d_loss_fake;
    uint8_t *padded; // labels with what is outside the photo made background, (N, H, W)
    float *paints;   // the device's: what classes are painted with in the true map, (classes,
                     //   outputs)
    // A step's batch on the device, and the next one's: the photos as activations, the labels as
    // above, and the sum of the labels' weights.
    struct fed {
        void *photo;
        uint8_t *labels;
        double weights;
    } fed[2];
    unsigned feeds; // batches fed so far; the last two are in fed[feeds % 2] and the other
    struct gradients *gradients; // NULL: no other ranks
    struct step_report *report;  // the device's: what a step tells at its end
    const struct backend *backend;
    int warm;                    // a step was done
    struct recording *recording; // of a step's work on the device; NULL: none, or not yet
};

// Losses of a step. What the recipe does not have is 0.
enum {
    LOSS_PIXEL,         // cross-entropy or L1
    LOSS_FOOL,          // what the discriminator holds against the generator's map
    LOSS_DISCRIMINATOR, // half of its losses on true and made-up maps
    LOSS_REGION,        // soft Dice
    CLOTHES_LOSSES
};
extern const char *const clothes_losses[CLOTHES_LOSSES];

// Builds networks with fresh weights. colors: of the classes, for maps in color. What contradicts
// itself in the recipe, or does not suit the network, is SWATCH_USAGE.
int trainer_new(const struct recipe *recipe, const uint8_t (*colors)[3], struct trainer *trainer,
                swatch_error *error);
void trainer_free(struct trainer *trainer);

// Weighs the classes by how many pixels each has in the training photos, as the recipe says: by
// their share to the power of -class_balance, the mean over all pixels being 1, at most
// TRAINER_WEIGHT_MAX. Classes without a pixel get the largest weight there is.
#define TRAINER_WEIGHT_MAX 20
void trainer_balance(struct trainer *trainer, const uint64_t *pixels);
// A step is three calls, so that the next one's batch is on its way while the device works on this
// one: feed, begin, feed the next, end, begin, ...; parameters are whole between end and begin.
//
// A batch: photos (N, H, W, 3) in -1..1 and labels (N, H, W) as in struct batch, which may be
// reused at once. It is fed when the one before has been begun, not earlier.
void trainer_feed(struct trainer *trainer, const float *photo, const uint8_t *labels);
// Queues a step on the batch fed last. On the CPU, and where ranks sum through the host (gradients
// without NCCL, statistics of a synchronized normalization), most of it is done when it returns.
int trainer_begin(struct trainer *trainer, swatch_error *error);
// Waits for it. A loss or a gradient that is not finite is an error, and weights and moments are
// left as they were but where it is a loss alone; running statistics have changed.
int trainer_end(struct trainer *trainer, double losses[CLOTHES_LOSSES], swatch_error *error);
// All three.
int trainer_step(struct trainer *trainer, const float *photo, const uint8_t *labels,
                 double losses[CLOTHES_LOSSES], swatch_error *error);
// Floating point operations of one step, in convolutions.
double trainer_flops(const struct trainer *trainer);

#endif
