// From the names and layouts of foreign networks to ours. Each kind of weights knows itself by its
// tensors' names, and makes in place, of the tensors it was given, those of one of our networks.
#ifndef IMPORT_NAMES_H
#define IMPORT_NAMES_H

#include "import/tensors.h"
#include "model/networks/maskrcnn.h"
#include "model/networks/networks.h"

struct import_kind;

// What the tensors belong to when they have been converted.
struct import_model {
    const struct import_kind *kind;
    char *architecture;       // text of "swatch.architecture", owned; NULL: no model, only tensors
    size_t height, width;     // of the input
    size_t classes;           // that the network tells apart; 0: it paints colors
    struct maskrcnn maskrcnn; // of the Mask R-CNNs
    const struct generator *generator; // of the generators
    struct generator_shape shape;
    const float *norm_epsilon; // asked for by the user, or NULL
};

struct import_kind {
    const char *title; // "torchvision's Mask R-CNN"
    int (*is)(const struct import_tensors *tensors);
    // Renames and lays out anew what it knows; the rest keeps its name and will be called surplus.
    // Fills in `model`.
    int (*convert)(struct import_tensors *tensors, struct import_model *model, swatch_error *error);
    // Adds the network to a graph, to ask for its parameters.
    void (*network)(struct graph *g, const struct import_model *model);
    const char *const *class_names; // when there are class_count classes, or NULL
    size_t class_count;
};

extern const struct import_kind import_torchvision, import_matterport, import_pix2pix,
    import_keras_gan, import_lite0, import_lite2;

// Makes of foreign tensors those of one of our networks, whole and fitting; the caller frees
// model->architecture. norm_epsilon, lent, or NULL: see swatch_import_options.
int import_convert(struct import_tensors *tensors, const float *norm_epsilon,
                   struct import_model *model, swatch_error *error);

// COCO's classes: by its category numbers with background in front (91, as torchvision has them),
// and only those in use (81, as matterport has them).
extern const char *const coco_91[], *const coco_81[];

// The network of both Mask R-CNNs and that of the generators, as import_kind.network.
void import_maskrcnn_network(struct graph *g, const struct import_model *model);
void import_generator_network(struct graph *g, const struct import_model *model);
// Fills in what a Mask R-CNN's model says, from its settings.
int import_maskrcnn_model(struct import_model *model, const char *file, swatch_error *error);
// The same for a generator that paints colors: its name and the number of its first filters.
int import_generator_model(struct import_model *model, const char *name, size_t filters,
                           const char *file, swatch_error *error);

// What the converters do with a tensor.
void import_rename(struct import_tensor *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Takes it off the list: nothing in our network corresponds to it.
void import_drop(struct import_tensors *tensors, struct import_tensor *t);
// Gives it `rank` sides, the missing ones 1, at the end.
void import_fill_rank(struct import_tensor *t, size_t rank);
// From Keras' layouts to PyTorch's: (h, w, in, out) or, for a transposed convolution, (h, w, out,
// in) to (out, in, h, w) or (in, out, h, w); (in, out) to (out, in, 1, 1); others stay.
int import_from_keras(struct import_tensor *t, swatch_error *error);
// How many tensors there are of a series that is numbered from 0: BEFORE, number, AFTER. At most
// 100.
size_t import_series(const struct import_tensors *tensors, const char *before, const char *after);
int import_starts(const char *text, const char *start);
int import_ends(const char *text, const char *end);

#endif
