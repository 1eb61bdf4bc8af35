// matterport's Mask R-CNN (Keras). Where it differs from our network, the weights are changed if
// that is possible: a bias before a normalization goes into its mean; normalizations in the heads
// go into the layers before them; two logits, object and none, become their difference; boxes y, x,
// h, w become x, y, w, h; the factors of the proposals' boxes go into their weights. The other
// differences are settings (docs/import.md).

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "import/names.h"

#define KERAS_EPSILON 1e-3f // of its normalizations

static int is_matterport(const struct import_tensors *tensors)
{
    for (size_t i = 0; i < tensors->count; i++)
        if (import_starts(tensors->items[i].name, "mrcnn_class_logits/"))
            return 1;
    return 0;
}

// Their layers and ours. "....norm" is a normalization in a head, which fold_norm removes.
static const char *const layers[][2] = {
    {"conv1", "backbone.body.conv1"},
    {"bn_conv1", "backbone.body.bn1"},
    {"fpn_c2p2", "backbone.fpn.inner_blocks.0.0"},
    {"fpn_c3p3", "backbone.fpn.inner_blocks.1.0"},
    {"fpn_c4p4", "backbone.fpn.inner_blocks.2.0"},
    {"fpn_c5p5", "backbone.fpn.inner_blocks.3.0"},
    {"fpn_p2", "backbone.fpn.layer_blocks.0.0"},
    {"fpn_p3", "backbone.fpn.layer_blocks.1.0"},
    {"fpn_p4", "backbone.fpn.layer_blocks.2.0"},
    {"fpn_p5", "backbone.fpn.layer_blocks.3.0"},
    {"rpn_conv_shared", "rpn.head.conv.0.0"},
    {"rpn_class_raw", "rpn.head.cls_logits"},
    {"rpn_bbox_pred", "rpn.head.bbox_pred"},
    {"mrcnn_class_conv1", "roi_heads.box_head.fc6"},
    {"mrcnn_class_bn1", "roi_heads.box_head.fc6.norm"},
    {"mrcnn_class_conv2", "roi_heads.box_head.fc7"},
    {"mrcnn_class_bn2", "roi_heads.box_head.fc7.norm"},
    {"mrcnn_class_logits", "roi_heads.box_predictor.cls_score"},
    {"mrcnn_bbox_fc", "roi_heads.box_predictor.bbox_pred"},
    {"mrcnn_mask_conv1", "roi_heads.mask_head.0.0"},
    {"mrcnn_mask_bn1", "roi_heads.mask_head.0.0.norm"},
    {"mrcnn_mask_conv2", "roi_heads.mask_head.1.0"},
    {"mrcnn_mask_bn2", "roi_heads.mask_head.1.0.norm"},
    {"mrcnn_mask_conv3", "roi_heads.mask_head.2.0"},
    {"mrcnn_mask_bn3", "roi_heads.mask_head.2.0.norm"},
    {"mrcnn_mask_conv4", "roi_heads.mask_head.3.0"},
    {"mrcnn_mask_bn4", "roi_heads.mask_head.3.0.norm"},
    {"mrcnn_mask_deconv", "roi_heads.mask_predictor.conv5_mask"},
    {"mrcnn_mask", "roi_heads.mask_predictor.mask_fcn_logits"},
};

// "res4b_branch2a" becomes "backbone.body.layer3.1.conv1", "bn4b_branch1" becomes
// "backbone.body.layer3.1.downsample.1". Returns 0 for other layers.
static int residual_layer(const char *layer, char *stem, size_t size)
{
    unsigned stage;
    char block, branch, part = 0;
    int end = 0;
    const int norm = import_starts(layer, "bn");
    const char *rest = layer + (norm ? 2 : 3);
    if (!norm && !import_starts(layer, "res"))
        return 0;
    if (sscanf(rest, "%1u%c_branch%c%n", &stage, &block, &branch, &end) != 3 || stage < 2 ||
        stage > 5 || block < 'a' || block > 'z')
        return 0;
    part = rest[end];
    if (branch == '1' && !part) {
        snprintf(stem, size, "backbone.body.layer%u.%d.downsample.%d", stage - 1, block - 'a',
                 norm);
        return 1;
    }
    if (branch != '2' || part < 'a' || part > 'c' || rest[end + 1])
        return 0;
    snprintf(stem, size, "backbone.body.layer%u.%d.%s%d", stage - 1, block - 'a',
             norm ? "bn" : "conv", part - 'a' + 1);
    return 1;
}

// A name is LAYER/.../LEAF. The layers of the proposals' network are in a model "rpn_model".
static void rename_tensor(struct import_tensor *t)
{
    char layer[64], stem[96];
    const char *name = t->name, *leaf = strrchr(name, '/');
    if (import_starts(name, "rpn_model/"))
        name += strlen("rpn_model/");
    const size_t length = strcspn(name, "/");
    if (!leaf || length >= sizeof layer)
        return;
    snprintf(layer, sizeof layer, "%.*s", (int)length, name);
    if (!residual_layer(layer, stem, sizeof stem)) {
        size_t i = 0;
        while (i < sizeof layers / sizeof *layers && strcmp(layer, layers[i][0]) != 0)
            i++;
        if (i == sizeof layers / sizeof *layers)
            return;
        snprintf(stem, sizeof stem, "%s", layers[i][1]);
    }
    const char *ours = import_keras_leaf(leaf + 1);
    if (ours)
        import_rename(t, "%s.%s", stem, ours);
}

static struct import_tensor *find(const struct import_tensors *tensors, const char *stem,
                                  const char *leaf)
{
    char name[2 * IMPORT_NAME_MAX];
    snprintf(name, sizeof name, "%s.%s", stem, leaf);
    return (struct import_tensor *)import_tensors_find(tensors, name);
}

static void drop(struct import_tensors *tensors, const char *stem, const char *leaf)
{
    struct import_tensor *t = find(tensors, stem, leaf);
    if (t)
        import_drop(tensors, t);
}

// Normalizing x + b with mean m is the same as normalizing x with mean m - b.
static void bias_into_mean(struct import_tensors *tensors, const char *conv, const char *norm)
{
    const struct import_tensor *bias = find(tensors, conv, "bias");
    const struct import_tensor *mean = find(tensors, norm, "running_mean");
    if (!bias || !mean || bias->count != mean->count)
        return;
    for (size_t i = 0; i < bias->count; i++)
        mean->data[i] -= bias->data[i];
    drop(tensors, conv, "bias");
}

static void backbone_biases(struct import_tensors *tensors, const struct maskrcnn *m)
{
    char conv[96], norm[96];
    bias_into_mean(tensors, "backbone.body.conv1", "backbone.body.bn1");
    for (size_t level = 0; level < 4; level++)
        for (size_t b = 0; b < m->blocks[level]; b++)
            for (int part = 0; part < 4; part++) {
                const int stem =
                    snprintf(conv, sizeof conv, "backbone.body.layer%zu.%zu.", level + 1, b);
                memcpy(norm, conv, sizeof norm);
                char *tails[2] = {conv + stem, norm + stem};
                if (part > 0) {
                    snprintf(tails[0], 16, "conv%d", part);
                    snprintf(tails[1], 16, "bn%d", part);
                } else {
                    snprintf(tails[0], 16, "downsample.0");
                    snprintf(tails[1], 16, "downsample.1");
                }
                bias_into_mean(tensors, conv, norm);
            }
}

// Folds a normalization into the layer before it: w' = w gamma / deviation, b' = beta + (b - mean)
// gamma / deviation. If a tensor is missing it does nothing, and import_fit lists what does not
// fit.
static void fold_norm(struct import_tensors *tensors, const char *stem, float epsilon)
{
    static const char *const parts[4] = {"weight", "bias", "running_mean", "running_var"};
    char norm[96];
    const struct import_tensor *weight = find(tensors, stem, "weight"), *n[4];
    const struct import_tensor *bias = find(tensors, stem, "bias");
    snprintf(norm, sizeof norm, "%s.norm", stem);
    if (!weight || !bias || weight->rank == 0 || bias->count != weight->shape[0])
        return;
    for (size_t i = 0; i < 4; i++) {
        n[i] = find(tensors, norm, parts[i]);
        if (!n[i] || n[i]->count != bias->count)
            return;
    }
    const size_t window = bias->count ? weight->count / bias->count : 0;
    for (size_t i = 0; i < bias->count; i++) {
        const float scale = n[0]->data[i] / sqrtf(n[3]->data[i] + epsilon);
        bias->data[i] = n[1]->data[i] + (bias->data[i] - n[2]->data[i]) * scale;
        for (size_t k = 0; k < window; k++)
            weight->data[i * window + k] *= scale;
    }
    for (size_t i = 0; i < 4; i++)
        drop(tensors, norm, parts[i]);
}

// Turns each pair of rows a, b into one row b - a, since softmax(a, b)[1] = sigmoid(b - a).
static void one_logit(struct import_tensor *t)
{
    if (!t || t->rank == 0 || t->shape[0] % 2 || t->shape[0] == 0)
        return;
    const size_t window = t->count / t->shape[0];
    for (size_t i = 0; i < t->shape[0] / 2; i++)
        for (size_t k = 0; k < window; k++)
            t->data[i * window + k] =
                t->data[(2 * i + 1) * window + k] - t->data[2 * i * window + k];
    t->shape[0] /= 2;
    t->count /= 2;
}

// Changes the rows dy, dx, dh, dw of each box to dx, dy, dw, dh and multiplies them.
static void swap_axes(struct import_tensor *t, float offsets, float sizes)
{
    if (!t || t->rank == 0 || t->shape[0] % 4 || t->shape[0] == 0)
        return;
    const size_t window = t->count / t->shape[0];
    for (size_t row = 0; row < t->shape[0]; row += 2) {
        const float scale = row % 4 ? sizes : offsets;
        float *first = t->data + row * window, *second = first + window;
        for (size_t k = 0; k < window; k++) {
            const float kept = first[k];
            first[k] = second[k] * scale;
            second[k] = kept * scale;
        }
    }
}

// The settings of matterport's CocoConfig, where they differ from torchvision's.
static void settings(const struct import_tensors *tensors, struct maskrcnn *m)
{
    static const float mean[3] = {123.7f, 116.8f, 103.9f}; // of 255, red first
    const struct import_tensor *t;
    char stem[96];
    maskrcnn_torchvision(m, import_side(tensors, "roi_heads.box_predictor.cls_score.weight", 0));
    m->matterport = 1;
    m->norm_epsilon = KERAS_EPSILON;
    for (size_t level = 0; level < 4; level++) {
        snprintf(stem, sizeof stem, "backbone.body.layer%zu.", level + 1);
        m->blocks[level] = import_series(tensors, stem, ".conv1.weight");
    }
    if ((t = find(tensors, "backbone.body.conv1", "weight")) && t->rank)
        m->width = t->shape[0];
    if ((t = find(tensors, "backbone.fpn.inner_blocks.0.0", "weight")) && t->rank)
        m->pyramid = t->shape[0];
    if ((t = find(tensors, "rpn.head.conv.0.0", "weight")) && t->rank)
        m->rpn_channels = t->shape[0];
    if ((t = find(tensors, "roi_heads.box_head.fc6", "weight")) && t->rank == 4) {
        m->box_units = t->shape[0];
        m->box_side = t->shape[2];
    }
    if ((t = find(tensors, "roi_heads.mask_predictor.conv5_mask", "weight")) && t->rank == 4)
        m->mask_channels = t->shape[1];
    m->ratio[0] = 2; // its anchors are in the order from tall to wide
    m->ratio[2] = 0.5f;
    m->samples = 1;
    m->before_nms = 6000;
    m->overlap = 0.3f;
    m->score = 0.7f;
    m->longer = 1024;
    m->multiple = 64;
    for (size_t c = 0; c < 3; c++) {
        m->mean[c] = mean[c] / 255;
        m->deviation[c] = 1.0f / 255;
    }
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    char stem[96];
    for (size_t i = 0; i < tensors->count; i++) {
        rename_tensor(&tensors->items[i]);
        if (import_from_keras(&tensors->items[i], error))
            return SWATCH_FAILED;
    }
    settings(tensors, &model->maskrcnn);
    if (import_maskrcnn_model(model, tensors->file, error))
        return SWATCH_FAILED;
    const float epsilon = model->maskrcnn.norm_epsilon;
    backbone_biases(tensors, &model->maskrcnn);
    fold_norm(tensors, "roi_heads.box_head.fc6", epsilon);
    fold_norm(tensors, "roi_heads.box_head.fc7", epsilon);
    for (size_t i = 0; i < model->maskrcnn.mask_convs; i++) {
        snprintf(stem, sizeof stem, "roi_heads.mask_head.%zu.0", i);
        fold_norm(tensors, stem, epsilon);
    }
    one_logit(find(tensors, "rpn.head.cls_logits", "weight"));
    one_logit(find(tensors, "rpn.head.cls_logits", "bias"));
    swap_axes(find(tensors, "rpn.head.bbox_pred", "weight"), 0.1f, 0.2f);
    swap_axes(find(tensors, "rpn.head.bbox_pred", "bias"), 0.1f, 0.2f);
    swap_axes(find(tensors, "roi_heads.box_predictor.bbox_pred", "weight"), 1, 1);
    swap_axes(find(tensors, "roi_heads.box_predictor.bbox_pred", "bias"), 1, 1);
    return SWATCH_OK;
}

const struct import_kind import_matterport = {
    .title = "matterport's Mask R-CNN",
    .is = is_matterport,
    .convert = convert,
    .network = import_maskrcnn_network,
    .coco_classes = COCO_USED,
};
