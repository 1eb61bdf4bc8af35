// The generator of PyTorch's pix2pix (netG, a U-Net that is built from the inside out, so that its
// names nest): "model.model.1.model.3.model.1.weight" is the convolution of the third level down.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "import/names.h"

static int is_pix2pix(const struct import_tensors *tensors)
{
    return import_tensors_find(tensors, "model.model.0.weight") &&
           import_tensors_find(tensors, "model.model.1.model.1.weight");
}

// Which level's block a name is in, from 1; *rest is what stands behind it. 0: in none.
static size_t level_of(const char *name, const char **rest)
{
    size_t level = 1;
    if (!import_starts(name, "model.model."))
        return 0;
    name += strlen("model.model.");
    // The block inside another is its second part on the outside and its fourth within.
    for (const char *inner = "1.model."; import_starts(name, inner); inner = "3.model.") {
        name += strlen(inner);
        level++;
    }
    *rest = name;
    return level;
}

// What part `index` of the block at `level` is with us; 0 for what has no parameters.
static int stem_of(size_t level, size_t levels, size_t index, char *stem, size_t size)
{
    const int outside = level == 1, inside = level == levels;
    if (index == (outside ? 0 : 1))
        return snprintf(stem, size, "down%zu.conv", level);
    if (index == 2 && !outside && !inside)
        return snprintf(stem, size, "down%zu.norm", level);
    if (index == (outside || inside ? 3 : 5))
        return outside ? snprintf(stem, size, "out")
                       : snprintf(stem, size, "up%zu.conv", level - 1);
    if (index == (inside ? 4 : 6) && !outside)
        return snprintf(stem, size, "up%zu.norm", level - 1);
    return 0;
}

// Ours: what comes from below stands before what comes across; theirs: behind. So the two halves of
// the inputs of a transposed convolution (inputs, outputs, 4, 4) change places.
static void swap_halves(struct import_tensor *t)
{
    const size_t half = t->count / 2;
    if (t->rank != 4 || t->shape[0] % 2)
        return;
    for (size_t i = 0; i < half; i++) {
        const float first = t->data[i];
        t->data[i] = t->data[half + i];
        t->data[half + i] = first;
    }
}

// Theirs has no biases before a normalization, nor at the two ends of the way down, where ours has.
static int add_zeros(struct import_tensors *tensors, size_t level, swatch_error *error)
{
    char name[IMPORT_NAME_MAX];
    struct import_tensor *bias;
    snprintf(name, sizeof name, "down%zu.conv.weight", level);
    const struct import_tensor *weight = import_tensors_find(tensors, name);
    snprintf(name, sizeof name, "down%zu.conv.bias", level);
    if (!weight || weight->rank == 0 || import_tensors_find(tensors, name))
        return SWATCH_OK;
    const size_t count = weight->shape[0];
    if (import_tensors_add(tensors, name, strlen(name), 1, &count, &bias, error))
        return SWATCH_FAILED;
    memset(bias->data, 0, count * sizeof *bias->data);
    return SWATCH_OK;
}

static void rename_tensor(struct import_tensor *t, size_t levels)
{
    const char *rest = NULL;
    char stem[32], *leaf;
    const size_t level = level_of(t->name, &rest);
    if (level == 0)
        return;
    const size_t index = strtoul(rest, &leaf, 10);
    if (leaf == rest || *leaf != '.' || !stem_of(level, levels, index, stem, sizeof stem))
        return;
    // All transposed convolutions but the innermost read what two ways bring together.
    if (level < levels && strcmp(leaf, ".weight") == 0 &&
        (strcmp(stem, "out") == 0 || (stem[0] == 'u' && import_ends(stem, ".conv"))))
        swap_halves(t);
    import_rename(t, "%s%s", stem, leaf);
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    size_t levels = 0;
    for (size_t i = 0; i < tensors->count;) {
        const char *rest;
        const size_t level = level_of(tensors->items[i].name, &rest);
        levels = level > levels ? level : levels;
        if (import_ends(tensors->items[i].name, ".num_batches_tracked"))
            import_drop(tensors, &tensors->items[i]);
        else
            i++;
    }
    if (levels != 7 && levels != 8)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: a U-Net of %zu halvings; ours have 7 (unet_128) or 8 (unet_256)",
                         tensors->file, levels);
    for (size_t i = 0; i < tensors->count; i++)
        rename_tensor(&tensors->items[i], levels);
    const struct import_tensor *first = import_tensors_find(tensors, "down1.conv.weight");
    const size_t filters = first && first->rank > 0 ? first->shape[0] : 0;
    if (add_zeros(tensors, 1, error) || add_zeros(tensors, levels, error))
        return SWATCH_FAILED;
    return import_generator_model(model, levels == 7 ? "pix2pix" : "pix2pix-256", filters,
                                  tensors->file, error);
}

const struct import_kind import_pix2pix = {
    .title = "PyTorch's pix2pix",
    .is = is_pix2pix,
    .convert = convert,
    .network = import_generator_network,
};
