// A model: a network's weights with what is needed to use them (architecture, classes, colors,
// input size), as one safetensors file. Immutable once open; sessions run it.
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "model/classes.h"

// The metadata keys of a model file: swatch.format is MODEL_FORMAT, swatch.architecture
// {"name", "filters", "output": "rgb" or "scores"}, swatch.input {"height", "width"},
// swatch.classes [names], swatch.colors ["#rrggbb", ...], swatch.history any JSON object.
#define MODEL_FORMAT "model 1"

enum model_output {
    MODEL_RGB,    // a color-coded map, -1..1 (the article's)
    MODEL_SCORES, // a score for each class
};

struct model_info {
    char architecture[64]; // "keras-gan", "pix2pix", ...
    enum model_output output;
    size_t height, width; // the input it was trained on
    size_t multiple;      // both sides of any input must be multiples of this
    struct classes classes;
    char *history; // JSON text of the training history, owned by the model
};

struct model;
struct model_session;

// precision: 0 chosen by what the CPU has, 1 f32, 2 bf16.
enum model_precision { MODEL_AUTO, MODEL_F32, MODEL_BF16 };

int model_open(const char *path, enum model_precision precision, struct model **model,
               swatch_error *error);
void model_free(struct model *model);
const struct model_info *model_info(const struct model *model);

// Buffers for one thread. Graphs are built at the first use of an input shape and kept.
int model_session_new(const struct model *model, struct model_session **session,
                      swatch_error *error);
void model_session_free(struct model_session *session);

// Runs one photo of height x width (multiples of info.multiple). photo: (H, W, 3) in -1..1.
// *output is lent until the next call: (H, W, K) f32, K = 3 for MODEL_RGB (in -1..1), else the
// number of classes.
int model_session_run(struct model_session *session, const float *photo, size_t height,
                      size_t width, const float **output, swatch_error *error);

#endif
