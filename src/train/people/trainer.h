// One training step of Mask R-CNN: all five losses at once on a batch of scenes (approximate joint
// training, Ren et al., arXiv 1506.01497).
#ifndef TRAIN_PEOPLE_TRAINER_H
#define TRAIN_PEOPLE_TRAINER_H

#include "model/boxes.h"
#include "nn/params.h"
#include "train/gradients.h"
#include "train/people/scene.h"
#include "train/people/targets.h"
#include "train/recipe.h"

// Losses of a step: of the region proposals cross-entropy and smooth L1, of the heads
// cross-entropy, smooth L1 and cross-entropy.
enum { LOSS_OBJECTNESS, LOSS_PROPOSALS, LOSS_CLASSES, LOSS_BOXES, LOSS_MASKS, PEOPLE_LOSSES };
extern const char *const people_losses[PEOPLE_LOSSES];

struct detect_trainer {
    struct recipe recipe;
    size_t photos; // of a batch that are this rank's
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
    uint8_t *label_room[MASKRCNN_LEVELS]; // of the whole batch, on their way into the graph
    float *delta_room[MASKRCNN_LEVELS];
    struct head_targets heads;
    struct gradients *gradients;  // NULL: no other ranks
    struct detect_report *report; // the device's: what a step tells at its end
};

// Builds the network with fresh weights. The batch has room for what the recipe says.
int detect_trainer_new(const struct recipe *recipe, const struct maskrcnn *network,
                       struct detect_trainer *trainer, swatch_error *error);
void detect_trainer_free(struct detect_trainer *trainer);

// One step on this rank's scenes of a batch, whose photos (H, W, 3) lie one behind the other. A
// loss or a gradient that is not finite is an error, and weights and moments are left as they were
// but where it is a loss alone; running statistics have changed.
int detect_trainer_step(struct detect_trainer *trainer, const struct scene *scenes,
                        double losses[PEOPLE_LOSSES], swatch_error *error);
double detect_trainer_flops(const struct detect_trainer *trainer);

#endif
