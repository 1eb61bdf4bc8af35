// Training steps of Mask R-CNN: all five losses at once on a batch of scenes (approximate joint
// training, Ren et al., arXiv 1506.01497).
#ifndef TRAIN_PEOPLE_TRAINER_H
#define TRAIN_PEOPLE_TRAINER_H

#include "model/boxes.h"
#include "nn/params.h"
#include "train/gradients.h"
#include "train/people/scene.h"
#include "train/people/targets.h"
#include "train/recipe.h"

// Losses of a step: cross-entropy and smooth L1 of the region proposals, then cross-entropy, smooth
// L1 and cross-entropy of the heads.
enum { LOSS_OBJECTNESS, LOSS_PROPOSALS, LOSS_CLASSES, LOSS_BOXES, LOSS_MASKS, PEOPLE_LOSSES };
extern const char *const people_losses[PEOPLE_LOSSES];

struct detect_trainer {
    struct recipe recipe;
    size_t photos; // this rank's photos in a batch
    struct maskrcnn network;
    struct params params;
    uint64_t step; // steps done
    const struct backend *backend;
    struct graph *g;
    struct maskrcnn_graph parts;
    struct tensor *labels[MASKRCNN_LEVELS], *deltas[MASKRCNN_LEVELS]; // inputs of the losses
    struct tensor *loss_objectness[MASKRCNN_LEVELS], *loss_proposals[MASKRCNN_LEVELS];
    struct tensor *box_labels, *box_targets, *mask_targets, *loss_classes, *loss_boxes, *loss_masks;
    struct chooser *chooser;
    uint8_t
        *label_room[MASKRCNN_LEVELS]; // labels and deltas of a batch, before the graph gets them
    float *delta_room[MASKRCNN_LEVELS];
    struct head_targets heads;
    struct gradients *gradients;  // NULL: no other ranks
    struct detect_report *report; // on the device: the results of a step
};

// Builds the network with fresh weights and room for the recipe's batch.
int detect_trainer_new(const struct recipe *recipe, const struct maskrcnn *network,
                       struct detect_trainer *trainer, swatch_error *error);
void detect_trainer_free(struct detect_trainer *trainer);

// Makes one step on this rank's scenes of a batch. The photos (H, W, 3) must lie one behind the
// other. A loss or a gradient that is not finite is an error. With such a gradient weights and
// moments stay as they were; running statistics have changed in any case.
int detect_trainer_step(struct detect_trainer *trainer, const struct scene *scenes,
                        double losses[PEOPLE_LOSSES], swatch_error *error);
// Returns the floating-point operations of one step's convolutions.
double detect_trainer_flops(const struct detect_trainer *trainer);

#endif
