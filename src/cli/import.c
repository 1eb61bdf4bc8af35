// swatch import: weights from elsewhere as a model file.

#include <getopt.h>
#include <stdio.h>
#include <swatch.h>

#include "verbs.h"

#define OPTION_CLASSES OPTION_LONG
#define OPTION_EPSILON (OPTION_LONG + 1)

static const struct option_entry entries[] = {
    {'o', "output", "MODEL", "the file to write (needed)"},
    {OPTION_CLASSES, "classes", "NAME[=#RRGGBB],...",
     "the model's classes in their order; without it COCO's,\n"
     "or those of ccp-4 for networks that paint colors"},
    {OPTION_EPSILON, "norm-epsilon", "X",
     "of a Mask R-CNN's batch normalization (torchvision's own\n"
     "COCO weights want 0; see docs/import.md)"},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    swatch_import_options options = {0};
    swatch_import_summary summary;
    swatch_error error;
    const char *output = NULL;
    double epsilon;
    int key;
    while ((key = options_next(verb, argc, argv)) != OPTION_END) {
        if (key == 'o') {
            output = optarg;
        } else if (key == OPTION_CLASSES) {
            options.classes = optarg;
        } else if (key == OPTION_EPSILON) {
            if (options_real(verb, "norm-epsilon", optarg, 0, 1, &epsilon))
                return SWATCH_USAGE;
            options.norm_epsilon = &epsilon;
        } else {
            return options_status(key);
        }
    }
    if (optind + 1 != argc)
        return options_wrong(verb, optind == argc ? "no file given" : "one file at a time");
    if (!output)
        return options_wrong(verb, "-o MODEL is needed");
    const int status = swatch_import(argv[optind], output, &options, &summary, &error);
    if (status) {
        fprintf(stderr, "swatch: %s\n", error.message);
        return status;
    }
    printf("%s: %s, %zu tensors", output, summary.kind, summary.tensors);
    if (summary.classes > 0)
        printf(", %zu classes\n", summary.classes);
    else
        printf(", for swatch train --start-from\n");
    return SWATCH_OK;
}

const struct verb verb_import = {
    .name = "import",
    .arguments = "[OPTION]... FILE -o MODEL",
    .summary = "make a model of weights from PyTorch, Keras or safetensors",
    .more = "FILE holds the weights of torchvision's or matterport's Mask R-CNN, of PyTorch's or\n"
            "Keras-GAN's pix2pix, or of EfficientNet-Lite0 or 2. Nothing in it is ever executed.",
    .options = entries,
    .run = run,
};
