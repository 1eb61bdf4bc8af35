// The GPU for tests that compare it with the CPU. Without a GPU or its module they are skipped with
// a message. Linked with the emulated module (nn/cuda_emulated) they run on that.
#ifndef TESTS_CUDA_DEVICE_H
#define TESTS_CUDA_DEVICE_H

#include "nn/device.h"
#include "nn/params.h"
#include "test.h"

extern const struct device_module swatch_cuda_module __attribute__((weak));

static inline const struct backend *cuda_device(void)
{
    const struct backend *backend;
    swatch_error error;
    const int status = &swatch_cuda_module ? swatch_cuda_module.open(0, 0, &backend, &error)
                                           : device_open("cuda", NULL, &backend, &error);
    if (status)
        TEST_SKIP("no layer is tested on a GPU: %s", error.message);
    return backend;
}

// Returns the size of numbers: the largest in f32, their root mean square in bf16. In bf16 rounding
// can move a maximum to another place or a ReLU to its other side, so single values may differ.
static inline double cuda_size(enum dtype dtype, const float *a, size_t count)
{
    double worst = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(fabs((double)a[i]) <= worst)) // a NaN, too
            worst = fabs((double)a[i]);
        squares += (double)a[i] * (double)a[i];
    }
    return dtype == DTYPE_F32 ? worst : sqrt(squares / (double)count);
}

// Checks the size of the difference, relative to the size of the numbers or to `least` if that is
// larger.
static inline void cuda_check_close(const char *row, const char *what, enum dtype dtype,
                                    const float *got, const float *want, size_t count, double least,
                                    double bound)
{
    float *difference = malloc(count * sizeof *difference);
    for (size_t i = 0; i < count; i++)
        difference[i] = got[i] - want[i];
    const double off = cuda_size(dtype, difference, count);
    const double size = fmax(cuda_size(dtype, want, count), least);
    free(difference);
    test_checks++;
    if (!(off <= bound * size)) {
        test_failures++;
        fprintf(stderr, "%s, %s, %s: %.2g off, at most %.2g\n", row,
                dtype == DTYPE_F32 ? "f32" : "bf16", what, off / size, bound);
    }
}

// Returns the least size to compare gradients with. Some gradients are 0 but for rounding, like
// that of a bias before a normalization; relative to themselves their differences mean nothing.
static inline double cuda_least(enum dtype dtype, const struct params *params)
{
    double most = 1e-6;
    for (const struct param *p = params->first; p; p = p->next)
        if (p->has_grad)
            most = fmax(most, cuda_size(dtype, p->grad, p->count));
    return most / 20;
}

// Compares gradients and running statistics.
static inline void cuda_check_params(const char *row, enum dtype dtype, const struct params *got,
                                     const struct params *want, double bound)
{
    const double least = cuda_least(dtype, want);
    params_to_host(got);
    const struct param *q = want->first;
    for (const struct param *p = got->first; p; p = p->next, q = q->next)
        if (p->has_grad)
            cuda_check_close(row, p->name, dtype, p->grad, q->grad, p->count, least, bound);
        else if (!p->trainable)
            cuda_check_close(row, p->name, dtype, p->value, q->value, p->count, 1e-6, bound);
}

static inline int cuda_same_bits(const struct params *a, const struct params *b)
{
    params_to_host(a);
    params_to_host(b);
    const struct param *q = b->first;
    for (const struct param *p = a->first; p; p = p->next, q = q->next)
        if (memcmp(p->value, q->value, p->count * sizeof *p->value) ||
            (p->grad && memcmp(p->grad, q->grad, p->count * sizeof *p->grad)) ||
            (p->average && memcmp(p->average, q->average, p->count * sizeof *p->average)))
            return 0;
    return !q;
}

#endif
