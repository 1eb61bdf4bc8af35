// Keeps the graphs of a session. The photos of a folder have few sizes, so few graphs are enough.

#include "model/runner.h"

#include <stdlib.h>

#include "base/error.h"

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

int runner_graph(struct runner *r, size_t height, size_t width, struct runner_graph **graph,
                 swatch_error *error)
{
    const struct model *m = r->model;
    // A model of people looks at a photo in two sizes. More graphs would only take memory.
    const size_t places = m->kind == MODEL_PEOPLE ? 2 : RUNNER_GRAPHS;
    struct runner_graph *oldest = &r->graphs[0];
    const int status = check_size(m, height, width, error);
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
    model_build(m, height, width, &oldest->built);
    if (graph_finish(oldest->built.graph, error) ||
        (m->kind == MODEL_PEOPLE &&
         chooser_new(&m->network, &oldest->built.parts, &oldest->chooser, error))) {
        slot_free(oldest);
        return SWATCH_FAILED;
    }
    graph_pack(oldest->built.graph);
    oldest->height = height;
    oldest->width = width;
    oldest->last_use = ++r->uses;
    *graph = oldest;
    return SWATCH_OK;
}

int runner_room(float **buffer, size_t *room, size_t count, swatch_error *error)
{
    if (*room >= count)
        return SWATCH_OK;
    float *larger = realloc(*buffer, count * sizeof *larger);
    if (!larger)
        return error_memory(error);
    *buffer = larger;
    *room = count;
    return SWATCH_OK;
}
