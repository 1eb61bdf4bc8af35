// The generator of PyTorch's pix2pix, netG. It is a U-Net of nested blocks, so its names nest, too:
// "model.model.1.model.3.model.1.weight" is the convolution of the third level down.

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

// Returns the level of the block that a name is in, from 1, and *rest behind the block's name. 0:
// the name is in no block.
static size_t level_of(const char *name, const char **rest)
{
    size_t level = 1;
    if (!import_starts(name, "model.model."))
        return 0;
    name += strlen("model.model.");
    // The inner block is part 1 of the outermost block and part 3 of the others.
    for (const char *inner = "1.model."; import_starts(name, inner); inner = "3.model.") {
        name += strlen(inner);
        level++;
    }
    *rest = name;
    return level;
}

// Writes our name of part `index` of the block at `level`. Returns 0 if the part has no parameters.
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

// Exchanges the two halves of the inputs of a transposed convolution (inputs, outputs, 4, 4). Our
// network concatenates the upsampled tensor first and the skip connection second, theirs the other
// way round.
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

// Adds the biases of the first and the last level down, which our network has and theirs has not.
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
    // All transposed convolutions except the innermost read concatenated tensors.
    if (level < levels && strcmp(leaf, ".weight") == 0 &&
        (strcmp(stem, "out") == 0 || (stem[0] == 'u' && import_ends(stem, ".conv"))))
        swap_halves(t);
    import_rename(t, "%s%s", stem, leaf);
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    size_t levels = 0;
    for (size_t i = 0; i < tensors->count; i++) {
        const char *rest;
        const size_t level = level_of(tensors->items[i].name, &rest);
        levels = level > levels ? level : levels;
    }
    if (levels != 7 && levels != 8)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: a U-Net of %zu halvings; ours have 7 (unet_128) or 8 (unet_256)",
                         tensors->file, levels);
    for (size_t i = 0; i < tensors->count; i++)
        rename_tensor(&tensors->items[i], levels);
    if (add_zeros(tensors, 1, error) || add_zeros(tensors, levels, error))
        return SWATCH_FAILED;
    return import_generator_model(model, levels == 7 ? "pix2pix" : "pix2pix-256",
                                  import_side(tensors, "down1.conv.weight", 0), tensors->file,
                                  error);
}

const struct import_kind import_pix2pix = {
    .title = "PyTorch's pix2pix",
    .is = is_pix2pix,
    .convert = convert,
    .network = import_generator_network,
};
