// RoIAlign over a pyramid. The regions are the first input, the levels the others.

#include "nn/layer.h"

static int roi_prepare(struct layer *layer, swatch_error *error)
{
    (void)error;
    struct graph *g = layer->graph;
    const size_t scratch = g->mode == GRAPH_TRAIN ? g->backend->roi_align_scratch(layer->state) : 0;
    if (g->scratch_bytes < scratch)
        g->scratch_bytes = scratch;
    return SWATCH_OK;
}

static void roi_forward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    const void *levels[ROI_LEVELS];
    for (size_t i = 1; i < layer->input_count; i++)
        levels[i - 1] = layer->inputs[i]->data;
    layer->graph->backend->roi_align_forward(y->dtype, layer->state, levels, layer->inputs[0]->data,
                                             y->data);
}

static void roi_backward(struct layer *layer)
{
    const struct tensor *y = layer->output;
    layer->graph->backend->roi_align_backward(y->dtype, layer->state, layer->inputs[0]->data,
                                              y->grad, layer->dx + 1, layer->graph->scratch);
}

// Backward reads the regions, which are an input of the graph and so stay in memory, not the
// levels.
static const struct layer_ops layer_roi_align = {
    .name = "roi_align",
    .prepare = roi_prepare,
    .forward = roi_forward,
    .backward = roi_backward,
};

struct tensor *roi_align(struct graph *g, struct tensor *const *levels, size_t count,
                         struct tensor *rois, struct roi_align o)
{
    if (!rois || count == 0 || count > ROI_LEVELS)
        return rois ? graph_fault(g, "RoIAlign over %zu levels", count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (!levels[i])
            return NULL;
    if (rois->dtype != DTYPE_F32 || rois->producer || rois->c != ROI_NUMBERS)
        return graph_fault(g, "RoIAlign needs regions of %d f32 as an input", ROI_NUMBERS);
    if (o.height == 0 || o.width == 0 || o.samples == 0)
        return graph_fault(g, "RoIAlign to %zu x %zu with %zu samples", o.height, o.width,
                           o.samples);
    struct layer *layer =
        layer_new(g, &layer_roi_align, NULL, rois, levels[0], sizeof(struct roi_shape));
    if (!layer)
        return NULL;
    struct roi_shape *s = layer->state;
    *s = (struct roi_shape){.rule = o.rule,
                            .n = levels[0]->n,
                            .levels = count,
                            .c = levels[0]->c,
                            .rois = tensor_rows(rois),
                            .out_h = o.height,
                            .out_w = o.width,
                            .samples = o.samples};
    for (size_t i = 0; i < count; i++) {
        if (levels[i]->n != s->n || levels[i]->c != s->c || o.strides[i] == 0)
            return graph_fault(g, "RoIAlign needs levels of one width, each with a stride");
        s->h[i] = levels[i]->h;
        s->w[i] = levels[i]->w;
        s->stride[i] = o.strides[i];
        if (i > 0)
            layer_input(layer, levels[i]);
    }
    return layer_output(layer, s->rois, o.height, o.width, s->c);
}
