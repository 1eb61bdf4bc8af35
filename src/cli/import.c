// swatch import: weights from elsewhere as a model file.

#include <stdio.h>
#include <swatch_train.h>

#include "output.h"
#include "say.h"
#include "shared.h"
#include "verbs.h"

struct settings {
    const char *output;
    swatch_import_options import;
    double epsilon;
};

static const struct option_entry entries[] = {
    {"output", 'o', OPTION_FILE, "MODEL", "the file to write (needed)",
     .offset = offsetof(struct settings, output)},
    {"classes", 0, OPTION_TEXT, "NAME[=#RRGGBB],...",
     "the classes of the model in their order; otherwise those of COCO, or those of ccp-4 for "
     "networks that paint colors",
     .offset = offsetof(struct settings, import.classes)},
    {"norm-epsilon", 0, OPTION_REAL, "X",
     "epsilon of the batch normalization of a Mask R-CNN; COCO weights of torchvision itself need "
     "0 (docs/import.md)",
     .offset = offsetof(struct settings, epsilon), .high = 1},
    SHARED_OVERWRITE(struct settings, import.replace),
    {0},
};

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct settings *s = settings;
    swatch_import_summary summary = SWATCH_IMPORT_SUMMARY_INIT;
    swatch_error error;
    if (arguments->count != 1)
        return table_wrong(verb, arguments->count ? "one file at a time" : "no file is named");
    if (!s->output)
        return table_wrong(verb, "--output MODEL is needed");
    if (output_free(s->output, s->import.replace))
        return SWATCH_FAILED;
    if (table_given(verb, arguments, "norm-epsilon"))
        s->import.norm_epsilon = &s->epsilon;
    s->import.size = sizeof s->import;
    const int status = swatch_import(arguments->words[0], s->output, &s->import, &summary, &error);
    if (status) {
        say("swatch: %s", error.message);
        return status;
    }
    printf("%s: %s, %zu tensors", s->output, summary.kind, summary.tensors);
    if (summary.classes > 0)
        printf(", %zu classes\n", summary.classes);
    else
        printf(", for swatch train --start-from\n");
    return SWATCH_OK;
}

const struct verb verb_import = {
    .name = "import",
    .usage = "[OPTION]... FILE -o MODEL",
    .summary = "make a model of weights from PyTorch, Keras or safetensors",
    .more = "FILE holds the weights of a Mask R-CNN (torchvision, matterport), of a pix2pix "
            "(PyTorch, Keras-GAN) or of EfficientNet-Lite0 or 2. Code in the file is never run.\n",
    .words = "file",
    .options = entries,
    .settings_size = sizeof(struct settings),
    .run = run,
};
