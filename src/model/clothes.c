// Runs a model of clothes.

#include "model/clothes.h"

#include "base/memory.h"
#include "nn/lend.h"

int clothes_run(struct runner *r, const float *photo, size_t height, size_t width,
                const float **output, const float **garments, swatch_error *error)
{
    struct runner_graph *slot;
    const size_t count = height * width * r->model->shape.outputs;
    const size_t more = height * width / 4 * r->model->shape.garments;
    int status = runner_graph(r, height, width, &slot, error);
    if (!status)
        status = memory_grow(&r->output, &r->output_room, count + more, error);
    status = status ? status : graph_borrow(slot->built.graph, error);
    if (status)
        return status;
    graph_set(slot->built.photo, photo);
    graph_forward(slot->built.graph);
    graph_get(slot->built.output, r->output);
    if (more)
        graph_get(slot->built.garments, r->output + count);
    graph_return(slot->built.graph);
    *output = r->output;
    *garments = more ? r->output + count : NULL;
    return SWATCH_OK;
}
