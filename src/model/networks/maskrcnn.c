// The graph of Mask R-CNN. Parameters have torchvision's names, which makes importing its weights
// easy.

#include "model/networks/maskrcnn.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/networks/networks.h"

#define NAME_ROOM (2 * PARAM_NAME_MAX)

// Formats a name. A name that is too long is cut here and refused by the layer that uses it.
__attribute__((format(printf, 2, 3))) static const char *name_of(char name[NAME_ROOM],
                                                                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, NAME_ROOM, format, arguments);
    va_end(arguments);
    return name;
}

static struct tensor *conv_norm(struct graph *g, const struct maskrcnn *m, struct tensor *x,
                                const char *stem, const char *conv, const char *norm,
                                struct conv2d o)
{
    char name[NAME_ROOM];
    x = conv2d(g, x, name_of(name, "%s.%s", stem, conv), o);
    return batch_norm(g, x, name_of(name, "%s.%s", stem, norm),
                      (struct norm){.epsilon = m->norm_epsilon, .fixed = 1});
}

static struct tensor *bottleneck(struct graph *g, const struct maskrcnn *m, struct tensor *x,
                                 const char *stem, size_t channels, size_t stride, int first)
{
    struct tensor *shortcut = x, *y;
    const size_t before = m->matterport ? stride : 1, within = m->matterport ? 1 : stride;
    char name[NAME_ROOM];
    y = conv_norm(g, m, x, stem, "conv1", "bn1",
                  (struct conv2d){.channels = channels, .kernel = 1, .stride = before});
    y = activation(g, y, ACTIVATION_RELU);
    y = conv_norm(g, m, y, stem, "conv2", "bn2",
                  (struct conv2d){.channels = channels, .kernel = 3, .stride = within, .pad = 1});
    y = activation(g, y, ACTIVATION_RELU);
    y = conv_norm(g, m, y, stem, "conv3", "bn3",
                  (struct conv2d){.channels = 4 * channels, .kernel = 1});
    if (first)
        shortcut =
            conv_norm(g, m, x, name_of(name, "%s.downsample", stem), "0", "1",
                      (struct conv2d){.channels = 4 * channels, .kernel = 1, .stride = stride});
    return activation(g, add(g, y, shortcut), ACTIVATION_RELU);
}

// Makes features at 1/4, 1/8, 1/16 and 1/32 of the photo's size.
static void resnet(struct graph *g, const struct maskrcnn *m, struct tensor *x,
                   struct tensor *features[4])
{
    x = conv_norm(g, m, x, "backbone.body", "conv1", "bn1",
                  (struct conv2d){.channels = m->width, .kernel = 7, .stride = 2, .pad = 3});
    x = activation(g, x, ACTIVATION_RELU);
    x = m->matterport ? max_pool_end(g, x, 3, 2, 1) : max_pool(g, x, 3, 2, 1);
    for (size_t level = 0; level < 4; level++) {
        for (size_t b = 0; b < m->blocks[level]; b++) {
            char stem[NAME_ROOM];
            x = bottleneck(g, m, x, name_of(stem, "backbone.body.layer%zu.%zu", level + 1, b),
                           m->width << level, b == 0 && level > 0 ? 2 : 1, b == 0);
        }
        features[level] = x;
    }
}

static void pyramid(struct graph *g, const struct maskrcnn *m, struct tensor *const bottom[4],
                    struct tensor *features[MASKRCNN_LEVELS])
{
    struct tensor *above = NULL;
    char name[NAME_ROOM];
    for (size_t level = 4; level-- > 0;) {
        struct tensor *x =
            conv2d(g, bottom[level], name_of(name, "backbone.fpn.inner_blocks.%zu.0", level),
                   (struct conv2d){.channels = m->pyramid, .kernel = 1, .bias = 1});
        if (level < 3)
            x = add(g, x, upsample_nearest(g, above, 2));
        above = x;
        features[level] =
            conv2d(g, x, name_of(name, "backbone.fpn.layer_blocks.%zu.0", level),
                   (struct conv2d){.channels = m->pyramid, .kernel = 3, .pad = 1, .bias = 1});
    }
    features[4] = max_pool(g, features[3], 1, 2, 0);
}

void maskrcnn_trunk(struct graph *g, const struct maskrcnn *m, struct tensor *photo,
                    struct maskrcnn_graph *parts)
{
    struct tensor *bottom[5] = {NULL};
    const size_t anchors = maskrcnn_anchors(m);
    *parts = (struct maskrcnn_graph){.photo = photo,
                                     .height = photo ? photo->h : 0,
                                     .width = photo ? photo->w : 0,
                                     .batch = photo ? photo->n : 0};
    graph_init(g, PARAM_HE_NORMAL);
    switch (m->backbone) {
    case MASKRCNN_RESNET:
        resnet(g, m, photo, bottom + 1);
        break;
    case MASKRCNN_LITE0:
        encoder_lite(g, photo, EFFICIENTNET_LITE0, m->frozen, bottom);
        break;
    case MASKRCNN_LITE2:
        encoder_lite(g, photo, EFFICIENTNET_LITE2, m->frozen, bottom);
        break;
    }
    pyramid(g, m, bottom + 1, parts->features);
    for (size_t level = 0; level < MASKRCNN_ROI_LEVELS; level++)
        graph_output(g, parts->features[level]);
    for (size_t level = m->first_level; level < MASKRCNN_LEVELS; level++) {
        graph_init(g, PARAM_HE_NORMAL);
        struct tensor *x =
            conv2d(g, parts->features[level], "rpn.head.conv.0.0",
                   (struct conv2d){.channels = m->rpn_channels, .kernel = 3, .pad = 1, .bias = 1});
        x = activation(g, x, ACTIVATION_RELU);
        graph_init(g, PARAM_NORMAL_002);
        parts->objectness[level] =
            graph_output(g, conv2d(g, x, "rpn.head.cls_logits",
                                   (struct conv2d){.channels = anchors, .kernel = 1, .bias = 1}));
        parts->deltas[level] = graph_output(
            g, conv2d(g, x, "rpn.head.bbox_pred",
                      (struct conv2d){.channels = 4 * anchors, .kernel = 1, .bias = 1}));
        parts->trunk_end = parts->deltas[level];
    }
}

static struct tensor *regions_of(struct graph *g, const struct maskrcnn *m,
                                 const struct maskrcnn_graph *parts, struct tensor *rois,
                                 size_t side)
{
    return roi_align(g, parts->features, MASKRCNN_ROI_LEVELS, rois,
                     (struct roi_align){.height = side,
                                        .width = side,
                                        .samples = m->samples,
                                        .rule = m->matterport   ? ROI_CROP
                                                : m->half_pixel ? ROI_ALIGN_HALF
                                                                : ROI_ALIGN,
                                        .strides = {4, 8, 16, 32}});
}

void maskrcnn_box_head(struct graph *g, const struct maskrcnn *m, size_t regions,
                       struct maskrcnn_graph *parts)
{
    parts->box_rois = graph_input_f32(g, regions, 1, 1, ROI_NUMBERS);
    struct tensor *x = regions_of(g, m, parts, parts->box_rois, m->box_side);
    graph_init(g, PARAM_HE_NORMAL);
    x = activation(g, linear(g, x, "roi_heads.box_head.fc6", m->box_units), ACTIVATION_RELU);
    x = activation(g, linear(g, x, "roi_heads.box_head.fc7", m->box_units), ACTIVATION_RELU);
    graph_init(g, PARAM_NORMAL_002);
    parts->scores = graph_output(g, linear(g, x, "roi_heads.box_predictor.cls_score", m->classes));
    parts->box_deltas =
        graph_output(g, linear(g, x, "roi_heads.box_predictor.bbox_pred", 4 * m->classes));
    parts->box_end = parts->box_deltas;
}

void maskrcnn_mask_head(struct graph *g, const struct maskrcnn *m, size_t regions,
                        struct maskrcnn_graph *parts)
{
    struct conv2d inner = {.channels = m->mask_channels, .kernel = 3, .bias = 1};
    char name[NAME_ROOM];
    parts->mask_rois = graph_input_f32(g, regions, 1, 1, ROI_NUMBERS);
    struct tensor *x = regions_of(g, m, parts, parts->mask_rois, m->mask_side);
    graph_init(g, PARAM_HE_NORMAL);
    for (size_t i = 0; i < m->mask_convs; i++) {
        inner.pad = inner.dilation = m->mask_dilated ? (size_t)1 << i : 1;
        x = activation(g, conv2d(g, x, name_of(name, "roi_heads.mask_head.%zu.0", i), inner),
                       ACTIVATION_RELU);
    }
    x = conv_transpose2d(
        g, x, "roi_heads.mask_predictor.conv5_mask",
        (struct conv2d){.channels = m->mask_channels, .kernel = 2, .stride = 2, .bias = 1});
    x = activation(g, x, ACTIVATION_RELU);
    graph_init(g, PARAM_NORMAL_002);
    parts->masks =
        graph_output(g, conv2d(g, x, "roi_heads.mask_predictor.mask_fcn_logits",
                               (struct conv2d){.channels = m->classes, .kernel = 1, .bias = 1}));
}
