// A model file: a network's weights with what is needed to use them (architecture, classes, colors,
// input size), as one safetensors file. It is opened once, wherever it comes from, and everything
// in it is checked then. There are two kinds: networks that tell the clothes of a photo apart, and
// Mask R-CNNs that find people in it. An open model does not change; threads share it.
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include "model/classes.h"
#include "model/networks/maskrcnn.h"
#include "model/networks/networks.h"

// The metadata keys of a model file. Of both kinds: swatch.format is MODEL_FORMAT; swatch.classes
// [names], of which the first is the background; swatch.history any JSON object.
// Clothes: swatch.architecture {"name", "filters", "output": "rgb" or "scores"}, swatch.input
// {"height", "width"}, swatch.colors ["#rrggbb", ...], and where it was measured
// swatch.certainty {"clothes": [c0, c1], "skin": ..., "hair": ...}.
// People: swatch.architecture as maskrcnn_text writes it.
#define MODEL_FORMAT "model 1"

// The most pixels that an input may have: 4096 x 4096. The memory of a run grows with them, by some
// 90 bytes a pixel for the smallest networks (docs/decisions.md), and the size stands in the file,
// which may be anybody's.
#define MODEL_PIXELS_MAX ((size_t)4096 * 4096)

enum model_kind { MODEL_CLOTHES, MODEL_PEOPLE };
// In which numbers a network computes: what the device is faster with, or the one named.
enum model_precision { MODEL_AUTO, MODEL_F32, MODEL_BF16 };

struct model_options {
    enum model_precision precision;
    const struct backend *backend; // that it runs on; NULL: the CPU
    const char *classes;           // a class file of coarser classes to answer in; NULL: the
                                   //   network's own. SWATCH_USAGE for a model that cannot
};

struct model {
    enum model_kind kind;
    char architecture[64]; // "lite-unet", "mask-rcnn", ...
    char *history;         // JSON text
    enum dtype dtype;
    struct params params;

    // Clothes.
    const struct generator *generator;
    struct generator_shape shape; // shape.rgb: the output is a color-coded map (the article's)
    size_t height, width;         // the input that it was trained on
    struct classes own;           // the network's classes
    struct classes classes;       // the classes it answers in, its own or coarser ones
    uint8_t fold[CLASSES_MAX];    // the network's class -> one of these
    // Of a region whose expected IoU (extract/certainty.h) is x, the chance that its IoU is above
    // 0.8 is 1 / (1 + exp(-(c[0] + c[1] * log(x / (1 - x))))). has_certainty 0: not measured.
    int has_certainty;
    double certainty[SWATCH_REGIONS][2];

    // People.
    struct maskrcnn network;
    char labels[MASKRCNN_CLASSES_MAX][CLASS_NAME_MAX]; // network.classes of them
};

// Opens a model file. One that is damaged, of an unknown architecture, with other tensors than its
// architecture needs or with numbers that are not finite is an error that begins with its path.
// options may be NULL. Free the model with model_free.
int model_open(const char *path, const struct model_options *options, struct model **model,
               swatch_error *error);
// The same from the bytes of such a file, which are not needed afterwards; `name` is what messages
// call it.
int model_open_memory(const char *name, const void *data, size_t size,
                      const struct model_options *options, struct model **model,
                      swatch_error *error);
void model_free(struct model *model);

// How many classes it answers in, and the name of one; NULL for an index out of range.
size_t model_class_count(const struct model *model);
const char *model_class_name(const struct model *model, size_t index);

// The network as a graph for inference on an input (1, height, width, 3).
struct model_graph {
    struct graph *graph; // freed with graph_free
    struct tensor *photo;
    struct tensor *output;       // clothes: (1, height, width, shape.outputs)
    struct maskrcnn_graph parts; // people
};
// Regions that the mask head's part of the graph takes at once. It is run again for more.
#define MODEL_MASKS_AT_ONCE 4
// Builds it; a fault shows in graph_check and graph_finish, a lack of memory as a graph of NULL.
void model_build(const struct model *model, size_t height, size_t width, struct model_graph *built);

#endif
