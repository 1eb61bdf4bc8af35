// The kinds of foreign weights that we can import. A kind recognizes its weights by the names of
// the tensors, and turns the tensors into those of one of our networks: names and layouts.
#ifndef IMPORT_NAMES_H
#define IMPORT_NAMES_H

#include "import/tensors.h"
#include "model/networks/maskrcnn.h"
#include "model/networks/networks.h"

struct import_kind;

// The network that converted tensors belong to.
struct import_model {
    const struct import_kind *kind;
    char *architecture;   // the model file's "swatch.architecture", owned; NULL: the tensors are
                          //   only a part of a model
    size_t height, width; // of the input, in pixels
    size_t classes;       // of the output; 0: the network paints colors
    struct maskrcnn maskrcnn;          // if it is a Mask R-CNN
    const struct generator *generator; // if it is a generator
    struct generator_shape shape;
    const float *norm_epsilon; // swatch_import_options.norm_epsilon; may be NULL
};

struct import_kind {
    const char *title; // "torchvision's Mask R-CNN"
    // 1 if these are its tensors.
    int (*is)(const struct import_tensors *tensors);
    // Renames the tensors it knows and changes their layout, and fills in `model`. Other tensors
    // keep their names, so import_fit will call them surplus.
    int (*convert)(struct import_tensors *tensors, struct import_model *model, swatch_error *error);
    // Adds the network to a graph, to see its parameters.
    void (*network)(struct graph *g, const struct import_model *model);
    // COCO_CLASSES or COCO_USED if a network with so many classes has COCO's, else 0.
    size_t coco_classes;
};

extern const struct import_kind import_torchvision, import_matterport, import_pix2pix,
    import_keras_gan, import_lite0, import_lite2;

// Turns foreign tensors into those of one of our networks and fills in `model`. Tensors that do not
// fit are SWATCH_BAD_FILE. The caller frees model->architecture. norm_epsilon: see
// swatch_import_options; it must last as long as `model`, and may be NULL.
int import_convert(struct import_tensors *tensors, const float *norm_epsilon,
                   struct import_model *model, swatch_error *error);

// COCO's classes by their numbers, 0 being the background, as torchvision has them. Names of
// numbers that are not in use begin with "unused". matterport has the COCO_USED others, in the same
// order.
#define COCO_CLASSES 91
#define COCO_USED 81
extern const char *const coco_names[COCO_CLASSES];

// import_kind.network for both Mask R-CNNs and for the generators.
void import_maskrcnn_network(struct graph *g, const struct import_model *model);
void import_generator_network(struct graph *g, const struct import_model *model);
// Fill in the rest of `model`: for a Mask R-CNN from model->maskrcnn, for a generator that paints
// colors from its name and the number of filters of its first layer. Settings that no model can
// have are SWATCH_BAD_FILE.
int import_maskrcnn_model(struct import_model *model, const char *file, swatch_error *error);
int import_generator_model(struct import_model *model, const char *name, size_t filters,
                           const char *file, swatch_error *error);

// Gives a tensor a new name, which is cut to IMPORT_NAME_MAX. Arguments may be parts of the old
// one.
void import_rename(struct import_tensor *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Removes a tensor from the list. Those behind it move up.
void import_drop(struct import_tensors *tensors, struct import_tensor *t);
// Appends sides of 1 until the tensor has `rank` sides.
void import_fill_rank(struct import_tensor *t, size_t rank);
// Changes Keras' layout to PyTorch's: (h, w, in, out) becomes (out, in, h, w); the same for a
// transposed convolution, with `in` and `out` exchanged; (in, out) becomes (out, in, 1, 1). Tensors
// of other ranks stay.
int import_from_keras(struct import_tensor *t, swatch_error *error);
// The part of a name that PyTorch uses for Keras' last part: "weight" for "kernel:0". NULL:
// unknown.
const char *import_keras_leaf(const char *leaf);
// Counts the tensors of a series, BEFORE0AFTER, BEFORE1AFTER, ..., up to 100.
size_t import_series(const struct import_tensors *tensors, const char *before, const char *after);
// The tensor's side number `index`, or 0 if there is no such tensor or side.
size_t import_side(const struct import_tensors *tensors, const char *name, size_t index);
// 1 if the text starts or ends with another one.
int import_starts(const char *text, const char *start);
int import_ends(const char *text, const char *end);

#endif
