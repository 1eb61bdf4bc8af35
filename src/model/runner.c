// Keeps the graphs of a session. The photos of a folder have few sizes, so few graphs are enough.

#include "model/runner.h"

#include <stdlib.h>

#include "base/error.h"
#include "nn/lend.h"

int runner_new(const struct model *model, struct runner **runner, swatch_error *error)
{
    *runner = calloc(1, sizeof **runner);
    if (!*runner)
        return error_memory(error);
    (*runner)->model = model;
    return SWATCH_OK;
}

static void slot_free(struct runner_graph *slot)
{
    graph_free(slot->built.graph);
    chooser_free(slot->chooser);
    *slot = (struct runner_graph){0};
}

void runner_free(struct runner *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < RUNNER_GRAPHS; i++)
        slot_free(&r->graphs[i]);
    free(r->input);
    free(r->output);
    free(r);
}

static int check_size(const struct model *m, size_t height, size_t width, swatch_error *error)
{
    const size_t multiple = m->kind == MODEL_CLOTHES ? m->generator->multiple : m->network.multiple;
    const size_t most = 2 * MODEL_PIXELS_MAX; // since sides are rounded up to the multiple
    if (height == 0 || width == 0 || height % multiple || width % multiple || height > most ||
        width > most || height * width > most)
        return error_set(error, SWATCH_USAGE,
                         "the network works on multiples of %zu up to 4096x4096, not on %zux%zu",
                         multiple, width, height);
    return SWATCH_OK;
}

// Bytes of what goes in and out of a graph: of clothes the photo, the scores, their mean with those
// of the mirrored photo, and the same of a look at half the size, all of both heads; of people the
// photo.
static size_t buffer_bytes(const struct model *m, size_t height, size_t width)
{
    const size_t scores = m->shape.outputs + (m->shape.garments + 3) / 4; // a quarter of the pixels
    const size_t numbers = m->kind == MODEL_CLOTHES ? 3 + 3 * scores : 3;
    return height * width * numbers * sizeof(float);
}

// Bytes that graphs have for themselves. What they share is counted with the one that is built,
// which may take as much as if it were alone.
static size_t owned(const struct runner *r)
{
    size_t bytes = 0;
    for (size_t i = 0; i < RUNNER_GRAPHS; i++)
        if (r->graphs[i].last_use)
            bytes += graph_owned(r->graphs[i].built.graph);
    return bytes;
}

static int build(struct runner *r, struct runner_graph *slot, size_t height, size_t width,
                 swatch_error *error)
{
    const struct model *m = r->model;
    const size_t others = buffer_bytes(m, height, width) + owned(r);
    model_build(m, height, width, &slot->built);
    if (slot->built.graph)
        graph_share_memory(slot->built.graph);
    if (slot->built.graph && r->most)
        graph_limit(slot->built.graph, others < r->most ? r->most - others : 1);
    int status = graph_finish(slot->built.graph, error);
    if (!status && m->kind == MODEL_PEOPLE)
        status = chooser_new(&m->network, &slot->built.parts, &slot->chooser, error);
    return status;
}

static int refuse(const struct runner *r, size_t needed, size_t height, size_t width,
                  swatch_error *error)
{
    return error_set(error, SWATCH_TOO_LARGE,
                     "%s: its network takes %zu MB of memory for a photo of %zux%zu pixels; the "
                     "limit is %zu MB",
                     r->model->name, needed >> 20, width, height, r->most >> 20);
}

int runner_graph(struct runner *r, size_t height, size_t width, struct runner_graph **graph,
                 swatch_error *error)
{
    const struct model *m = r->model;
    // A model of people looks at a photo in two sizes. More graphs would only take memory.
    const size_t places = m->kind == MODEL_PEOPLE ? 2 : RUNNER_GRAPHS;
    struct runner_graph *oldest = &r->graphs[0];
    swatch_error why = {.status = SWATCH_OK};
    int status = check_size(m, height, width, error);
    if (status)
        return status;
    for (size_t i = 0; i < places; i++) {
        struct runner_graph *slot = &r->graphs[i];
        if (slot->last_use && slot->height == height && slot->width == width) {
            slot->last_use = ++r->uses;
            *graph = slot;
            return SWATCH_OK;
        }
        if (slot->last_use < oldest->last_use)
            oldest = slot;
    }
    slot_free(oldest);
    status = build(r, oldest, height, width, &why);
    if (status && why.status == SWATCH_TOO_LARGE && owned(r)) {
        for (size_t i = 0; i < places; i++)
            slot_free(&r->graphs[i]);
        status = build(r, oldest, height, width, &why);
    }
    if (status) {
        if (why.status == SWATCH_TOO_LARGE)
            refuse(r, graph_memory(oldest->built.graph) + buffer_bytes(m, height, width), height,
                   width, error);
        else
            error_set(error, why.status, "%s", why.message);
        slot_free(oldest);
        return SWATCH_FAILED;
    }
    if (!graph_borrow(oldest->built.graph, NULL)) { // else the first run packs
        graph_pack(oldest->built.graph);
        graph_return(oldest->built.graph);
    }
    oldest->height = height;
    oldest->width = width;
    oldest->last_use = ++r->uses;
    *graph = oldest;
    return SWATCH_OK;
}
