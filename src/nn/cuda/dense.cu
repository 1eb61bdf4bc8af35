// Dense convolutions by cuDNN's graph API. Each pass is a graph of one operation. cuDNN's
// heuristics name engines for it, best first. The first engine that is deterministic, keeps the
// precision that we promise and needs at most WORKSPACE_MOST bytes becomes the plan of the pass.
//
// Bias and activation are not part of the graph: in bf16 only engines that cuDNN compiles at run
// time, for seconds each, can do them. One kernel of ours does both afterwards. The gradient of the
// weights has the activations' type, since no engine makes f32 from bf16.

#include <pthread.h>
#include <stdlib.h>

#include <cudnn.h>

extern "C" {
#include "base/error.h"
}
#include "nn/cuda/conv.h"
#include "nn/cuda/device.h"

#define WORKSPACE_MOST ((int64_t)512 << 20)
#define DESCRIPTORS 24
#define ENGINES 16 // the most that each mode of the heuristics may name
#define ALIGNMENT 16

enum { UID_A = 1, UID_B, UID_OUT };

typedef cudnnBackendDescriptor_t descriptor;

enum pass { FORWARD, DATA, WEIGHTS, PASSES };

struct dense {
    descriptor plans[PASSES];
};

static cudnnHandle_t handle;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // one thread may use the handle

// ---- Descriptors -------------------------------------------------------------------------------

// Descriptors that are freed together, and the first fault. After a fault the functions below do
// nothing.
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

// Describes a tensor (n, h, w, c). cuDNN lists the sides as n, c, h, w.
static descriptor tensor(build *b, int64_t uid, enum dtype dtype, size_t n, size_t c, size_t h,
                         size_t w)
{
    const cudnnDataType_t type = dtype == DTYPE_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    const int64_t sides[4] = {(int64_t)n, (int64_t)c, (int64_t)h, (int64_t)w};
    const int64_t strides[4] = {(int64_t)(h * w * c), 1, (int64_t)(w * c), (int64_t)c};
    const int64_t alignment = ALIGNMENT;
    const descriptor t = make(b, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    set(b, t, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid);
    set(b, t, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
    set(b, t, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, sides);
    set(b, t, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides);
    set(b, t, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment);
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

// cuDNN's names for the same things in the three convolution operations.
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

// The graph of a pass: its inputs have the ids UID_A and UID_B, its output UID_OUT.
static descriptor graph_of(build *b, const struct conv_shape *s, enum dtype dtype, enum pass pass)
{
    const descriptor c = convolution(b, s);
    const descriptor x = tensor(b, pass == DATA ? UID_OUT : UID_A, dtype, s->n, s->c, s->h, s->w);
    const descriptor w = tensor(b, pass == WEIGHTS ? UID_OUT : UID_B, dtype, s->out_c, s->c,
                                s->kernel_h, s->kernel_w);
    const descriptor y = tensor(b,
                                pass == FORWARD ? UID_OUT
                                : pass == DATA  ? UID_A
                                                : UID_B,
                                dtype, s->n, s->out_c, s->out_h, s->out_w);
    const descriptor o = pass == FORWARD ? operation(b, pass, c, x, w, y)
                         : pass == DATA  ? operation(b, pass, c, y, w, x)
                                         : operation(b, pass, c, x, y, w);
    const descriptor graph = make(b, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    set(b, graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
    set(b, graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &o);
    finalize(b, graph);
    return graph;
}

// ---- The choice --------------------------------------------------------------------------------

// 1 if an engine gives the same bits each time and keeps our precision: f32 without shortcuts, and
// sums of bf16 in f32.
static int is_fit(descriptor config, enum dtype dtype)
{
    cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    build b = {};
    int64_t count = 0;
    descriptor engine = make(&b, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
                                            CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                            CUDNN_TYPE_NUMERICAL_NOTE,
                                            CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes);
    int fit = !b.status;
    for (int64_t i = 0; i < count && fit; i++)
        fit = notes[i] != CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC &&
              notes[i] != CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION &&
              (dtype == DTYPE_BF16 ||
               (notes[i] != CUDNN_NUMERICAL_NOTE_TENSOR_CORE &&
                notes[i] != CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS &&
                notes[i] != CUDNN_NUMERICAL_NOTE_WINOGRAD && notes[i] != CUDNN_NUMERICAL_NOTE_FFT));
    build_free(&b);
    return fit;
}

// Makes the plan of an engine and raises *workspace to its bytes. NULL: the engine cannot be used.
static descriptor plan_from(descriptor config, size_t *workspace)
{
    build b = {};
    int64_t bytes = 0, count = 0;
    const descriptor p = make(&b, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    set(&b, p, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle);
    set_descriptor(&b, p, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    finalize(&b, p);
    if (!b.status)
        b.status = cudnnBackendGetAttribute(p, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                            CUDNN_TYPE_INT64, 1, &count, &bytes);
    if (b.status || bytes > WORKSPACE_MOST) {
        build_free(&b);
        return NULL;
    }
    if (*workspace < (size_t)bytes)
        *workspace = (size_t)bytes;
    return p;
}

// Makes the plan of the first fit engine that a mode of the heuristics names. NULL: there is none.
static descriptor choose(descriptor graph, cudnnBackendHeurMode_t mode, enum dtype dtype,
                         size_t *workspace)
{
    descriptor configs[ENGINES], plan = NULL;
    build b = {};
    int64_t count = 0;
    const descriptor heuristics = make(&b, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    set_descriptor(&b, heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    set(&b, heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
    finalize(&b, heuristics);
    for (int i = 0; i < ENGINES; i++)
        configs[i] = make(&b, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    if (!b.status)
        b.status =
            cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                     CUDNN_TYPE_BACKEND_DESCRIPTOR, ENGINES, &count, configs);
    for (int64_t i = 0; !b.status && i < count && i < ENGINES && !plan; i++)
        if (is_fit(configs[i], dtype))
            plan = plan_from(configs[i], workspace);
    build_free(&b);
    return plan;
}

static int open_handle(swatch_error *error)
{
    if (handle)
        return SWATCH_OK;
    cudnnHandle_t fresh = NULL;
    cuda_enter();
    cudnnStatus_t status = cudnnCreate(&fresh);
    if (!status)
        status = cudnnSetStream(fresh, cuda_device.stream);
    if (status)
        return error_set(error, SWATCH_FAILED, "cuDNN cannot be started: %s",
                         cudnnGetErrorString(status));
    handle = fresh;
    return SWATCH_OK;
}

static descriptor plan_new(const struct conv_shape *shape, enum dtype dtype, enum pass pass,
                           size_t *workspace)
{
    build b = {};
    const descriptor graph = graph_of(&b, shape, dtype, pass);
    descriptor plan = b.status ? NULL : choose(graph, CUDNN_HEUR_MODE_A, dtype, workspace);
    if (!b.status && !plan)
        plan = choose(graph, CUDNN_HEUR_MODE_FALLBACK, dtype, workspace);
    build_free(&b);
    return plan;
}

static int make_plans(struct dense *d, const struct conv_shape *s, enum dtype dtype, int passes,
                      size_t *scratch, swatch_error *error)
{
    if (open_handle(error))
        return SWATCH_FAILED;
    for (int pass = 0; pass < PASSES; pass++) {
        if (!(passes >> pass & 1))
            continue;
        d->plans[pass] = plan_new(s, dtype, (enum pass)pass, scratch);
        if (!d->plans[pass])
            return error_set(error, SWATCH_FAILED,
                             "cuDNN has no way for a convolution of %zux%zux%zu by %zux%zu to %zu "
                             "channels (pass %d)",
                             s->h, s->w, s->c, s->kernel_h, s->kernel_w, s->out_c, pass);
    }
    return SWATCH_OK;
}

int dense_new(const struct conv_shape *shape, enum dtype dtype, int passes, size_t *scratch,
              struct dense **dense, swatch_error *error)
{
    struct dense *d = (struct dense *)calloc(1, sizeof *d);
    if (!d)
        return error_memory(error);
    pthread_mutex_lock(&lock);
    const int failed = make_plans(d, shape, dtype, passes, scratch, error);
    pthread_mutex_unlock(&lock);
    if (failed) {
        dense_free(d);
        return SWATCH_FAILED;
    }
    *dense = d;
    return SWATCH_OK;
}

void dense_free(struct dense *d)
{
    for (int pass = 0; d && pass < PASSES; pass++)
        if (d->plans[pass])
            cudnnBackendDestroyDescriptor(d->plans[pass]);
    free(d);
}

static void run(const struct dense *d, enum pass pass, const void *a, const void *b_, void *out,
                void *workspace)
{
    const int64_t uids[] = {UID_A, UID_B, UID_OUT};
    const void *pointers[] = {a, b_, out};
    build b = {};
    cuda_enter();
    const descriptor pack = make(&b, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 3, uids);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, pointers);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace);
    finalize(&b, pack);
    pthread_mutex_lock(&lock);
    if (!b.status)
        b.status = cudnnBackendExecute(handle, d->plans[pass], pack);
    pthread_mutex_unlock(&lock);
    build_free(&b);
    if (b.status)
        cuda_fault_words("cuDNN cannot run a convolution", cudnnGetErrorString(b.status));
}

void dense_forward(struct dense *d, const void *x, const void *weights, void *y, void *scratch)
{
    run(d, FORWARD, x, weights, y, scratch);
}

void dense_backward_data(struct dense *d, const void *dy, const void *weights, void *dx,
                         void *scratch)
{
    run(d, DATA, dy, weights, dx, scratch);
}

void dense_backward_weights(struct dense *d, const void *x, const void *dy, void *dweights,
                            void *scratch)
{
    run(d, WEIGHTS, x, dy, dweights, scratch);
}
