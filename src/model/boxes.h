// Boxes between the parts of Mask R-CNN: anchors, the coding of boxes against them, the choice of
// proposals and of detections. All in pixels of the canvas, the first pixel from 0 to 1.
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

// Area of intersection over area of union, and over the area of a.
float box_iou(struct box a, struct box b);
float box_inside(struct box a, struct box b);

// The box that deltas (dx, dy, dw, dh) make of `anchor`: the center moves by dx and dy of its
// sides, which grow by exp(dw) and exp(dh), at most 62.5 times; weights divide the deltas first.
// And back.
struct box box_decode(struct box anchor, const float deltas[4], const float weights[4]);
void box_encode(struct box anchor, struct box target, const float weights[4], float deltas[4]);
extern const float box_weights_proposals[4];  // 1 1 1 1
extern const float box_weights_detections[4]; // 10 10 5 5

// Anchor number a of the cell (y, x) of a level that has h x w cells on a canvas.
struct box box_anchor(const struct maskrcnn *m, size_t level, size_t canvas_height,
                      size_t canvas_width, size_t h, size_t w, size_t y, size_t x, size_t a);

// Greedy non-maximum suppression: of `count` boxes, in descending order of score, keeps those that
// overlap no kept one of their group by more than `overlap`, at most `most`. kept gets their
// indices; groups NULL: all are of one. Returns how many are kept.
size_t boxes_suppress(const struct box *boxes, const uint16_t *groups, size_t count, float overlap,
                      size_t most, uint32_t *kept);

// Work space for the choices below, for one thread, made for one network on one canvas.
struct chooser;
int chooser_new(const struct maskrcnn *m, const struct maskrcnn_graph *parts,
                struct chooser **chooser, swatch_error *error);
void chooser_free(struct chooser *chooser);

// Brings what the trunk said of all photos of a batch to the host, after its part of the graph ran;
// waits for it. Once for all choices of proposals.
void choose_fetch(struct chooser *chooser);
// The proposals of photo number `photo`, best first, at most m->proposals, from what choose_fetch
// brought. The photo fills width x height of the canvas. Lent until the next call.
const struct box *choose_proposals(struct chooser *chooser, size_t photo, size_t width,
                                   size_t height, size_t *count);

struct choice {
    struct box box;
    float score;
    size_t label; // 1 .. classes - 1
};
// The detections among `count` proposals, best first, at most m->detections, from scores
// (count, classes) and deltas (count, 4 classes). Lent until the next call.
const struct choice *choose_detections(struct chooser *chooser, const struct box *proposals,
                                       size_t count, const float *scores, const float *deltas,
                                       size_t width, size_t height, float least_score,
                                       size_t *found);

// A region as roi_align reads it: the level is chosen by the side of the box, `canonical` pixels
// belonging to P4 (Lin et al., equation 1); matterport takes the nearest level, others the finer.
void box_region(const struct maskrcnn *m, struct box box, size_t photo, float canonical,
                float region[ROI_NUMBERS]);

#endif
