// The list of generators.

#include "model/networks/networks.h"

#include <string.h>

const struct generator *generator_find(const char *name)
{
    static const struct generator generators[] = {
        {"keras-gan", 128, 64, 0, generator_keras_gan},
        {"pix2pix", 128, 64, 0, generator_pix2pix},
        {"pix2pix-256", 256, 64, 0, generator_pix2pix_256},
        {"lite-unet", 32, 32, 1, generator_lite_unet},
        {"lite2-unet", 32, 32, 1, generator_lite2_unet},
    };
    for (size_t i = 0; i < sizeof generators / sizeof *generators; i++)
        if (strcmp(generators[i].name, name) == 0)
            return &generators[i];
    return NULL;
}
