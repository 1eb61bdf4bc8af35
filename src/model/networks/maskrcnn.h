// Mask R-CNN (He et al., arXiv 1703.06870) with a feature pyramid (Lin et al., arXiv 1612.03144):
// the network as parts of a graph, and the arithmetic on boxes between the parts (boxes.h).
// Two flavors, as published: torchvision's maskrcnn_resnet50_fpn and matterport's Keras version;
// and a small one of our own on EfficientNet-Lite.
#ifndef MODEL_NETWORKS_MASKRCNN_H
#define MODEL_NETWORKS_MASKRCNN_H

#include "nn/layers.h"

#define MASKRCNN_LEVELS 5     // P2 .. P6, at 1/4 .. 1/64 of the photo
#define MASKRCNN_ROI_LEVELS 4 // P2 .. P5: where regions are cut out
#define MASKRCNN_SIZES 4
#define MASKRCNN_RATIOS 4
#define MASKRCNN_CLASSES_MAX 128

enum maskrcnn_backbone {
    MASKRCNN_RESNET, // bottlenecks; stride in the 3x3 convolution (torchvision)
    MASKRCNN_LITE0,  // EfficientNet-Lite0
    MASKRCNN_LITE2,  // EfficientNet-Lite2
};

// What a model file says of its network ("swatch.architecture"), see maskrcnn_parse.
struct maskrcnn {
    enum maskrcnn_backbone backbone;
    size_t blocks[4], width; // of a ResNet: {3, 4, 6, 3} and 64 for ResNet-50
    float norm_epsilon;      // of its frozen batch normalization
    size_t frozen;           // stages of EfficientNet-Lite that do not learn; not in the text
    int matterport;      // 1: stride in the first 1x1 convolution, pooling padded at the end only,
                         //   anchors neither rounded nor clipped in number by level, regions cut
                         //   by crop_and_resize, each region from the nearest level, of its
                         //   classes the best alone
    size_t pyramid;      // channels of the pyramid: 256
    size_t rpn_channels; // of the region proposals' convolution: 256, matterport 512
    size_t first_level;  // of the region proposals, 0 = P2
    size_t sizes;        // anchor sizes a level
    float size[MASKRCNN_LEVELS][MASKRCNN_SIZES]; // side of a square anchor, pixels
    size_t ratios;
    float ratio[MASKRCNN_RATIOS]; // of anchors, height / width
    size_t classes;               // with background, which is 0
    size_t box_side, box_units;   // of the box head: 7 and 1024
    size_t mask_side, mask_convs,
        mask_channels;                   // of the mask head: 14, 4, 256; masks have 2 x side
    int mask_dilated;                    // 1: its convolution i has dilation 2^i, to see more
    int mask_edges;                      // 1: masks are drawn to the photo's edges (mask_edges.h)
    size_t samples;                      // of a RoIAlign bin's side: 2
    int half_pixel;                      // ROI_ALIGN_HALF instead of ROI_ALIGN
    float box_canonical, mask_canonical; // side of a region that is cut out of P4: 224
    // The choice of boxes.
    size_t before_nms, proposals, detections; // 1000 a level, 1000, 100
    float proposal_overlap, overlap, score;   // 0.7, 0.5, 0.05
    int mask_scores; // 1: a score is multiplied by the square of how sure the mask is of its
                     //   inside ("maskness": Wang et al., arXiv 1912.04488)
    // The photo: its sides are made to fit `shorter` and `longer`, the canvas' are rounded up to a
    // multiple; value = (0..1 - mean) / deviation, 0 beyond the photo.
    size_t shorter, longer, multiple;     // 800, 1333, 32
    size_t closer_shorter, closer_longer; // of a second look that a photo is given where the first
                                          //   finds nobody large, larger than the above; 0: none
    float mean[3], deviation[3];
};

// The settings of torchvision's ResNet-50 with `classes` classes, and our small one's.
void maskrcnn_torchvision(struct maskrcnn *m, size_t classes);
void maskrcnn_lite(struct maskrcnn *m, size_t classes);

// The settings as the JSON object of "swatch.architecture", whose "name" is "mask-rcnn"; the caller
// frees it. NULL when memory is lacking.
char *maskrcnn_text(const struct maskrcnn *m);
// The backbone's name there: "resnet", "lite0" or "lite2"; static.
const char *maskrcnn_backbone_name(const struct maskrcnn *m);
// Reads such text; what is missing or out of its range is an error that says what.
int maskrcnn_parse(const char *text, struct maskrcnn *m, swatch_error *error);

static inline size_t maskrcnn_anchors(const struct maskrcnn *m) // a cell
{
    return m->sizes * m->ratios;
}

// The network on a canvas in three parts, see graph_forward_part: the trunk (up to trunk_end), the
// box head (up to box_end) and the mask head.
struct maskrcnn_graph {
    size_t height, width, batch;
    struct tensor *photo;                       // (N, H, W, 3)
    struct tensor *features[MASKRCNN_LEVELS];   // (N, h, w, pyramid); P6 may be NULL
    struct tensor *objectness[MASKRCNN_LEVELS]; // (N, h, w, anchors) logits; NULL below first_level
    struct tensor *deltas[MASKRCNN_LEVELS];     // (N, h, w, 4 anchors), dx dy dw dh of each
    const struct tensor *trunk_end;
    struct tensor *box_rois;   // (R, 1, 1, ROI_NUMBERS), an input
    struct tensor *scores;     // (R, 1, 1, classes) logits
    struct tensor *box_deltas; // (R, 1, 1, 4 classes)
    const struct tensor *box_end;
    struct tensor *mask_rois; // (M, 1, 1, ROI_NUMBERS), an input
    struct tensor *masks;     // (M, 2 side, 2 side, classes) logits
};

// Adds the trunk for N photos. Its parameters are called as torchvision's state dict calls them,
// the lite backbone's "encoder....". Height and width must be multiples of 32.
void maskrcnn_trunk(struct graph *g, const struct maskrcnn *m, struct tensor *photo,
                    struct maskrcnn_graph *parts);
// Adds the heads, for so many regions.
void maskrcnn_box_head(struct graph *g, const struct maskrcnn *m, size_t regions,
                       struct maskrcnn_graph *parts);
void maskrcnn_mask_head(struct graph *g, const struct maskrcnn *m, size_t regions,
                        struct maskrcnn_graph *parts);

#endif
