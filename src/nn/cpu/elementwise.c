// Loops over whole buffers: activations, add, dropout, copies of channels, painting, conversions.

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <string.h>

#include "base/rng.h"

static loop_index spans(size_t count)
{
    return (loop_index)((count + SPAN - 1) / SPAN);
}

KERNEL static void activation_span(enum dtype dtype, enum activation f, const void *x, void *y,
                                   size_t first, size_t count)
{
    float a[SPAN], b[SPAN];
    const float *in = span_read(dtype, x, first, count, a);
    float *out = span_target(dtype, y, first, b);
    activation_apply(f, in, out, count);
    span_write(dtype, y, first, count, out);
}

void cpu_activation_forward(enum dtype dtype, enum activation f, const void *x, void *y,
                            size_t count)
{
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        activation_span(dtype, f, x, y, (size_t)s * SPAN,
                        size_least(SPAN, count - (size_t)s * SPAN));
}

KERNEL static void activation_backward_span(enum dtype dtype, enum activation f, const void *y,
                                            const void *dy, void *dx, size_t first, size_t count)
{
    float a[SPAN], b[SPAN], c[SPAN];
    const float *out = span_read(dtype, y, first, count, a);
    const float *in = span_read(dtype, dy, first, count, b);
    float *to = span_target(dtype, dx, first, c);
    WITH_ACTIVATION(f,
                    for (size_t i = 0; i < count; i++) to[i] = in[i] * activation_slope(F, out[i]);)
    span_write(dtype, dx, first, count, to);
}

void cpu_activation_backward(enum dtype dtype, enum activation f, const void *y, const void *dy,
                             void *dx, size_t count)
{
    if (f == ACTIVATION_NONE) {
        if (dx != dy)
            memcpy(dx, dy, count * dtype_size(dtype));
        return;
    }
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        activation_backward_span(dtype, f, y, dy, dx, (size_t)s * SPAN,
                                 size_least(SPAN, count - (size_t)s * SPAN));
}

KERNEL static void add_span(enum dtype dtype, enum activation f, const void *x, const void *y,
                            void *z, size_t first, size_t count)
{
    float a[SPAN], b[SPAN], c[SPAN];
    const float *left = span_read(dtype, x, first, count, a);
    const float *right = span_read(dtype, y, first, count, b);
    float *out = span_target(dtype, z, first, c);
    for (size_t i = 0; i < count; i++)
        out[i] = left[i] + right[i];
    activation_apply(f, out, out, count);
    span_write(dtype, z, first, count, out);
}

void cpu_add_forward(enum dtype dtype, enum activation f, const void *a, const void *b, void *y,
                     size_t count)
{
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        add_span(dtype, f, a, b, y, (size_t)s * SPAN, size_least(SPAN, count - (size_t)s * SPAN));
}

void cpu_copy_channels(enum dtype dtype, const void *x, size_t x_channels, size_t x_first, void *y,
                       size_t y_channels, size_t y_first, size_t channels, size_t rows)
{
    const size_t size = dtype_size(dtype);
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)rows; r++)
        memcpy((char *)y + ((size_t)r * y_channels + y_first) * size,
               (const char *)x + ((size_t)r * x_channels + x_first) * size, channels * size);
}

KERNEL static void dropout_span(enum dtype dtype, float rate, uint64_t seed, const void *x, void *y,
                                size_t first, size_t count)
{
    float a[SPAN], b[SPAN];
    const float *in = span_read(dtype, x, first, count, a);
    float *out = span_target(dtype, y, first, b);
    const uint64_t limit = (uint64_t)((double)rate * 16777216.0);
    const float scale = 1 / (1 - rate);
    for (size_t i = 0; i < count; i++)
        out[i] = (rng_at(seed, 0, first + i) >> 40) < limit ? 0 : in[i] * scale;
    span_write(dtype, y, first, count, out);
}

void cpu_dropout(enum dtype dtype, float rate, uint64_t seed, const uint64_t *step, const void *x,
                 void *y, size_t count)
{
    seed += *step;
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        dropout_span(dtype, rate, seed, x, y, (size_t)s * SPAN,
                     size_least(SPAN, count - (size_t)s * SPAN));
}

KERNEL static void paint_span(enum dtype dtype, const uint8_t *labels, const float *table,
                              size_t classes, size_t channels, void *y, size_t first, size_t count)
{
    float buffer[SPAN];
    float *out = span_target(dtype, y, first, buffer);
    size_t row = first / channels, c = first % channels;
    for (size_t i = 0; i < count; i++) {
        out[i] = labels[row] < classes ? table[labels[row] * channels + c] : 0;
        if (++c == channels) {
            c = 0;
            row++;
        }
    }
    span_write(dtype, y, first, count, out);
}

void cpu_paint(enum dtype dtype, const uint8_t *labels, size_t rows, const float *table,
               size_t classes, size_t channels, void *y)
{
    const size_t count = rows * channels;
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        paint_span(dtype, labels, table, classes, channels, y, (size_t)s * SPAN,
                   size_least(SPAN, count - (size_t)s * SPAN));
}

KERNEL static void upload_span(enum dtype dtype, const float *from, void *to, size_t first,
                               size_t count)
{
    span_write(dtype, to, first, count, from + first);
}

void cpu_upload(enum dtype dtype, const float *from, void *to, size_t count)
{
    if (dtype == DTYPE_F32) {
        memcpy(to, from, count * sizeof *from);
        return;
    }
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        upload_span(dtype, from, to, (size_t)s * SPAN, size_least(SPAN, count - (size_t)s * SPAN));
}

void cpu_download(enum dtype dtype, const void *from, float *to, size_t count)
{
    if (dtype == DTYPE_F32) {
        memcpy(to, from, count * sizeof *to);
        return;
    }
#pragma omp parallel for schedule(static)
    for (loop_index s = 0; s < spans(count); s++)
        span_read(dtype, from, (size_t)s * SPAN, size_least(SPAN, count - (size_t)s * SPAN),
                  to + s * SPAN);
}
