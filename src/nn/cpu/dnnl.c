// Convolutions by oneDNN. A struct conv holds the primitives of one layer at one shape: forward,
// backward to the data, backward to the weights. Activations are plain NHWC. When weights change
// they are packed into the layout and the type that each primitive asks for.
//
// A transposed convolution is the backward pass of a convolution. So its forward pass runs the
// primitive `backward_data`, its backward pass to the data runs `forward`, and its backward pass to
// the weights exchanges the two inputs. Only oneDNN's forward primitive can apply a bias and an
// activation; for a transposed convolution a loop does that afterwards.
//
// Scratch holds oneDNN's scratchpad and behind it the packed gradient of the weights.

#include "nn/cpu/cpu.h"
#include "nn/cpu/dnnl_api.h"
#include "nn/cpu/packed.h"

#include <omp.h>
#include <stdlib.h>

#include "base/error.h"

#define ALIGNMENT 64

struct primitive {
    dnnl_primitive_t primitive;
    dnnl_memory_t x, weights, y; // as the convolution sees them, transposed or not
    dnnl_memory_t scratchpad;
    size_t scratchpad_bytes;
};

struct packing {
    dnnl_primitive_t reorder;
    dnnl_memory_t plain, packed;
    struct packed *weights;
};

struct conv {
    struct conv_shape shape;
    enum dtype dtype;
    int transposed, has_bias;
    enum activation activation;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct primitive forward, backward_data, backward_weights;
    struct packing forward_weights, backward_data_weights;
    dnnl_memory_t bias, dweights_packed, dweights_plain;
    dnnl_primitive_t unpack, unpack_add;
    size_t dweights_bytes;
    // Do all that there is to do, in place of oneDNN, or are NULL: forward, and back to the data.
    struct winograd *winograd, *winograd_back;
    size_t winograd_threads; // that scratch has room for
    size_t depthwise_bytes;  // scratch of depthwise.c; 0: oneDNN computes the weights' gradient
};

// oneDNN computes in bf16 on x86-64 with AVX-512 only.
int cpu_has_bf16(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
           __builtin_cpu_supports("avx512dq") != 0;
#else
    return 0;
#endif
}

int cpu_has_fast_bf16(void)
{
#ifdef __x86_64__
    // With avx512_bf16 there are instructions for products of bf16. Without, oneDNN emulates them.
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return 0;
#endif
}

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static dnnl_status_t primitive_new(struct primitive *p, dnnl_primitive_desc_t pd,
                                   dnnl_engine_t engine, dnnl_query_t x, dnnl_query_t weights,
                                   dnnl_query_t y)
{
    const api_desc_view scratchpad = api_wanted(pd, dnnl_query_scratchpad_md);
    p->scratchpad_bytes = dnnl_memory_desc_get_size(scratchpad);
    dnnl_status_t status = dnnl_primitive_create(&p->primitive, pd);
    status = status ? status : api_memory(&p->x, api_wanted(pd, x), engine);
    status = status ? status : api_memory(&p->weights, api_wanted(pd, weights), engine);
    status = status ? status : api_memory(&p->y, api_wanted(pd, y), engine);
    return status ? status : api_memory(&p->scratchpad, scratchpad, engine);
}

static void primitive_free(struct primitive *p)
{
    dnnl_primitive_destroy(p->primitive);
    dnnl_memory_destroy(p->x);
    dnnl_memory_destroy(p->weights);
    dnnl_memory_destroy(p->y);
    dnnl_memory_destroy(p->scratchpad);
}

static dnnl_status_t reorder_new(dnnl_primitive_t *reorder, api_desc_view from, api_desc_view to,
                                 dnnl_engine_t engine, int adds)
{
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&attr);
    status = status ? status : dnnl_post_ops_create(&ops);
    if (!status && adds)
        status = dnnl_post_ops_append_sum(ops, 1.0f
#if DNNL_VERSION_MAJOR >= 3
                                          ,
                                          0, dnnl_data_type_undef
#endif
        );
    status = status ? status : dnnl_primitive_attr_set_post_ops(attr, ops);
    status =
        status ? status : dnnl_reorder_primitive_desc_create(&pd, from, engine, to, engine, attr);
    status = status ? status : dnnl_primitive_create(reorder, pd);
    dnnl_primitive_desc_destroy(pd);
    dnnl_post_ops_destroy(ops);
    dnnl_primitive_attr_destroy(attr);
    return status;
}

// Packs plain f32 weights into the layout `wanted`.
static dnnl_status_t packing_new(struct packing *p, api_desc_view plain, api_desc_view wanted,
                                 dnnl_engine_t engine)
{
    p->weights = cpu_packed_new(dnnl_memory_desc_get_size(wanted));
    if (!p->weights)
        return dnnl_out_of_memory;
    dnnl_status_t status = api_memory(&p->plain, plain, engine);
    status = status ? status : api_memory(&p->packed, wanted, engine);
    status = status ? status : dnnl_memory_set_data_handle(p->packed, p->weights->data);
    return status ? status : reorder_new(&p->reorder, plain, wanted, engine, 0);
}

static void packing_free(struct packing *p)
{
    dnnl_primitive_destroy(p->reorder);
    dnnl_memory_destroy(p->plain);
    dnnl_memory_destroy(p->packed);
    cpu_packed_free(p->weights);
}

void cpu_conv_free(struct conv *c)
{
    if (!c)
        return;
    primitive_free(&c->forward);
    primitive_free(&c->backward_data);
    primitive_free(&c->backward_weights);
    packing_free(&c->forward_weights);
    packing_free(&c->backward_data_weights);
    dnnl_memory_destroy(c->bias);
    dnnl_memory_destroy(c->dweights_packed);
    dnnl_memory_destroy(c->dweights_plain);
    dnnl_primitive_destroy(c->unpack);
    dnnl_primitive_destroy(c->unpack_add);
    dnnl_stream_destroy(c->stream);
    dnnl_engine_destroy(c->engine);
    cpu_winograd_free(c->winograd);
    cpu_winograd_free(c->winograd_back);
    free(c);
}

static dnnl_status_t append_activation(dnnl_post_ops_t ops, enum activation f)
{
    switch (f) {
    case ACTIVATION_RELU:
        return api_append_eltwise(ops, dnnl_eltwise_relu, 0, 0);
    case ACTIVATION_LEAKY:
        return api_append_eltwise(ops, dnnl_eltwise_relu, ACTIVATION_LEAKY_SLOPE, 0);
    case ACTIVATION_RELU6:
        return api_append_eltwise(ops, dnnl_eltwise_clip, 0, 6);
    case ACTIVATION_TANH:
        return api_append_eltwise(ops, dnnl_eltwise_tanh, 0, 0);
    case ACTIVATION_SIGMOID:
        return api_append_eltwise(ops, dnnl_eltwise_logistic, 0, 0);
    default:
        return dnnl_success;
    }
}

// Describes the convolution with weights of `weight_type`.
static dnnl_status_t describe(const struct conv *c, dnnl_data_type_t weight_type,
                              struct api_conv *a)
{
    const struct conv_shape *s = &c->shape;
    const dnnl_data_type_t type = c->dtype == DTYPE_BF16 ? dnnl_bf16 : dnnl_f32;
    const dnnl_dims_t x = {(dnnl_dim_t)s->n, (dnnl_dim_t)s->c, (dnnl_dim_t)s->h, (dnnl_dim_t)s->w};
    const dnnl_dims_t y = {(dnnl_dim_t)s->n, (dnnl_dim_t)s->out_c, (dnnl_dim_t)s->out_h,
                           (dnnl_dim_t)s->out_w};
    const dnnl_dims_t w = {(dnnl_dim_t)s->out_c, (dnnl_dim_t)(s->c / s->groups),
                           (dnnl_dim_t)s->kernel_h, (dnnl_dim_t)s->kernel_w};
    const dnnl_dims_t bias = {(dnnl_dim_t)s->out_c};
    const dnnl_dims_t grouped = {(dnnl_dim_t)s->groups, (dnnl_dim_t)(s->out_c / s->groups),
                                 (dnnl_dim_t)(s->c / s->groups), (dnnl_dim_t)s->kernel_h,
                                 (dnnl_dim_t)s->kernel_w};
    for (int i = 0; i < 2; i++) {
        a->strides[i] = (dnnl_dim_t)s->stride;
        a->dilates[i] = (dnnl_dim_t)s->dilation - 1;
    }
    a->before[0] = (dnnl_dim_t)s->top;
    a->before[1] = (dnnl_dim_t)s->left;
    a->after[0] = (dnnl_dim_t)s->bottom;
    a->after[1] = (dnnl_dim_t)s->right;
    a->engine = c->engine;
    dnnl_status_t status = api_desc(&a->x, 4, x, type, dnnl_nhwc);
    status = status ? status : api_desc(&a->y, 4, y, type, dnnl_nhwc);
    status = status          ? status
             : s->groups > 1 ? api_desc(&a->weights, 5, grouped, weight_type, dnnl_format_tag_any)
                             : api_desc(&a->weights, 4, w, weight_type, dnnl_format_tag_any);
    return status ? status : api_desc(&a->bias, 1, bias, dnnl_f32, dnnl_a);
}

static void describe_free(struct api_conv *a)
{
    api_desc_free(&a->x);
    api_desc_free(&a->y);
    api_desc_free(&a->weights);
    api_desc_free(&a->bias);
}

// Describes plain f32 weights, as the optimizer and files have them.
static dnnl_status_t describe_plain(const struct conv_shape *s, dnnl_memory_desc_t *md)
{
    const dnnl_dims_t w = {(dnnl_dim_t)s->out_c, (dnnl_dim_t)(s->c / s->groups),
                           (dnnl_dim_t)s->kernel_h, (dnnl_dim_t)s->kernel_w};
    const dnnl_dims_t grouped = {(dnnl_dim_t)s->groups, (dnnl_dim_t)(s->out_c / s->groups),
                                 (dnnl_dim_t)(s->c / s->groups), (dnnl_dim_t)s->kernel_h,
                                 (dnnl_dim_t)s->kernel_w};
    return s->groups > 1 ? api_desc(md, 5, grouped, dnnl_f32, dnnl_goihw)
                         : api_desc(md, 4, w, dnnl_f32, dnnl_oihw);
}

static dnnl_status_t forward_new(struct conv *c, struct api_conv *a, dnnl_primitive_desc_t *hint,
                                 api_desc_view plain, int wanted, int training)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_primitive_attr_t attr = a->attr, fused = NULL;
    const int transposed = c->transposed;
    dnnl_status_t status = dnnl_primitive_attr_create(&fused);
    status =
        status ? status : dnnl_primitive_attr_set_scratchpad_mode(fused, dnnl_scratchpad_mode_user);
    status = status ? status : dnnl_post_ops_create(&ops);
    if (!status && !transposed)
        status = append_activation(ops, c->activation);
    status = status ? status : dnnl_primitive_attr_set_post_ops(fused, ops);
    a->attr = fused;
    a->has_bias = c->has_bias && !transposed;
    status = status ? status : api_conv_forward(a, training, hint);
    a->attr = attr;
    a->has_bias = 0;
    if (!status && wanted) {
        status = primitive_new(&c->forward, *hint, c->engine, dnnl_query_src_md,
                               dnnl_query_weights_md, dnnl_query_dst_md);
        status = status ? status
                        : packing_new(&c->forward_weights, plain,
                                      api_wanted(*hint, dnnl_query_weights_md), c->engine);
    }
    dnnl_post_ops_destroy(ops);
    dnnl_primitive_attr_destroy(fused);
    return status;
}

static dnnl_status_t backward_data_new(struct conv *c, struct api_conv *a,
                                       dnnl_primitive_desc_t hint, api_desc_view plain)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = api_conv_backward_data(a, hint, &pd);
    status = status ? status
                    : primitive_new(&c->backward_data, pd, c->engine, dnnl_query_diff_src_md,
                                    dnnl_query_weights_md, dnnl_query_diff_dst_md);
    status = status ? status
                    : packing_new(&c->backward_data_weights, plain,
                                  api_wanted(pd, dnnl_query_weights_md), c->engine);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

static dnnl_status_t backward_weights_new(struct conv *c, dnnl_primitive_attr_t attr,
                                          dnnl_primitive_desc_t hint, api_desc_view plain)
{
    struct api_conv a = {.attr = attr};
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = describe(c, dnnl_f32, &a); // the gradient is f32
    a.attr = attr;
    status = status ? status : api_conv_backward_weights(&a, hint, &pd);
    status = status ? status
                    : primitive_new(&c->backward_weights, pd, c->engine, dnnl_query_src_md,
                                    dnnl_query_diff_weights_md, dnnl_query_diff_dst_md);
    if (!status) {
        const api_desc_view packed = api_wanted(pd, dnnl_query_diff_weights_md);
        c->dweights_bytes = dnnl_memory_desc_get_size(packed);
        status = api_memory(&c->dweights_packed, packed, c->engine);
        status = status ? status : api_memory(&c->dweights_plain, plain, c->engine);
        status = status ? status : reorder_new(&c->unpack, packed, plain, c->engine, 0);
        status = status ? status : reorder_new(&c->unpack_add, packed, plain, c->engine, 1);
    }
    dnnl_primitive_desc_destroy(pd);
    describe_free(&a);
    return status;
}

// Makes the primitives of all passes that are wanted. oneDNN wants a description of the forward
// pass for the others, even where no forward primitive is made.
static dnnl_status_t passes_new(struct conv *c, struct api_conv *a, api_desc_view plain,
                                int need_dx, int need_dw)
{
    const int wants_forward = !c->transposed || need_dx;
    const int wants_backward = c->transposed || need_dx;
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status =
        forward_new(c, a, &hint, plain, wants_forward, wants_backward || need_dw);
    if (!status && wants_backward)
        status = backward_data_new(c, a, hint, plain);
    if (need_dw && !c->transposed && cpu_depthwise_fits(&c->shape))
        c->depthwise_bytes = cpu_depthwise_scratch(&c->shape);
    else if (!status && need_dw)
        status = backward_weights_new(c, a->attr, hint, plain);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

static dnnl_status_t conv_make(struct conv *c, int need_dx, int need_dw)
{
    struct api_conv a = {0};
    dnnl_memory_desc_t plain = {0};
    dnnl_status_t status = dnnl_engine_create(&c->engine, dnnl_cpu, 0);
    status = status ? status : dnnl_stream_create(&c->stream, c->engine, dnnl_stream_default_flags);
    status = status ? status : describe(c, c->dtype == DTYPE_BF16 ? dnnl_bf16 : dnnl_f32, &a);
    status = status ? status : describe_plain(&c->shape, &plain);
    status = status ? status : dnnl_primitive_attr_create(&a.attr);
    status = status ? status
                    : dnnl_primitive_attr_set_scratchpad_mode(a.attr, dnnl_scratchpad_mode_user);
    status = status ? status : passes_new(c, &a, DESC(plain), need_dx, need_dw);
    if (!status && !c->transposed && c->has_bias)
        status = api_memory(&c->bias, DESC(a.bias), c->engine);
    dnnl_primitive_attr_destroy(a.attr);
    describe_free(&a);
    api_desc_free(&plain);
    return status;
}

int cpu_conv_doubles(const struct conv_shape *shape, enum dtype dtype, int training)
{
    return dtype == DTYPE_F32 && cpu_winograd_fits(shape, training);
}

static int winograd_make(struct conv *c, int need_dx, int need_dw, size_t *scratch,
                         swatch_error *error)
{
    const size_t threads = c->winograd_threads = (size_t)omp_get_max_threads();
    int status = cpu_winograd_new(&c->shape, 0, c->activation, scratch, &c->winograd, error);
    if (!status && need_dx)
        status = cpu_winograd_new(&c->shape, 1, ACTIVATION_NONE, scratch, &c->winograd_back, error);
    const size_t bytes = need_dw ? cpu_winograd_weights_scratch(&c->shape, threads) : 0;
    *scratch = bytes > *scratch ? bytes : *scratch;
    return status;
}

int cpu_conv_new(const struct conv_shape *shape, enum dtype dtype, int transposed, int has_bias,
                 enum activation activation, int need_dx, int need_dw, size_t *scratch,
                 struct conv **conv, swatch_error *error)
{
    if (dtype == DTYPE_BF16 && !cpu_has_bf16())
        return error_set(error, SWATCH_FAILED,
                         "this processor does not compute in bf16, which takes AVX-512");
    struct conv *c = calloc(1, sizeof *c);
    if (!c)
        return error_memory(error);
    c->shape = *shape;
    c->dtype = dtype;
    c->transposed = transposed;
    c->has_bias = has_bias;
    c->activation = activation;
    if (!transposed && cpu_conv_doubles(shape, dtype, need_dx || need_dw)) {
        const int failed = winograd_make(c, need_dx, need_dw, scratch, error);
        if (failed)
            cpu_conv_free(c);
        else
            *conv = c;
        return failed;
    }
    const dnnl_status_t status = conv_make(c, need_dx, need_dw);
    if (status) {
        cpu_conv_free(c);
        if (status == dnnl_out_of_memory)
            return error_memory(error);
        return error_set(error, SWATCH_FAILED,
                         "oneDNN cannot make a convolution of %zux%zux%zu by %zux%zu to %zu "
                         "channels (status %d)",
                         shape->h, shape->w, shape->c, shape->kernel_h, shape->kernel_w,
                         shape->out_c, (int)status);
    }
    const size_t needs[] = {c->forward.scratchpad_bytes, c->backward_data.scratchpad_bytes,
                            c->depthwise_bytes,
                            aligned(c->backward_weights.scratchpad_bytes) + c->dweights_bytes};
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (*scratch < needs[i])
            *scratch = needs[i];
    *conv = c;
    return SWATCH_OK;
}

static void pack(struct conv *c, struct packing *p, const float *weights)
{
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, p->plain}, {DNNL_ARG_TO, p->packed}};
    if (!p->reorder)
        return;
    dnnl_memory_set_data_handle(p->plain, (void *)weights);
    dnnl_primitive_execute(p->reorder, c->stream, 2, arguments);
}

void cpu_conv_pack(struct conv *c, const float *weights)
{
    if (c->winograd) {
        cpu_winograd_pack(c->winograd, weights);
        if (c->winograd_back)
            cpu_winograd_pack(c->winograd_back, weights);
        return;
    }
    pack(c, &c->forward_weights, weights);
    pack(c, &c->backward_data_weights, weights);
    dnnl_stream_wait(c->stream);
}

// 1 if both have packed weights in one layout, or none.
static int same_layout(const struct packing *a, const struct packing *b)
{
    api_desc_view x, y;
    if (!a->weights || !b->weights)
        return !a->weights && !b->weights;
    return !dnnl_memory_get_memory_desc(a->packed, &x) &&
           !dnnl_memory_get_memory_desc(b->packed, &y) && dnnl_memory_desc_equal(x, y);
}

static void take(struct packing *p, const struct packing *from)
{
    if (!p->weights)
        return;
    cpu_packed_share(&p->weights, from->weights);
    dnnl_memory_set_data_handle(p->packed, p->weights->data);
}

int cpu_conv_share(struct conv *c, const struct conv *from)
{
    if (c->winograd && from->winograd)
        return cpu_winograd_share(c->winograd, from->winograd);
    if (c->winograd || from->winograd ||
        !same_layout(&c->forward_weights, &from->forward_weights) ||
        !same_layout(&c->backward_data_weights, &from->backward_data_weights))
        return 0;
    take(&c->forward_weights, &from->forward_weights);
    take(&c->backward_data_weights, &from->backward_data_weights);
    return 1;
}

static void execute(struct conv *c, struct primitive *p, int x_argument, const void *x,
                    int w_argument, dnnl_memory_t weights, int y_argument, const void *y,
                    const float *bias, void *scratch)
{
    dnnl_exec_arg_t arguments[5] = {{x_argument, p->x},
                                    {w_argument, weights},
                                    {y_argument, p->y},
                                    {DNNL_ARG_SCRATCHPAD, p->scratchpad}};
    int count = 4;
    dnnl_memory_set_data_handle(p->x, (void *)x);
    dnnl_memory_set_data_handle(p->y, (void *)y);
    dnnl_memory_set_data_handle(p->scratchpad, scratch);
    if (bias) {
        dnnl_memory_set_data_handle(c->bias, (void *)bias);
        arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, c->bias};
    }
    dnnl_primitive_execute(p->primitive, c->stream, count, arguments);
    dnnl_stream_wait(c->stream);
}

static void run_forward(struct conv *c, const void *x, const float *bias, void *y, void *scratch)
{
    execute(c, &c->forward, DNNL_ARG_SRC, x, DNNL_ARG_WEIGHTS, c->forward_weights.packed,
            DNNL_ARG_DST, y, bias, scratch);
}

static void run_backward_data(struct conv *c, const void *dy, void *dx, void *scratch)
{
    execute(c, &c->backward_data, DNNL_ARG_DIFF_SRC, dx, DNNL_ARG_WEIGHTS,
            c->backward_data_weights.packed, DNNL_ARG_DIFF_DST, dy, NULL, scratch);
}

void cpu_conv_forward(struct conv *c, const void *x, const void *skip, const float *bias, void *y,
                      void *scratch)
{
    if (c->winograd) {
        cpu_winograd_run(c->winograd, x, skip, bias, y, NULL, scratch);
        return;
    }
    if (!c->transposed) {
        run_forward(c, x, bias, y, scratch);
        return;
    }
    const size_t rows = c->shape.n * c->shape.h * c->shape.w;
    run_backward_data(c, x, y, scratch);
    if (c->has_bias)
        cpu_affine_forward(c->dtype, y, rows, c->shape.c, NULL, bias, c->activation, y);
    else if (c->activation != ACTIVATION_NONE)
        cpu_activation_forward(c->dtype, c->activation, y, y, rows * c->shape.c);
}

void cpu_conv_backward_data(struct conv *c, const void *dy, void *dx, void *dskip, void *scratch)
{
    if (c->winograd)
        cpu_winograd_run(c->winograd_back, dy, NULL, NULL, dx, dskip, scratch);
    else if (c->transposed)
        run_forward(c, dy, NULL, dx, scratch);
    else
        run_backward_data(c, dy, dx, scratch);
}

void cpu_conv_backward_weights(struct conv *c, const void *x, const void *skip, const void *dy,
                               float *dweights, int add, void *scratch)
{
    struct primitive *p = &c->backward_weights;
    if (c->winograd) {
        cpu_winograd_weights(&c->shape, c->winograd_threads, x, skip, dy, dweights, add, scratch);
        return;
    }
    if (c->depthwise_bytes) {
        cpu_depthwise_weights(c->dtype, &c->shape, c->depthwise_bytes, x, dy, dweights, add,
                              scratch);
        return;
    }
    void *packed = (char *)scratch + aligned(p->scratchpad_bytes);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, c->dweights_packed},
                                         {DNNL_ARG_TO, c->dweights_plain}};
    dnnl_memory_set_data_handle(c->dweights_packed, packed);
    dnnl_memory_set_data_handle(c->dweights_plain, dweights);
    execute(c, p, DNNL_ARG_SRC, c->transposed ? dy : x, DNNL_ARG_DIFF_WEIGHTS, c->dweights_packed,
            DNNL_ARG_DIFF_DST, c->transposed ? x : dy, NULL, scratch);
    dnnl_primitive_execute(add ? c->unpack_add : c->unpack, c->stream, 2, arguments);
    dnnl_stream_wait(c->stream);
}
