// The generator of Keras-GAN's pix2pix. Keras counts layers across networks (conv2d_6, ...), so the
// numbers say nothing. The order in the file does: seven convolutions down, six up and the output;
// six normalizations down and six up.

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "import/names.h"

#define LEVELS 7

static int is_keras_gan(const struct import_tensors *tensors)
{
    size_t kernels = 0, norms = 0;
    for (size_t i = 0; i < tensors->count; i++) {
        const char *name = tensors->items[i].name;
        kernels += import_starts(name, "conv2d") && import_ends(name, "/kernel:0");
        norms += import_starts(name, "batch_normalization") && import_ends(name, "/gamma:0");
    }
    return kernels == 2 * LEVELS && norms == 2 * LEVELS - 2;
}

// Our name of convolution number n.
static void conv_stem(size_t n, char *stem, size_t size)
{
    if (n < LEVELS)
        snprintf(stem, size, "down%zu.conv", n + 1);
    else if (n < 2 * LEVELS - 1)
        snprintf(stem, size, "up%zu.conv", 2 * LEVELS - 1 - n);
    else
        snprintf(stem, size, "out");
}

// Our name of normalization number n.
static void norm_stem(size_t n, char *stem, size_t size)
{
    if (n < LEVELS - 1)
        snprintf(stem, size, "down%zu.norm", n + 2);
    else
        snprintf(stem, size, "up%zu.norm", 2 * LEVELS - 2 - n);
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    size_t convs = 0, norms = 0;
    char stem[32] = "", layer[IMPORT_NAME_MAX] = "";
    for (size_t i = 0; i < tensors->count; i++) {
        struct import_tensor *t = &tensors->items[i];
        // The layer's name ends at the first slash. Its first tensor starts the layer.
        const size_t length = strcspn(t->name, "/");
        if (strncmp(layer, t->name, length) != 0 || layer[length]) {
            memcpy(layer, t->name, length);
            layer[length] = 0;
            if (import_starts(layer, "conv2d"))
                conv_stem(convs++, stem, sizeof stem);
            else if (import_starts(layer, "batch_normalization"))
                norm_stem(norms++, stem, sizeof stem);
            else
                stem[0] = 0;
        }
        const char *slash = strrchr(t->name, '/');
        const char *leaf = stem[0] && slash ? import_keras_leaf(slash + 1) : NULL;
        if (leaf)
            import_rename(t, "%s.%s", stem, leaf);
        if (import_from_keras(t, error))
            return SWATCH_FAILED;
    }
    return import_generator_model(model, "keras-gan", import_side(tensors, "down1.conv.weight", 0),
                                  tensors->file, error);
}

const struct import_kind import_keras_gan = {
    .title = "Keras-GAN's pix2pix",
    .is = is_keras_gan,
    .convert = convert,
    .network = import_generator_network,
};
