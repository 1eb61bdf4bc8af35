// What the converters share.

#include "import/names.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void import_rename(struct import_tensor *t, const char *format, ...)
{
    char name[IMPORT_NAME_MAX]; // a copy, since arguments may be parts of the old name
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    memcpy(t->name, name, sizeof name);
}

void import_drop(struct import_tensors *tensors, struct import_tensor *t)
{
    free(t->data);
    tensors->count--;
    memmove(t, t + 1, (size_t)(tensors->items + tensors->count - t) * sizeof *t);
}

void import_fill_rank(struct import_tensor *t, size_t rank)
{
    while (t->rank < rank)
        t->shape[t->rank++] = 1;
}

int import_from_keras(struct import_tensor *t, swatch_error *error)
{
    if (t->rank != 4 && t->rank != 2)
        return SWATCH_OK;
    const size_t window = t->rank == 4 ? t->shape[0] * t->shape[1] : 1;
    const size_t in = t->shape[t->rank - 2], out = t->shape[t->rank - 1];
    float *data = malloc(t->count ? t->count * sizeof *data : 1);
    if (!data)
        return error_memory(error);
    for (size_t w = 0; w < window; w++)
        for (size_t i = 0; i < in; i++)
            for (size_t o = 0; o < out; o++)
                data[(o * in + i) * window + w] = t->data[(w * in + i) * out + o];
    free(t->data);
    t->data = data;
    const size_t height = t->rank == 4 ? t->shape[0] : 1, width = t->rank == 4 ? t->shape[1] : 1;
    t->rank = 4;
    t->shape[0] = out;
    t->shape[1] = in;
    t->shape[2] = height;
    t->shape[3] = width;
    return SWATCH_OK;
}

const char *import_keras_leaf(const char *leaf)
{
    static const char *const leaves[][2] = {
        {"kernel:0", "weight"},
        {"bias:0", "bias"},
        {"gamma:0", "weight"},
        {"beta:0", "bias"},
        {"moving_mean:0", "running_mean"},
        {"moving_variance:0", "running_var"},
    };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        if (strcmp(leaf, leaves[i][0]) == 0)
            return leaves[i][1];
    return NULL;
}

size_t import_series(const struct import_tensors *tensors, const char *before, const char *after)
{
    char name[IMPORT_NAME_MAX];
    size_t count = 0;
    for (; count < 100; count++) {
        snprintf(name, sizeof name, "%s%zu%s", before, count, after);
        if (!import_tensors_find(tensors, name))
            break;
    }
    return count;
}

size_t import_side(const struct import_tensors *tensors, const char *name, size_t index)
{
    const struct import_tensor *t = import_tensors_find(tensors, name);
    return t && index < t->rank ? t->shape[index] : 0;
}

int import_starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

int import_ends(const char *text, const char *end)
{
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

void import_maskrcnn_network(struct graph *g, const struct import_model *model)
{
    struct maskrcnn_graph parts;
    maskrcnn_trunk(g, &model->maskrcnn, graph_input(g, 1, 64, 64, 3), &parts);
    maskrcnn_box_head(g, &model->maskrcnn, 1, &parts);
    maskrcnn_mask_head(g, &model->maskrcnn, 1, &parts);
}

int import_maskrcnn_model(struct import_model *model, const char *file, swatch_error *error)
{
    struct maskrcnn checked;
    swatch_error inner;
    if (model->norm_epsilon)
        model->maskrcnn.norm_epsilon = *model->norm_epsilon;
    model->classes = model->maskrcnn.classes;
    model->height = model->maskrcnn.shorter;
    model->width = model->maskrcnn.longer;
    model->architecture = maskrcnn_text(&model->maskrcnn);
    if (!model->architecture)
        return error_memory(error);
    // The settings come from the tensors' shapes, so check that a model file may have them.
    if (maskrcnn_parse(model->architecture, &checked, &inner))
        return error_set(error, SWATCH_BAD_FILE, "%s: not a Mask R-CNN that can be run: %s", file,
                         inner.message);
    return SWATCH_OK;
}

void import_generator_network(struct graph *g, const struct import_model *model)
{
    const size_t side = model->generator->multiple;
    model->generator->build(g, graph_input(g, 1, side, side, 3), model->shape, NULL);
}

int import_generator_model(struct import_model *model, const char *name, size_t filters,
                           const char *file, swatch_error *error)
{
    if (filters == 0 || filters > 1024)
        return error_set(error, SWATCH_BAD_FILE,
                         "%s: its first layer has %zu filters, not 1 to 1024", file, filters);
    model->generator = generator_find(name);
    model->shape = (struct generator_shape){.filters = filters, .outputs = 3, .rgb = 1};
    model->height = model->width = 256;
    json_t *json =
        json_pack("{ss, sI, ss}", "name", name, "filters", (json_int_t)filters, "output", "rgb");
    model->architecture = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return model->architecture ? SWATCH_OK : error_memory(error);
}
