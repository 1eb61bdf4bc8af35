// Labels and targets for the losses of Mask R-CNN on a scene, chosen as in the papers (Ren et al.,
// arXiv 1506.01497; He et al., arXiv 1703.06870).
#ifndef TRAIN_PEOPLE_TARGETS_H
#define TRAIN_PEOPLE_TARGETS_H

#include "base/rng.h"
#include "model/boxes.h"
#include "train/people/scene.h"

#define TARGET_IGNORED 255 // a label that does not count

// Chooses the anchors of one photo that count for the region proposals. An anchor is positive if it
// overlaps a person by 0.7, or more than any other anchor does; it is negative below 0.3. `sample`
// of them are drawn, at most half of them positive. For each level from first_level on, sets
// labels[level] (h, w, anchors) to 254, 0 or TARGET_IGNORED and deltas[level] (h, w, 4 anchors),
// NaN without a target. Anchors inside an ignored region do not count; in a scene of
// only_positives, negatives count only inside labelled people. Returns how many anchors were drawn.
size_t targets_proposals(const struct maskrcnn *m, const struct maskrcnn_graph *parts,
                         const struct scene *scene, size_t sample, struct rng *rng,
                         uint8_t *const labels[MASKRCNN_LEVELS],
                         float *const deltas[MASKRCNN_LEVELS]);

struct head_targets {
    size_t regions, mask_regions;
    float *box_rois;  // (regions, ROI_NUMBERS)
    uint8_t *labels;  // (regions), a class; TARGET_IGNORED: the region is not used
    float *deltas;    // (regions, 4 classes), NaN but for the true class
    float *mask_rois; // (mask_regions, ROI_NUMBERS)
    // (mask_regions, side, side, classes), where side is twice m->mask_side, as
    // loss_binary_cross_entropy reads it; TARGET_IGNORED but for the true class.
    uint8_t *masks;
};
// Chooses what the heads learn from one photo, number `photo` of the batch. Draws `regions` boxes
// among the proposals and the true boxes, at most a third of them positive (an overlap of 0.5). The
// first positive ones, at most `mask_regions`, are for the mask head.
void targets_heads(const struct maskrcnn *m, const struct scene *scene, size_t photo,
                   const struct box *proposals, size_t count, struct rng *rng,
                   struct head_targets *targets);

#endif
