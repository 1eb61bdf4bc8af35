// Mask R-CNN (He et al., arXiv 1703.06870) with a feature pyramid (Lin et al., arXiv 1612.03144):
// the network as parts of a graph. boxes.h has the arithmetic on boxes between the parts. There are
// two published versions, torchvision's maskrcnn_resnet50_fpn and matterport's in Keras, and a
// small one of our own on EfficientNet-Lite.
#ifndef MODEL_NETWORKS_MASKRCNN_H
#define MODEL_NETWORKS_MASKRCNN_H

#include "nn/layers.h"

#define MASKRCNN_LEVELS 5     // P2 .. P6, at 1/4 .. 1/64 of the photo
#define MASKRCNN_ROI_LEVELS 4 // P2 .. P5: those that regions are cut out of
#define MASKRCNN_SIZES 4      // at most
#define MASKRCNN_RATIOS 4     // at most
#define MASKRCNN_CLASSES_MAX 128

enum maskrcnn_backbone {
    MASKRCNN_RESNET, // with bottlenecks
    MASKRCNN_LITE0,  // EfficientNet-Lite0
    MASKRCNN_LITE2,  // EfficientNet-Lite2
};

// The settings of a network, "swatch.architecture" in a model file. The numbers in the comments are
// torchvision's.
struct maskrcnn {
    enum maskrcnn_backbone backbone;
    size_t blocks[4], width; // of a ResNet: {3, 4, 6, 3} and 64 for ResNet-50
    float norm_epsilon;      // of the ResNet's fixed batch normalization
    size_t frozen;           // stages of EfficientNet-Lite that do not learn; not in a model file
    // 1: as matterport's. A bottleneck has its stride in the first 1x1 convolution, not in the 3x3
    // one; pooling is padded at the end only; anchors are not rounded; before_nms is for all levels
    // together; regions are cut out by crop_and_resize, from the nearest level; a region has its
    // best class only.
    int matterport;
    size_t pyramid;      // channels of the pyramid: 256
    size_t rpn_channels; // of the convolution for region proposals: 256, matterport 512
    size_t first_level;  // that has region proposals; 0 is P2
    size_t sizes;        // anchor sizes a level
    float size[MASKRCNN_LEVELS][MASKRCNN_SIZES]; // side of a square anchor, pixels
    size_t ratios;
    float ratio[MASKRCNN_RATIOS]; // of anchors, height / width
    size_t classes;               // with background, which is 0
    size_t box_side, box_units;   // of the box head: 7 and 1024
    // The mask head: the side of its regions, of which masks have twice as much, 14; the number of
    // its convolutions, 4; their channels, 256.
    size_t mask_side, mask_convs, mask_channels;
    int mask_dilated;                    // 1: convolution i has dilation 2^i, to see further
    int mask_edges;                      // 1: masks are aligned with the photo's edges
                                         //   (mask_edges.h)
    size_t samples;                      // along a side of a RoIAlign bin: 2
    int half_pixel;                      // 1: ROI_ALIGN_HALF in place of ROI_ALIGN
    float box_canonical, mask_canonical; // see box_region: 224
    // The choice of boxes: how many a level before non-maximum suppression, 1000; the most
    // proposals, 1000; the most detections, 100. The largest overlaps of proposals, 0.7, and of
    // detections, 0.5. The least score that is meant to be shown, 0.05.
    size_t before_nms, proposals, detections;
    float proposal_overlap, overlap, score;
    int mask_scores; // 1: multiplies a score by the square of the mean of the mask's inside
                     //   ("maskness": Wang et al., arXiv 1912.04488)
    // The canvas. The photo is scaled so that its sides are at most `shorter` and `longer`, 800 and
    // 1333. The canvas' sides are rounded up to a multiple, 32. Pixels become (0..1 - mean) /
    // deviation; the rest of the canvas is 0.
    size_t shorter, longer, multiple;
    size_t closer_shorter, closer_longer; // the same for a second, larger look (looks.h); 0: there
                                          //   is none
    float mean[3], deviation[3];
};

// The settings of torchvision's network on ResNet-50, and of our small one.
void maskrcnn_torchvision(struct maskrcnn *m, size_t classes);
void maskrcnn_lite(struct maskrcnn *m, size_t classes);

// Writes the settings as the JSON object of "swatch.architecture", with "name" "mask-rcnn". The
// caller frees it. NULL: no memory.
char *maskrcnn_text(const struct maskrcnn *m);
// The backbone's name there: "resnet", "lite0" or "lite2". Nobody frees it.
const char *maskrcnn_backbone_name(const struct maskrcnn *m);
// Reads such a text. A setting that is missing or out of range is SWATCH_BAD_FILE and named.
int maskrcnn_parse(const char *text, struct maskrcnn *m, swatch_error *error);

// Anchors of each cell.
static inline size_t maskrcnn_anchors(const struct maskrcnn *m)
{
    return m->sizes * m->ratios;
}

// The network in three parts (graph_forward_part): the trunk, up to trunk_end; the box head, up to
// box_end; and the mask head.
struct maskrcnn_graph {
    size_t height, width, batch;                // of the photo's tensor
    struct tensor *photo;                       // (N, H, W, 3)
    struct tensor *features[MASKRCNN_LEVELS];   // (N, h, w, pyramid)
    struct tensor *objectness[MASKRCNN_LEVELS]; // (N, h, w, anchors) logits; NULL below first_level
    struct tensor *deltas[MASKRCNN_LEVELS];     // (N, h, w, 4 anchors): dx, dy, dw, dh
    const struct tensor *trunk_end;
    struct tensor *box_rois;   // (R, 1, 1, ROI_NUMBERS), an input
    struct tensor *scores;     // (R, 1, 1, classes) logits
    struct tensor *box_deltas; // (R, 1, 1, 4 classes)
    const struct tensor *box_end;
    struct tensor *mask_rois; // (M, 1, 1, ROI_NUMBERS), an input
    struct tensor *masks;     // (M, 2 side, 2 side, classes) logits
};

// Adds the trunk for a batch of photos, whose sides must be multiples of 32. Parameters have the
// names of torchvision's state dict; those of EfficientNet-Lite begin with "encoder.".
void maskrcnn_trunk(struct graph *g, const struct maskrcnn *m, struct tensor *photo,
                    struct maskrcnn_graph *parts);
// Add the heads, for this number of regions.
void maskrcnn_box_head(struct graph *g, const struct maskrcnn *m, size_t regions,
                       struct maskrcnn_graph *parts);
void maskrcnn_mask_head(struct graph *g, const struct maskrcnn *m, size_t regions,
                        struct maskrcnn_graph *parts);

#endif
