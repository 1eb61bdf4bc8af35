// One training step of Mask R-CNN: all five losses at once on a batch of scenes (approximate joint
// training, Ren et al., arXiv 1506.01497).
#ifndef TRAIN_PEOPLE_TRAINER_H
#define TRAIN_PEOPLE_TRAINER_H

#include "model/boxes.h"
#include "nn/params.h"
#include "train/gradients.h"
#include "train/people/scene.h"
#include "train/people/targets.h"

struct detect_recipe {
    size_t height, width, batch;  // of the canvas, multiples of 64; photos a step
    size_t anchors;               // drawn from each photo
    size_t regions, mask_regions; // of each photo, for the box head and the mask head
    uint64_t steps, seed;
    float rate, beta1, beta2, decay, encoder_rate, warmup; // as in struct recipe
    float average_decay;
    enum dtype dtype;
    int sync_norm; // these three as in struct recipe
    struct ranks *ranks;
    const struct backend *backend;
};

struct detect_losses {
    double objectness, proposals; // of the region proposals: cross-entropy, smooth L1
    double classes, boxes, masks; // of the heads: cross-entropy, smooth L1, cross-entropy
};

struct detect_trainer {
    struct detect_recipe recipe;
    size_t photos; // of a batch that are this rank's
    struct maskrcnn network;
    struct params params;
    uint64_t step; // steps done
    double best;   // figure of the validations so far
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
int detect_trainer_new(const struct detect_recipe *recipe, const struct maskrcnn *network,
                       struct detect_trainer *trainer, swatch_error *error);
void detect_trainer_free(struct detect_trainer *trainer);

// One step on this rank's scenes of a batch, whose photos (H, W, 3) lie one behind the other. A
// loss or a gradient that is not finite is an error, and weights and moments are left as they were
// but where it is a loss alone; running statistics have changed.
int detect_trainer_step(struct detect_trainer *trainer, const struct scene *scenes,
                        struct detect_losses *losses, swatch_error *error);
double detect_trainer_flops(const struct detect_trainer *trainer);

#endif
