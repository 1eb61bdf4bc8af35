// The arithmetic on boxes between the parts of Mask R-CNN: anchors, boxes as offsets from anchors,
// and the choice of proposals and of detections. Boxes are in pixels of the canvas; the first pixel
// is from 0 to 1.
#ifndef MODEL_BOXES_H
#define MODEL_BOXES_H

#include "model/networks/maskrcnn.h"

struct box {
    float x1, y1, x2, y2;
};

static inline float box_area(struct box b)
{
    return (b.x2 - b.x1) * (b.y2 - b.y1);
}

// The area of the intersection as a share of the union's, and of that of a. 0-1.
float box_iou(struct box a, struct box b);
float box_inside(struct box a, struct box b);

// Computes the box that is at deltas (dx, dy, dw, dh), divided by weights, from an anchor: the
// center moves by dx widths and dy heights, and the sides grow exp(dw) and exp(dh) times, at
// most 62.5 times. box_encode computes the deltas of a box.
struct box box_decode(struct box anchor, const float deltas[4], const float weights[4]);
void box_encode(struct box anchor, struct box target, const float weights[4], float deltas[4]);
extern const float box_weights_proposals[4];  // 1 1 1 1
extern const float box_weights_detections[4]; // 10 10 5 5

// Anchor number `a` of cell (y, x) of a level, which covers the canvas with h x w cells.
struct box box_anchor(const struct maskrcnn *m, size_t level, size_t canvas_height,
                      size_t canvas_width, size_t h, size_t w, size_t y, size_t x, size_t a);

// Greedy non-maximum suppression. Goes over the boxes, which must be in descending order of score,
// and keeps those whose IoU with every kept box of the same group is at most `overlap`. Stops at
// `most` boxes. kept (most) gets their indices. groups NULL: all are in one group. Returns the
// number of kept boxes.
size_t boxes_suppress(const struct box *boxes, const uint16_t *groups, size_t count, float overlap,
                      size_t most, uint32_t *kept);

// Memory for the choices below, for one thread and one graph. Free it with chooser_free; NULL is
// fine.
struct chooser;
int chooser_new(const struct maskrcnn *m, const struct maskrcnn_graph *parts,
                struct chooser **chooser, swatch_error *error);
void chooser_free(struct chooser *chooser);

// Copies the trunk's output for all photos of a batch to the host. Call it once, after the trunk
// ran and before choose_proposals.
void choose_fetch(struct chooser *chooser);
// Chooses the proposals of photo number `photo`, best first, at most m->proposals. The photo fills
// width x height pixels of the canvas. The result is valid until the next call.
const struct box *choose_proposals(struct chooser *chooser, size_t photo, size_t width,
                                   size_t height, size_t *count);

struct choice {
    struct box box;
    float score;  // 0-1
    size_t label; // 1 .. classes - 1
};
// Chooses the detections among `count` proposals, best first, at most m->detections, with scores
// above least_score. scores (count, classes) and deltas (count, 4 classes) are the box head's
// output. The result is valid until the next call.
const struct choice *choose_detections(struct chooser *chooser, const struct box *proposals,
                                       size_t count, const float *scores, const float *deltas,
                                       size_t width, size_t height, float least_score,
                                       size_t *found);

// Makes a region for roi_align. The side of the box decides its level: a box with sides of
// `canonical` pixels belongs to P4 (Lin et al., equation 1). matterport takes the nearest level,
// others the finer one.
void box_region(const struct maskrcnn *m, struct box box, size_t photo, float canonical,
                float region[ROI_NUMBERS]);

#endif
