// Model files: safetensors files with the weights of a network and what is needed to use them, such
// as architecture, classes, colors and input size. Opening a file checks everything in it. There
// are two kinds: networks that find the clothes in a photo, and Mask R-CNNs that find people. An
// open model does not change, so threads may share it.
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include "model/classes.h"
#include "model/networks/maskrcnn.h"
#include "model/networks/networks.h"

// The keys of the metadata, all JSON except for the first:
//   swatch.format        MODEL_FORMAT
//   swatch.classes       [names]; the first is the background
//   swatch.history       any object
//   swatch.architecture  of people: what maskrcnn_text writes;
//                        of clothes: {"name", "filters", "output": "rgb" or "scores"}
//   swatch.input         of clothes: {"height", "width"}
//   swatch.colors        of clothes: ["#rrggbb", ...]
//   swatch.garments      of clothes, if the network has a second head: the classes that it tells
//                        apart, each with the class that it is part of:
//                        [{"name", "color", "of"}, ...]
//   swatch.certainty     of clothes, if it was measured:
//                        {"clothes": [c0, c1], "skin": ..., "hair": ...}
#define MODEL_FORMAT "model 1"

// The most pixels of an input, 4096 x 4096. Memory grows with the pixels, and the size comes from
// the file, which nobody need trust (docs/decisions.md, "The largest input of a model").
#define MODEL_PIXELS_MAX ((size_t)4096 * 4096)

enum model_kind { MODEL_CLOTHES, MODEL_PEOPLE };
// The type of the network's numbers. MODEL_AUTO: the one that is faster on the device.
enum model_precision { MODEL_AUTO, MODEL_F32, MODEL_BF16 };

struct model_options {
    enum model_precision precision;
    const struct backend *backend; // the device; NULL: the CPU
    // A class file to answer in; NULL: the network's own classes. Its classes are coarser than the
    // network's own, or else than those of its second head. A model that cannot is SWATCH_USAGE.
    const char *classes;
};

struct model {
    char *name; // its path, or what messages call it
    enum model_kind kind;
    char architecture[64]; // "lite-unet", "mask-rcnn", ...
    char *history;         // JSON text, owned
    enum dtype dtype;
    struct params params;

    // Clothes.
    const struct generator *generator;
    struct generator_shape shape;
    size_t height, width;      // of the input that it was trained on, in pixels
    struct classes own;        // the network's classes
    struct classes classes;    // the classes that it answers in, its own or coarser ones
    uint8_t fold[CLASSES_MAX]; // index in `own` -> index in `classes`
    // The second head. model_build leaves it out unless the model answers in its classes.
    struct classes garments;      // count 0: the network has none
    uint8_t whole[CLASSES_MAX];   // index in `garments` -> index in `own`
    int tells_garments;           // 1: `classes` and `fold` are of `garments`, and
    uint8_t part_of[CLASSES_MAX]; // index in `classes` -> index in `own`
    // If a region's expected IoU (extract/certainty.h) is x, the chance that its IoU is above 0.8
    // is 1 / (1 + exp(-(c[0] + c[1] * log(x / (1 - x))))). has_certainty 0: not measured.
    int has_certainty;
    double certainty[SWATCH_REGIONS][2];

    // People.
    struct maskrcnn network;
    char labels[MASKRCNN_CLASSES_MAX][CLASS_NAME_MAX]; // (network.classes), class names
};

// Opens a model file. options may be NULL. Free the model with model_free. SWATCH_BAD_FILE: the
// file is damaged, its architecture is unknown, its tensors are not those of the architecture, or a
// number is not finite. Messages begin with the path.
int model_open(const char *path, const struct model_options *options, struct model **model,
               swatch_error *error);
// The same for a file in memory, which is not needed afterwards. Messages call it `name`.
int model_open_memory(const char *name, const void *data, size_t size,
                      const struct model_options *options, struct model **model,
                      swatch_error *error);
void model_free(struct model *model); // NULL is fine

// The number of classes that the model answers in, and the name of one. NULL: there is none of that
// index.
size_t model_class_count(const struct model *model);
const char *model_class_name(const struct model *model, size_t index);

// The network as a graph for inference.
struct model_graph {
    struct graph *graph;         // free it with graph_free
    struct tensor *photo;        // (1, height, width, 3)
    struct tensor *output;       // clothes: (1, height, width, shape.outputs)
    struct tensor *garments;     // (1, height / 2, width / 2, garments.count), or NULL
    struct maskrcnn_graph parts; // people
};
// The number of regions that the mask head takes at once. For more it runs again.
#define MODEL_MASKS_AT_ONCE 4
// Builds the network for one input size. graph_check and graph_finish report faults. built->graph
// is NULL without memory.
void model_build(const struct model *model, size_t height, size_t width, struct model_graph *built);

#endif
