// Parameters: first values, copies between host and device, Adam, and files.

#include "nn/params.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"

#define BF16_EXPONENT 0x7f80u // all ones: infinite, or no number

void params_init(struct params *params, uint64_t seed)
{
    *params = (struct params){.seed = seed,
                              .end = &params->first,
                              .lock = PTHREAD_MUTEX_INITIALIZER,
                              .backend = backend_cpu()};
}

// 1 if the device's memory is the host's.
static int is_shared(const struct params *params)
{
    return params->backend == backend_cpu();
}

void params_free(struct params *params)
{
    for (struct param *p = params->first, *next; p; p = next) {
        next = p->next;
        if (!is_shared(params)) {
            params->backend->release(p->device.value);
            params->backend->release(p->device.grad);
            params->backend->release(p->device.m);
            params->backend->release(p->device.v);
            params->backend->release(p->device.average);
        }
        free(p->value);
        free(p->half);
        free(p->grad);
        free(p->m);
        free(p->v);
        free(p->average);
        free(p);
    }
    params->backend->release(params->step);
    free(params->tensors);
    params_init(params, params->seed);
}

struct param *params_find(const struct params *params, const char *name)
{
    for (struct param *p = params->first; p; p = p->next)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

static float *floats_new(size_t count)
{
    const size_t bytes = (count * sizeof(float) + 63) / 64 * 64;
    float *values = aligned_alloc(64, bytes);
    if (values)
        memset(values, 0, bytes);
    return values;
}

// Allocates zeros on the host and on the device. Returns NULL without memory.
static float *numbers_new(const struct params *params, size_t count, float **device)
{
    float *values = floats_new(count);
    void *memory = values;
    if (values && !is_shared(params)) {
        if (params->backend->alloc(count * sizeof *values, &memory, NULL)) {
            free(values);
            return NULL;
        }
        params->backend->zero(memory, count * sizeof *values);
    }
    *device = memory;
    return values;
}

void params_write(const struct params *params, float *device, const float *host, size_t count)
{
    if (host && device != host)
        params->backend->write(device, host, count * sizeof *host);
}

void params_read(const struct params *params, float *host, const float *device, size_t count)
{
    if (host && device != host)
        params->backend->read(host, device, count * sizeof *host);
}

// half: it has its values in bf16.
static struct param *param_new(struct params *params, const char *name, size_t rank,
                               const size_t *shape, int half)
{
    struct param *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    snprintf(p->name, sizeof p->name, "%s", name);
    p->rank = rank;
    p->trainable = 1;
    p->rate = 1;
    p->count = 1;
    for (size_t i = 0; i < rank; i++) {
        p->shape[i] = shape[i];
        if (__builtin_mul_overflow(p->count, shape[i], &p->count) || p->count > SIZE_MAX / 8) {
            free(p);
            return NULL;
        }
    }
    if (half)
        p->half = malloc(p->count * sizeof *p->half);
    else if (!params->shapes_only)
        p->value = numbers_new(params, p->count, &p->device.value);
    if (!p->value && !p->half && !params->shapes_only) {
        free(p);
        return NULL;
    }
    *params->end = p;
    params->end = &p->next;
    params->version++;
    return p;
}

// Draws the first values. They depend on the seed and the name alone, not on the order in which
// layers are built.
static void param_fill(struct param *p, uint64_t seed, const struct param_spec *spec)
{
    const uint64_t stream = hash_bytes(HASH_START, p->name, strlen(p->name));
    struct rng rng = {.seed = seed, .stream = stream};
    const float limit = sqrtf(6.0f / (float)(spec->fan_in + spec->fan_out));
    const float he = sqrtf(2.0f / (float)spec->fan_in);
    for (size_t i = 0; i < p->count; i++)
        switch (spec->init) {
        case PARAM_ZERO:
            p->value[i] = 0;
            break;
        case PARAM_ONE:
            p->value[i] = 1;
            break;
        case PARAM_NORMAL_002:
            p->value[i] = 0.02f * rng_normal(&rng);
            break;
        case PARAM_GLOROT_UNIFORM:
            p->value[i] = rng_range(&rng, -limit, limit);
            break;
        case PARAM_HE_NORMAL:
            p->value[i] = he * rng_normal(&rng);
            break;
        }
}

void shape_text(char *text, size_t size, size_t rank, const size_t *shape)
{
    size_t used = 0;
    snprintf(text, size, "a number");
    for (size_t i = 0; i < rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu", i ? "x" : "", shape[i]);
}

static int same_shape(const struct param *p, size_t rank, const size_t *shape)
{
    return p->rank == rank && memcmp(p->shape, shape, rank * sizeof *shape) == 0;
}

int params_get(struct params *params, const char *name, const struct param_spec *spec,
               struct param **param, swatch_error *error)
{
    struct param *p = params_find(params, name);
    if (!p && params->closed)
        return error_set(error, SWATCH_FAILED, "the network needs a tensor %s, which is missing",
                         name);
    if (p && !same_shape(p, spec->rank, spec->shape)) {
        char has[96], wants[96];
        shape_text(has, sizeof has, p->rank, p->shape);
        shape_text(wants, sizeof wants, spec->rank, spec->shape);
        return error_set(error, SWATCH_FAILED, "tensor %s is %s, but the network needs %s", name,
                         has, wants);
    }
    if (!p) {
        p = param_new(params, name, spec->rank, spec->shape, 0);
        if (!p)
            return error_memory(error);
        if (p->value)
            param_fill(p, params->seed, spec);
        params_write(params, p->device.value, p->value, p->count);
    }
    // Threads share a closed set, so do not write what is there already.
    if (!params->closed || !p->asked_for) {
        p->trainable = spec->trainable;
        p->asked_for = 1;
    }
    *param = p;
    return SWATCH_OK;
}

int params_surplus(const struct params *params, swatch_error *error)
{
    char list[512] = "";
    size_t used = 0, count = 0;
    for (const struct param *p = params->first; p; p = p->next) {
        if (p->asked_for)
            continue;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", count ? ", " : "",
                                     p->name);
        count++;
    }
    return count ? error_set(error, SWATCH_FAILED, "%zu tensors are not of the network: %s", count,
                             list)
                 : SWATCH_OK;
}

void params_to_device(struct params *params)
{
    for (struct param *p = params->first; p; p = p->next) {
        params_write(params, p->device.value, p->value, p->count);
        params_write(params, p->device.m, p->m, p->count);
        params_write(params, p->device.v, p->v, p->count);
        params_write(params, p->device.average, p->average, p->count);
    }
    params->version++;
}

void params_to_host(const struct params *params)
{
    for (const struct param *p = params->first; p; p = p->next) {
        params_read(params, p->value, p->device.value, p->count);
        params_read(params, p->grad, p->device.grad, p->count);
        params_read(params, p->m, p->device.m, p->count);
        params_read(params, p->v, p->device.v, p->count);
        params_read(params, p->average, p->device.average, p->count);
    }
}

static void swap(float **a, float **b)
{
    float *kept = *a;
    *a = *b;
    *b = kept;
}

void params_swap_average(struct params *params)
{
    for (struct param *p = params->first; p; p = p->next) {
        swap(&p->value, &p->average);
        swap(&p->device.value, &p->device.average);
    }
    params->version++;
}

int param_finite(const struct param *p)
{
    int finite = 1;
    for (size_t i = 0; p->half && i < p->count; i++)
        finite &= (p->half[i] & BF16_EXPONENT) != BF16_EXPONENT;
    for (size_t i = 0; p->value && i < p->count; i++)
        finite &= fabsf(p->value[i]) <= FLT_MAX; // no isfinite: this vectorizes
    return finite;
}

void params_set_rate(struct params *params, const char *prefix, float rate)
{
    for (struct param *p = params->first; p; p = p->next)
        if (strncmp(p->name, prefix, strlen(prefix)) == 0)
            p->rate = rate;
}

size_t params_count(const struct params *params)
{
    size_t count = 0;
    for (const struct param *p = params->first; p; p = p->next)
        count += p->trainable ? p->count : 0;
    return count;
}

int params_train(struct params *params, swatch_error *error)
{
    size_t count = 0;
    void *step;
    for (struct param *p = params->first; p; p = p->next, count++) {
        p->average = numbers_new(params, p->count, &p->device.average);
        if (!p->average)
            return error_memory(error);
        memcpy(p->average, p->value, p->count * sizeof *p->value);
        params_write(params, p->device.average, p->average, p->count);
        if (!p->trainable)
            continue;
        p->grad = numbers_new(params, p->count, &p->device.grad);
        p->m = numbers_new(params, p->count, &p->device.m);
        p->v = numbers_new(params, p->count, &p->device.v);
        if (!p->grad || !p->m || !p->v)
            return error_memory(error);
    }
    params->tensors = calloc(count + 1, sizeof *params->tensors);
    if (!params->tensors || params->backend->alloc(sizeof *params->step, &step, error))
        return error_memory(error);
    params->step = step;
    return SWATCH_OK;
}

void params_clear_gradients(struct params *params)
{
    for (struct param *p = params->first; p; p = p->next)
        p->has_grad = 0;
}

void params_begin(struct params *params, const struct adam *a, uint64_t step)
{
    const struct params_step fresh = {.scalars = {a->rate, 1 - powf(a->beta1, (float)step),
                                                  1 - powf(a->beta2, (float)step),
                                                  a->average_decay},
                                      .finite = 1};
    params->backend->write(params->step, &fresh, sizeof fresh);
}

// Lists what a step updates in params->tensors: parameters with a gradient, and statistics.
static size_t list_tensors(struct params *params)
{
    size_t count = 0;
    for (struct param *p = params->first; p; p = p->next)
        if (p->trainable ? p->has_grad : p->average != NULL)
            params->tensors[count++] = (struct adam_tensor){.value = p->device.value,
                                                            .grad = p->device.grad,
                                                            .m = p->device.m,
                                                            .v = p->device.v,
                                                            .average = p->device.average,
                                                            .count = p->count,
                                                            .decays = p->rank > 1,
                                                            .rate = p->rate};
    return count;
}

void params_check(struct params *params, struct params_step *flag)
{
    params->backend->all_finite(params->tensors, list_tensors(params), &flag->finite);
}

int params_passed(const struct params *params)
{
    int finite;
    params->backend->read(&finite, &params->step->finite, sizeof finite);
    return finite;
}

void params_update(struct params *params, const struct adam *a, const struct params_step *flag)
{
    params->backend->adam(params->tensors, list_tensors(params), params->step->scalars, a->beta1,
                          a->beta2, a->epsilon, a->decay, &flag->finite);
    params->version++;
}

void params_adam(struct params *params, const struct adam *adam, uint64_t step)
{
    params_begin(params, adam, step);
    params_check(params, params->step);
    params_update(params, adam, params->step);
}

static float *part_of(struct param *p, enum param_part part)
{
    return part == PARAM_VALUE ? p->value
           : part == PARAM_M   ? p->m
           : part == PARAM_V   ? p->v
                               : p->average;
}

static int full_name(char *full, size_t size, const char *prefix, const char *name)
{
    return (size_t)snprintf(full, size, "%s%s", prefix, name) >= size;
}

int params_load(struct params *params, const struct safetensors *file, const char *prefix,
                enum param_part part, swatch_error *error)
{
    char full[2 * PARAM_NAME_MAX], list[512];
    size_t used = 0, faults = 0;
    for (struct param *p = params->first; p; p = p->next) {
        if (!part_of(p, part))
            continue;
        const struct safetensors_entry *e = NULL;
        if (!full_name(full, sizeof full, prefix, p->name))
            e = safetensors_find(file, full);
        if (e && same_shape(p, e->rank, e->shape))
            continue;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s (%s)",
                                     faults ? ", " : "", full, e ? "another shape" : "missing");
        faults++;
    }
    if (faults)
        return error_set(error, SWATCH_FAILED, "%zu tensors do not fit the network: %s", faults,
                         list);
    for (struct param *p = params->first; p; p = p->next) {
        if (!part_of(p, part) || full_name(full, sizeof full, prefix, p->name))
            continue;
        if (safetensors_to_f32(safetensors_find(file, full), part_of(p, part), error))
            return SWATCH_FAILED;
    }
    params_to_device(params);
    return SWATCH_OK;
}

int params_from_file(struct params *params, const struct safetensors *file, const char *prefix,
                     swatch_error *error)
{
    const size_t length = strlen(prefix);
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_entry *e = safetensors_at(file, i);
        if (strncmp(e->name, prefix, length) != 0)
            continue;
        if (strlen(e->name + length) >= PARAM_NAME_MAX || e->rank == 0 || e->rank > 4)
            return error_set(error, SWATCH_FAILED, "tensor %.64s is not one of a network", e->name);
        const int half = e->dtype == SAFETENSORS_BF16 && e->rank == 4 && is_shared(params);
        struct param *p = param_new(params, e->name + length, e->rank, e->shape, half);
        if (!p)
            return error_memory(error);
        if (half)
            memcpy(p->half, e->data, e->bytes);
        else if (safetensors_to_f32(e, p->value, error))
            return SWATCH_FAILED;
    }
    params_to_device(params);
    params->closed = 1;
    return SWATCH_OK;
}
