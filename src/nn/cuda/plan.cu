// cuDNN's graph API: a pass becomes a graph of operations, heuristics name engines for it, best
// first, and the first one that is deterministic, keeps to the precision we promise and is content
// with the workspace becomes the plan. Every step is a descriptor with attributes; one list keeps
// them until the plan is made, and the first fault.
//
// The older cudnnConvolutionForward has no fusion but with ReLU and no gradient of weights in f32
// from bf16.

#include <stdlib.h>
#include <string.h>

#include <cudnn.h>

extern "C" {
#include "base/error.h"
}
#include "nn/cuda/kernel.h"
#include "nn/cuda/plan.h"

#define WORKSPACE_MOST ((int64_t)512 << 20)
#define DESCRIPTORS 24
#define ENGINES 16 // looked at, of each mode of the heuristics
#define ALIGNMENT 16

enum { UID_A = 1, UID_B, UID_OUT, UID_BIAS, UID_VIRTUAL }; // the last one and those after it

typedef cudnnBackendDescriptor_t descriptor;

struct plan {
    descriptor plan;
    size_t workspace;
    int has_bias;
    long engine;
};

static cudnnHandle_t handle;
static descriptor elsewhere; // a device that is not here

// ---- Descriptors -------------------------------------------------------------------------------

struct build {
    cudnnStatus_t status;
    descriptor made[DESCRIPTORS];
    int count;
};

static void build_free(build *b)
{
    for (int i = 0; i < b->count; i++)
        cudnnBackendDestroyDescriptor(b->made[i]);
    b->count = 0;
}

static descriptor make(build *b, cudnnBackendDescriptorType_t type)
{
    descriptor d = NULL;
    if (!b->status && b->count == DESCRIPTORS)
        b->status = CUDNN_STATUS_INTERNAL_ERROR;
    if (!b->status)
        b->status = cudnnBackendCreateDescriptor(type, &d);
    if (!b->status)
        b->made[b->count++] = d;
    return d;
}

static void set(build *b, descriptor d, cudnnBackendAttributeName_t name,
                cudnnBackendAttributeType_t type, int64_t count, const void *values)
{
    if (!b->status)
        b->status = cudnnBackendSetAttribute(d, name, type, count, values);
}

static void set_descriptor(build *b, descriptor d, cudnnBackendAttributeName_t name,
                           descriptor value)
{
    set(b, d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value);
}

static void set_double(build *b, descriptor d, cudnnBackendAttributeName_t name, double value)
{
    set(b, d, name, CUDNN_TYPE_DOUBLE, 1, &value);
}

static void finalize(build *b, descriptor d)
{
    if (!b->status)
        b->status = cudnnBackendFinalize(d);
}

// ---- The graph ---------------------------------------------------------------------------------

static cudnnDataType_t type_of(enum dtype dtype)
{
    return dtype == DTYPE_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
}

// (n, c, h, w) in cuDNN's order of sides, channels innermost in memory.
static descriptor tensor(build *b, int64_t uid, cudnnDataType_t type, size_t n, size_t c, size_t h,
                         size_t w)
{
    const int64_t sides[4] = {(int64_t)n, (int64_t)c, (int64_t)h, (int64_t)w};
    const int64_t strides[4] = {(int64_t)(h * w * c), 1, (int64_t)(w * c), (int64_t)c};
    const int64_t alignment = ALIGNMENT;
    const bool is_virtual = uid >= UID_VIRTUAL;
    const descriptor t = make(b, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    set(b, t, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid);
    set(b, t, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
    set(b, t, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, sides);
    set(b, t, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides);
    set(b, t, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment);
    set(b, t, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual);
    finalize(b, t);
    return t;
}

static descriptor convolution(build *b, const struct conv_shape *s)
{
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    const int64_t sides = 2, stride = (int64_t)s->stride, dilation = (int64_t)s->dilation;
    const int64_t before[2] = {(int64_t)s->top, (int64_t)s->left};
    const int64_t after[2] = {(int64_t)s->bottom, (int64_t)s->right};
    const int64_t strides[2] = {stride, stride}, dilations[2] = {dilation, dilation};
    const descriptor c = make(b, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    set(b, c, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
    set(b, c, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
    set(b, c, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &sides);
    set(b, c, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, before);
    set(b, c, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, after);
    set(b, c, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, strides);
    set(b, c, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilations);
    finalize(b, c);
    return c;
}

// The names of what the three convolution operations have in common.
struct operation_names {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t convolution, a, b, out, alpha, beta;
};

static const operation_names operations[] = {
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA},
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA},
    {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA},
};

static descriptor operation(build *b, enum pass pass, descriptor convolution, descriptor first,
                            descriptor second, descriptor out)
{
    const operation_names *names = &operations[pass];
    const descriptor o = make(b, names->type);
    set_descriptor(b, o, names->convolution, convolution);
    set_descriptor(b, o, names->a, first);
    set_descriptor(b, o, names->b, second);
    set_descriptor(b, o, names->out, out);
    set_double(b, o, names->alpha, 1);
    set_double(b, o, names->beta, 0);
    finalize(b, o);
    return o;
}

// y = x + bias, or y = f(x) where bias is NULL.
static descriptor pointwise(build *b, enum activation f, descriptor x, descriptor bias,
                            descriptor y)
{
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    const cudnnPointwiseMode_t mode = bias                      ? CUDNN_POINTWISE_ADD
                                      : f == ACTIVATION_TANH    ? CUDNN_POINTWISE_TANH_FWD
                                      : f == ACTIVATION_SIGMOID ? CUDNN_POINTWISE_SIGMOID_FWD
                                                                : CUDNN_POINTWISE_RELU_FWD;
    const descriptor p = make(b, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    set(b, p, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
    set(b, p, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &type);
    if (!bias && f == ACTIVATION_LEAKY)
        set_double(b, p, CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE,
                   (double)ACTIVATION_LEAKY_SLOPE);
    if (!bias && f == ACTIVATION_RELU6)
        set_double(b, p, CUDNN_ATTR_POINTWISE_RELU_UPPER_CLIP, 6);
    finalize(b, p);
    const descriptor o = make(b, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    set_descriptor(b, o, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, p);
    set_descriptor(b, o, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
    if (bias)
        set_descriptor(b, o, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bias);
    set_descriptor(b, o, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
    finalize(b, o);
    return o;
}

static descriptor graph_of(build *b, const pass_graph *g)
{
    const struct conv_shape *s = g->shape;
    const cudnnDataType_t type = type_of(g->dtype);
    const int forward = g->pass == PASS_FORWARD, weights = g->pass == PASS_WEIGHTS;
    const int fuses = g->has_bias || g->activation != ACTIVATION_NONE;
    const int64_t x_uid = g->pass == PASS_DATA ? UID_OUT : UID_A;
    const int64_t w_uid = weights ? UID_OUT : UID_B;
    int64_t y_uid = forward ? UID_OUT : weights ? UID_B : UID_A;
    if (forward && fuses)
        y_uid = UID_VIRTUAL;
    const descriptor c = convolution(b, s);
    const descriptor x = tensor(b, x_uid, type, s->n, s->c, s->h, s->w);
    const descriptor w = tensor(b, w_uid, weights ? type_of(g->dweights_dtype) : type, s->out_c,
                                s->c, s->kernel_h, s->kernel_w);
    // What is between two operations stays f32.
    descriptor y = tensor(b, y_uid, y_uid == UID_VIRTUAL ? CUDNN_DATA_FLOAT : type, s->n, s->out_c,
                          s->out_h, s->out_w);
    descriptor all[3];
    int64_t count = 0;
    all[count++] = forward   ? operation(b, g->pass, c, x, w, y)
                   : weights ? operation(b, g->pass, c, x, y, w)
                             : operation(b, g->pass, c, y, w, x);
    if (g->has_bias) {
        const int last = g->activation == ACTIVATION_NONE;
        const descriptor bias = tensor(b, UID_BIAS, CUDNN_DATA_FLOAT, 1, s->out_c, 1, 1);
        const descriptor z = tensor(b, last ? (int64_t)UID_OUT : UID_VIRTUAL + 1,
                                    last ? type : CUDNN_DATA_FLOAT, s->n, s->out_c, s->out_h,
                                    s->out_w);
        all[count++] = pointwise(b, ACTIVATION_NONE, y, bias, z);
        y = z;
    }
    if (g->activation != ACTIVATION_NONE) {
        const descriptor z = tensor(b, UID_OUT, type, s->n, s->out_c, s->out_h, s->out_w);
        all[count++] = pointwise(b, g->activation, y, NULL, z);
    }
    const descriptor graph = make(b, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    if (!elsewhere)
        set(b, graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
    set(b, graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, count, all);
    finalize(b, graph);
    return graph;
}

// ---- The choice --------------------------------------------------------------------------------

// Whether an engine gives the same bits each time, and those of the precision we promise: f32
// without shortcuts, sums of bf16 in f32.
static int is_fit(descriptor config, enum dtype dtype, long *index)
{
    cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    build b = {};
    int64_t count = 0, number = -1;
    descriptor engine = make(&b, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX,
                                            CUDNN_TYPE_INT64, 1, &count, &number);
    if (!b.status)
        b.status =
            cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                     CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT,
                                     &count, notes);
    int fit = !b.status;
    for (int64_t i = 0; i < count && fit; i++)
        fit = notes[i] != CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC &&
              notes[i] != CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION &&
              (dtype == DTYPE_BF16 || (notes[i] != CUDNN_NUMERICAL_NOTE_TENSOR_CORE &&
                                       notes[i] != CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS &&
                                       notes[i] != CUDNN_NUMERICAL_NOTE_WINOGRAD &&
                                       notes[i] != CUDNN_NUMERICAL_NOTE_FFT));
    build_free(&b);
    *index = (long)number;
    return fit;
}

static int plan_from(descriptor config, struct plan *plan)
{
    build b = {};
    int64_t bytes = 0, count = 0;
    const descriptor p = make(&b, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    if (elsewhere)
        set_descriptor(&b, p, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, elsewhere);
    else
        set(&b, p, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
    set_descriptor(&b, p, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    finalize(&b, p);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(p, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                            CUDNN_TYPE_INT64, 1, &count, &bytes);
    if (b.status || bytes > WORKSPACE_MOST) {
        build_free(&b);
        return 0;
    }
    plan->plan = p;
    plan->workspace = (size_t)bytes;
    return 1;
}

// The first fit engine of those that a mode of the heuristics names.
static int choose(descriptor graph, cudnnBackendHeurMode_t mode, enum dtype dtype,
                  struct plan *plan)
{
    descriptor configs[ENGINES];
    build b = {};
    int64_t count = 0;
    int found = 0;
    const descriptor heuristics = make(&b, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    set_descriptor(&b, heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    set(&b, heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
    if (elsewhere)
        set_descriptor(&b, heuristics, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, elsewhere);
    finalize(&b, heuristics);
    for (int i = 0; i < ENGINES; i++)
        configs[i] = make(&b, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, ENGINES, &count,
                                            configs);
    for (int64_t i = 0; !b.status && i < count && i < ENGINES && !found; i++)
        found = is_fit(configs[i], dtype, &plan->engine) && plan_from(configs[i], plan);
    build_free(&b);
    return found;
}

static int open_handle(swatch_error *error)
{
    if (handle || elsewhere)
        return SWATCH_OK;
    cuda_enter();
    cudnnStatus_t status = cudnnCreate(&handle);
    if (!status)
        status = cudnnSetStream(handle, cuda_device.stream);
    return status ? error_set(error, SWATCH_FAILED, "cuDNN cannot be started: %s",
                              cudnnGetErrorString(status))
                  : SWATCH_OK;
}

int plan_elsewhere(const char *properties, swatch_error *error)
{
    build b = {};
    const descriptor d = make(&b, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    set(&b, d, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
        (int64_t)strlen(properties) + 1, properties);
    finalize(&b, d);
    if (b.status) {
        char words[256] = "";
        cudnnGetLastErrorString(words, sizeof words);
        build_free(&b);
        return error_set(error, SWATCH_FAILED, "cuDNN does not take the device: %s", words);
    }
    elsewhere = d;
    return SWATCH_OK;
}

int plan_new(const struct pass_graph *graph, size_t *workspace, struct plan **out,
             swatch_error *error)
{
    static const cudnnBackendHeurMode_t modes[] = {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK};
    *out = NULL;
    if (open_handle(error))
        return SWATCH_FAILED;
    struct plan *p = (struct plan *)calloc(1, sizeof *p);
    if (!p)
        return error_memory(error);
    build b = {};
    const descriptor g = graph_of(&b, graph);
    for (size_t i = 0; !b.status && !p->plan && i < sizeof modes / sizeof *modes; i++)
        choose(g, modes[i], graph->dtype, p);
    build_free(&b);
    if (!p->plan) {
        free(p);
        return SWATCH_OK;
    }
    p->has_bias = graph->has_bias;
    if (*workspace < p->workspace)
        *workspace = p->workspace;
    *out = p;
    return SWATCH_OK;
}

void plan_free(struct plan *p)
{
    if (p)
        cudnnBackendDestroyDescriptor(p->plan);
    free(p);
}

long plan_engine(const struct plan *plan)
{
    return plan->engine;
}

void plan_run(struct plan *p, const void *a, const void *b_, const float *bias, void *out,
              void *workspace)
{
    const int64_t uids[] = {UID_A, UID_B, UID_OUT, UID_BIAS};
    const void *pointers[] = {a, b_, out, bias};
    const int64_t count = p->has_bias ? 4 : 3;
    build b = {};
    cuda_enter();
    const descriptor pack = make(&b, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, uids);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count, pointers);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace);
    finalize(&b, pack);
    if (!b.status)
        b.status = cudnnBackendExecute(handle, p->plan, pack);
    build_free(&b);
    if (b.status)
        cuda_fault_words("cuDNN cannot run a convolution", cudnnGetErrorString(b.status));
}
