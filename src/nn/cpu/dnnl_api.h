// Hides the differences between oneDNN 2 (Debian 12) and 3 (Debian 13) from dnnl.c. In version 3
// one call makes a primitive descriptor, and memory descriptors are opaque. Functions return
// oneDNN's status; 0 is success.
#ifndef NN_CPU_DNNL_API_H
#define NN_CPU_DNNL_API_H

#include <oneapi/dnnl/dnnl.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
#define DESC(md) (md)
typedef const_dnnl_memory_desc_t api_desc_view;
#else
#define DESC(md) (&(md))
typedef const dnnl_memory_desc_t *api_desc_view;
#endif

static inline dnnl_status_t api_desc(dnnl_memory_desc_t *md, int rank, const dnnl_dim_t *dims,
                                     dnnl_data_type_t type, dnnl_format_tag_t tag)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_tag(md, rank, dims, type, tag);
#else
    return dnnl_memory_desc_init_by_tag(md, rank, dims, type, tag);
#endif
}

static inline void api_desc_free(dnnl_memory_desc_t *md)
{
#if DNNL_VERSION_MAJOR >= 3
    dnnl_memory_desc_destroy(*md);
    *md = NULL;
#else
    memset(md, 0, sizeof *md);
#endif
}

struct api_conv {
    dnnl_memory_desc_t x, weights, bias, y; // bias is used if has_bias is set
    int has_bias;
    dnnl_dims_t strides, dilates, before, after;
    dnnl_primitive_attr_t attr;
    dnnl_engine_t engine;
};

static inline dnnl_status_t api_conv_forward(const struct api_conv *c, int training,
                                             dnnl_primitive_desc_t *pd)
{
    const dnnl_prop_kind_t kind = training ? dnnl_forward_training : dnnl_forward_inference;
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_forward_primitive_desc_create(
        pd, c->engine, kind, dnnl_convolution_direct, c->x, c->weights,
        c->has_bias ? c->bias : NULL, c->y, c->strides, c->dilates, c->before, c->after, c->attr);
#else
    dnnl_convolution_desc_t desc;
    const dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &desc, kind, dnnl_convolution_direct, &c->x, &c->weights, c->has_bias ? &c->bias : NULL,
        &c->y, c->strides, c->dilates, c->before, c->after);
    return status ? status : dnnl_primitive_desc_create(pd, &desc, c->attr, c->engine, NULL);
#endif
}

static inline dnnl_status_t api_conv_backward_data(const struct api_conv *c,
                                                   dnnl_primitive_desc_t hint,
                                                   dnnl_primitive_desc_t *pd)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_backward_data_primitive_desc_create(
        pd, c->engine, dnnl_convolution_direct, c->x, c->weights, c->y, c->strides, c->dilates,
        c->before, c->after, hint, c->attr);
#else
    dnnl_convolution_desc_t desc;
    const dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
        &desc, dnnl_convolution_direct, &c->x, &c->weights, &c->y, c->strides, c->dilates,
        c->before, c->after);
    return status ? status : dnnl_primitive_desc_create(pd, &desc, c->attr, c->engine, hint);
#endif
}

static inline dnnl_status_t api_conv_backward_weights(const struct api_conv *c,
                                                      dnnl_primitive_desc_t hint,
                                                      dnnl_primitive_desc_t *pd)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_backward_weights_primitive_desc_create(
        pd, c->engine, dnnl_convolution_direct, c->x, c->weights, NULL, c->y, c->strides,
        c->dilates, c->before, c->after, hint, c->attr);
#else
    dnnl_convolution_desc_t desc;
    const dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
        &desc, dnnl_convolution_direct, &c->x, &c->weights, NULL, &c->y, c->strides, c->dilates,
        c->before, c->after);
    return status ? status : dnnl_primitive_desc_create(pd, &desc, c->attr, c->engine, hint);
#endif
}

// The memory descriptor that a primitive wants for one of its arguments; `pd` owns it.
static inline api_desc_view api_wanted(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

static inline dnnl_status_t api_memory(dnnl_memory_t *memory, api_desc_view md,
                                       dnnl_engine_t engine)
{
    return dnnl_memory_create(memory, md, engine, DNNL_MEMORY_NONE);
}

static inline dnnl_status_t api_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind,
                                               float alpha, float beta)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(ops, kind, alpha, beta);
#else
    return dnnl_post_ops_append_eltwise(ops, 1.0f, kind, alpha, beta);
#endif
}

#endif
