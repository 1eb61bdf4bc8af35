// What each part of Mask R-CNN ought to have said of a scene: labels and targets for its losses,
// chosen as in the papers (Ren et al., arXiv 1506.01497; He et al., arXiv 1703.06870).
#ifndef TRAIN_PEOPLE_TARGETS_H
#define TRAIN_PEOPLE_TARGETS_H

#include "base/rng.h"
#include "model/boxes.h"
#include "train/people/scene.h"

#define TARGET_IGNORED 255 // a label that does not count

// For the region proposals of one photo: which anchors count. Anchors that overlap a person by 0.7,
// or more than any other does, are positive, those below 0.3 negative; of these `sample` are drawn,
// at most half of them positive. For each level from first_level on: labels[level] (h, w, anchors)
// 1, 0 or TARGET_IGNORED, and deltas[level] (h, w, 4 anchors), NaN where there is no target; all of
// this photo alone. Anchors within an ignored region do not count, nor do negatives of a scene that
// shows its only_positives. Returns how many anchors were drawn.
size_t targets_proposals(const struct maskrcnn *m, const struct maskrcnn_graph *parts,
                         const struct scene *scene, size_t sample, struct rng *rng,
                         uint8_t *const labels[MASKRCNN_LEVELS],
                         float *const deltas[MASKRCNN_LEVELS]);

// For the heads of one photo: draws `regions` boxes among the proposals and the true boxes, at most
// a third of them positive (overlap of 0.5), and gives each its class and its deltas; the first
// positive ones, at most `mask_regions`, are for the mask head. What is left over is unused.
// box_rois (regions, ROI_NUMBERS), labels (regions), deltas (regions, 4 classes) with NaN but for
// the true class; mask_rois (mask_regions, ROI_NUMBERS), masks (mask_regions, side, side, classes),
// as loss_binary_cross_entropy reads them, TARGET_IGNORED but for the true class; side is twice
// m->mask_side.
struct head_targets {
    size_t regions, mask_regions;
    float *box_rois, *deltas, *mask_rois;
    uint8_t *labels, *masks;
};
void targets_heads(const struct maskrcnn *m, const struct scene *scene, size_t photo,
                   const struct box *proposals, size_t count, struct rng *rng,
                   struct head_targets *targets);

#endif
