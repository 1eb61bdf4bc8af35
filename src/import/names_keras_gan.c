// The generator of Keras-GAN's pix2pix. Keras numbers its layers through (conv2d_6, ...), from
// where depends on what was made before, so they are told apart by their order in the file, which
// is the network's: seven convolutions down, six up and one out, normalizations likewise.

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

static void conv_stem(size_t n, char *stem, size_t size)
{
    if (n < LEVELS)
        snprintf(stem, size, "down%zu.conv", n + 1);
    else if (n < 2 * LEVELS - 1)
        snprintf(stem, size, "up%zu.conv", 2 * LEVELS - 1 - n);
    else
        snprintf(stem, size, "out");
}

static void norm_stem(size_t n, char *stem, size_t size)
{
    if (n < LEVELS - 1)
        snprintf(stem, size, "down%zu.norm", n + 2);
    else
        snprintf(stem, size, "up%zu.norm", 2 * LEVELS - 2 - n);
}

static int convert(struct import_tensors *tensors, struct import_model *model, swatch_error *error)
{
    static const char *const leaves[][2] = {
        {"/kernel:0", ".weight"},
        {"/bias:0", ".bias"},
        {"/gamma:0", ".weight"},
        {"/beta:0", ".bias"},
        {"/moving_mean:0", ".running_mean"},
        {"/moving_variance:0", ".running_var"},
    };
    size_t convs = 0, norms = 0;
    char stem[32] = "", layer[IMPORT_NAME_MAX] = "";
    for (size_t i = 0; i < tensors->count; i++) {
        struct import_tensor *t = &tensors->items[i];
        // The first tensor of a layer opens it; the layer's name reaches to the first slash.
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
        for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++)
            if (stem[0] && import_ends(t->name, leaves[k][0])) {
                import_rename(t, "%s%s", stem, leaves[k][1]);
                break;
            }
        if (import_from_keras(t, error))
            return SWATCH_FAILED;
    }
    const struct import_tensor *first = import_tensors_find(tensors, "down1.conv.weight");
    return import_generator_model(model, "keras-gan", first && first->rank ? first->shape[0] : 0,
                                  tensors->file, error);
}

const struct import_kind import_keras_gan = {
    .title = "Keras-GAN's pix2pix",
    .is = is_keras_gan,
    .convert = convert,
    .network = import_generator_network,
};
