// torchvision's Mask R-CNN on a ResNet with bottlenecks. Our names are those of torchvision. This
// renames the tensors of older versions, turns fully connected layers into convolutions, and finds
// the network's settings in the shapes of the tensors.

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "import/names.h"

#define CLASS_SCORES "roi_heads.box_predictor.cls_score.weight"

static int is_torchvision(const struct import_tensors *tensors)
{
    return import_tensors_find(tensors, CLASS_SCORES) != NULL;
}

// Before torchvision 0.13 these convolutions were not in a block.
static void rename_older(struct import_tensor *t)
{
    char kind[16], leaf[16];
    unsigned number;
    int end = 0;
    if (sscanf(t->name, "backbone.fpn.%15[a-z]_blocks.%u.%15[a-z]%n", kind, &number, leaf, &end) ==
            3 &&
        !t->name[end])
        import_rename(t, "backbone.fpn.%s_blocks.%u.0.%s", kind, number, leaf);
    else if (sscanf(t->name, "rpn.head.conv.%15[a-z]%n", leaf, &end) == 1 && !t->name[end])
        import_rename(t, "rpn.head.conv.0.0.%s", leaf);
    else if (sscanf(t->name, "roi_heads.mask_head.mask_fcn%u.%15[a-z]%n", &number, leaf, &end) ==
                 2 &&
             !t->name[end] && number > 0)
        import_rename(t, "roi_heads.mask_head.%u.0.%s", number - 1, leaf);
}

static void read_sizes(const struct import_tensors *tensors, struct maskrcnn *m)
{
    char stem[64];
    maskrcnn_torchvision(m, import_side(tensors, CLASS_SCORES, 0));
    m->width = import_side(tensors, "backbone.body.conv1.weight", 0);
    for (size_t level = 0; level < 4; level++) {
        snprintf(stem, sizeof stem, "backbone.body.layer%zu.", level + 1);
        m->blocks[level] = import_series(tensors, stem, ".conv1.weight");
    }
    m->pyramid = import_side(tensors, "backbone.fpn.inner_blocks.0.0.weight", 0);
    m->rpn_channels = import_side(tensors, "rpn.head.conv.0.0.weight", 0);
    m->box_units = import_side(tensors, "roi_heads.box_head.fc6.weight", 0);
    const size_t inputs = import_side(tensors, "roi_heads.box_head.fc6.weight", 1);
    for (m->box_side = 1; m->box_side < 64 && m->box_side * m->box_side * m->pyramid < inputs;)
        m->box_side++;
    m->mask_convs = import_series(tensors, "roi_heads.mask_head.", ".0.weight");
    m->mask_channels = import_side(tensors, "roi_heads.mask_predictor.conv5_mask.weight", 1);
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    for (size_t i = 0; i < tensors->count; i++)
        rename_older(&tensors->items[i]);
    struct maskrcnn *m = &model->maskrcnn;
    read_sizes(tensors, m);
    if (import_maskrcnn_model(model, tensors->file, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < tensors->count; i++) {
        struct import_tensor *t = &tensors->items[i];
        if (t->rank != 2)
            continue;
        if (strcmp(t->name, "roi_heads.box_head.fc6.weight") == 0 &&
            t->shape[1] == m->pyramid * m->box_side * m->box_side) {
            t->rank = 4;
            t->shape[1] = m->pyramid;
            t->shape[2] = t->shape[3] = m->box_side;
        } else if (import_starts(t->name, "roi_heads.box_")) {
            import_fill_rank(t, 4);
        }
    }
    return SWATCH_OK;
}

const struct import_kind import_torchvision = {
    .title = "torchvision's Mask R-CNN",
    .is = is_torchvision,
    .convert = convert,
    .network = import_maskrcnn_network,
    .coco_classes = COCO_CLASSES,
};
