// Normalization and sums over rows. A sum over (groups, rows, channels) is taken in PARTS pieces of
// rows whatever the number of threads, and the pieces are added in order, so that the same numbers
// come out on one core and on many.

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <math.h>
#include <string.h>

#define PARTS 32

size_t cpu_sum_scratch(size_t groups, size_t channels)
{
    return groups * PARTS * 2 * channels * sizeof(float);
}

// The rows of piece `part`: first .. last - 1.
static void piece(size_t rows, size_t part, size_t *first, size_t *last)
{
    *first = rows * part / PARTS;
    *last = rows * (part + 1) / PARTS;
}

// Adds rows of x, and of (x - center)^2 where center is not NULL, to sum and square (channels).
KERNEL static void sum_rows(enum dtype dtype, const void *x, size_t first_row, size_t last_row,
                            size_t channels, const float *center, float *restrict sum,
                            float *restrict square)
{
    float buffer[SPAN];
    for (size_t r = first_row; r < last_row; r++)
        for (size_t c = 0; c < channels; c += SPAN) {
            const size_t count = size_least(SPAN, channels - c);
            const float *in = span_read(dtype, x, r * channels + c, count, buffer);
            if (center)
                for (size_t i = 0; i < count; i++) {
                    const float d = in[i] - center[c + i];
                    sum[c + i] += d;
                    square[c + i] += d * d;
                }
            else
                for (size_t i = 0; i < count; i++)
                    sum[c + i] += in[i];
        }
}

void cpu_bias_backward(enum dtype dtype, const void *dy, size_t rows, size_t channels, float *dbias,
                       int add, void *scratch)
{
    float *parts = scratch;
    memset(parts, 0, PARTS * channels * sizeof *parts);
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++) {
        size_t first, last;
        piece(rows, (size_t)p, &first, &last);
        sum_rows(dtype, dy, first, last, channels, NULL, parts + (size_t)p * channels, NULL);
    }
    for (size_t c = 0; c < channels; c++) {
        double sum = 0;
        for (size_t p = 0; p < PARTS; p++)
            sum += (double)parts[p * channels + c];
        dbias[c] = (add ? dbias[c] : 0) + (float)sum;
    }
}

// y = f(x scale + shift) for a stretch of rows; scale NULL: 1.
KERNEL static void affine_rows(enum dtype dtype, const void *x, size_t first_row, size_t last_row,
                               size_t channels, const float *scale, const float *shift,
                               enum activation f, void *y)
{
    float a[SPAN], b[SPAN];
    for (size_t r = first_row; r < last_row; r++)
        for (size_t c = 0; c < channels; c += SPAN) {
            const size_t count = size_least(SPAN, channels - c), first = r * channels + c;
            const float *in = span_read(dtype, x, first, count, a);
            float *out = span_target(dtype, y, first, b);
            if (scale)
                for (size_t i = 0; i < count; i++)
                    out[i] = in[i] * scale[c + i] + shift[c + i];
            else
                for (size_t i = 0; i < count; i++)
                    out[i] = in[i] + shift[c + i];
            activation_apply(f, out, out, count);
            span_write(dtype, y, first, count, out);
        }
}

void cpu_affine_forward(enum dtype dtype, const void *x, size_t rows, size_t channels,
                        const float *scale, const float *shift, enum activation f, void *y)
{
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++) {
        size_t first, last;
        piece(rows, (size_t)p, &first, &last);
        affine_rows(dtype, x, first, last, channels, scale, shift, f, y);
    }
}

void cpu_norm_forward(enum dtype dtype, const void *x, size_t groups, size_t rows, size_t channels,
                      const float *gamma, const float *beta, float epsilon, enum activation f,
                      float *stats, void *y, void *scratch)
{
    float *parts = scratch; // (groups, PARTS, 2, channels)
    const size_t stride = 2 * channels, plane = rows * channels * dtype_size(dtype);
    memset(parts, 0, cpu_sum_scratch(groups, channels));
    // Squares are taken around each group's first row, so that a large common offset does not
    // drown the variance.
    for (size_t g = 0; g < groups; g++) {
        float *center = stats + g * stride;
        cpu_download(dtype, (const char *)x + g * plane, center, channels);
    }
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < (loop_index)(groups * PARTS); p++) {
        const size_t g = (size_t)p / PARTS;
        size_t first, last;
        piece(rows, (size_t)p % PARTS, &first, &last);
        float *sum = parts + (size_t)p * stride;
        sum_rows(dtype, (const char *)x + g * plane, first, last, channels, stats + g * stride, sum,
                 sum + channels);
    }
    for (size_t g = 0; g < groups; g++) {
        float *mean = stats + g * stride, *inverse = mean + channels;
        float *part = parts + g * PARTS * stride;
        for (size_t c = 0; c < channels; c++) {
            double sum = 0, square = 0;
            for (size_t p = 0; p < PARTS; p++) {
                sum += (double)part[p * stride + c];
                square += (double)part[p * stride + channels + c];
            }
            const double shift = sum / (double)rows;
            const double variance = fmax(square / (double)rows - shift * shift, 0);
            mean[c] += (float)shift;
            inverse[c] = (float)(1 / sqrt(variance + (double)epsilon));
            // The first piece now holds what the second pass multiplies and adds.
            part[c] = gamma[c] * inverse[c];
            part[channels + c] = beta[c] - mean[c] * part[c];
        }
    }
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < (loop_index)(groups * PARTS); p++) {
        const size_t g = (size_t)p / PARTS;
        size_t first, last;
        piece(rows, (size_t)p % PARTS, &first, &last);
        const float *scale = parts + g * PARTS * stride;
        affine_rows(dtype, (const char *)x + g * plane, first, last, channels, scale,
                    scale + channels, f, (char *)y + g * plane);
    }
}

// dz = dy f'(z) with z = x scale + shift recomputed; sums of dz and of dz x.
KERNEL static void backward_sums(enum dtype dtype, const void *x, const void *dy, size_t first_row,
                                 size_t last_row, size_t channels, const float *mean,
                                 const float *inverse, const float *gamma, const float *beta,
                                 enum activation f, float *restrict sum, float *restrict product)
{
    float a[SPAN], b[SPAN];
    for (size_t r = first_row; r < last_row; r++)
        for (size_t c = 0; c < channels; c += SPAN) {
            const size_t count = size_least(SPAN, channels - c), first = r * channels + c;
            const float *in = span_read(dtype, x, first, count, a);
            const float *d = span_read(dtype, dy, first, count, b);
#define CASE(F)                                                                                    \
    case F:                                                                                        \
        for (size_t i = 0; i < count; i++) {                                                       \
            const size_t k = c + i;                                                                \
            const float hat = (in[i] - mean[k]) * inverse[k];                                      \
            const float z = activation_of(F, hat * gamma[k] + beta[k]);                            \
            const float dz = d[i] * activation_slope(F, z);                                        \
            sum[k] += dz;                                                                          \
            product[k] += dz * hat;                                                                \
        }                                                                                          \
        break;
            switch (f) {
                CASE(ACTIVATION_NONE)
                CASE(ACTIVATION_RELU)
                CASE(ACTIVATION_LEAKY)
                CASE(ACTIVATION_RELU6)
                CASE(ACTIVATION_TANH)
                CASE(ACTIVATION_SIGMOID)
            }
#undef CASE
        }
}

// dx = gamma inverse (dz - mean(dz) - hat mean(dz hat)); the two means come in sum and product.
KERNEL static void backward_rows(enum dtype dtype, const void *x, const void *dy, size_t first_row,
                                 size_t last_row, size_t channels, const float *mean,
                                 const float *inverse, const float *gamma, const float *beta,
                                 enum activation f, const float *sum, const float *product,
                                 void *dx)
{
    float a[SPAN], b[SPAN], t[SPAN];
    for (size_t r = first_row; r < last_row; r++)
        for (size_t c = 0; c < channels; c += SPAN) {
            const size_t count = size_least(SPAN, channels - c), first = r * channels + c;
            const float *in = span_read(dtype, x, first, count, a);
            const float *d = span_read(dtype, dy, first, count, b);
            float *out = span_target(dtype, dx, first, t);
#define CASE(F)                                                                                    \
    case F:                                                                                        \
        for (size_t i = 0; i < count; i++) {                                                       \
            const size_t k = c + i;                                                                \
            const float hat = (in[i] - mean[k]) * inverse[k];                                      \
            const float z = activation_of(F, hat * gamma[k] + beta[k]);                            \
            const float dz = d[i] * activation_slope(F, z);                                        \
            out[i] = gamma[k] * inverse[k] * (dz - sum[k] - hat * product[k]);                     \
        }                                                                                          \
        break;
            switch (f) {
                CASE(ACTIVATION_NONE)
                CASE(ACTIVATION_RELU)
                CASE(ACTIVATION_LEAKY)
                CASE(ACTIVATION_RELU6)
                CASE(ACTIVATION_TANH)
                CASE(ACTIVATION_SIGMOID)
            }
#undef CASE
            span_write(dtype, dx, first, count, out);
        }
}

// parts (groups, PARTS, 2, channels): the sums of each piece.
static void backward_parts(enum dtype dtype, const void *x, const void *dy, size_t groups,
                           size_t rows, size_t channels, const float *gamma, const float *beta,
                           enum activation f, const float *stats, float *parts)
{
    const size_t stride = 2 * channels, plane = rows * channels * dtype_size(dtype);
    memset(parts, 0, cpu_sum_scratch(groups, channels));
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < (loop_index)(groups * PARTS); p++) {
        const size_t g = (size_t)p / PARTS;
        size_t first, last;
        piece(rows, (size_t)p % PARTS, &first, &last);
        float *sum = parts + (size_t)p * stride;
        backward_sums(dtype, (const char *)x + g * plane, (const char *)dy + g * plane, first, last,
                      channels, stats + g * stride, stats + g * stride + channels, gamma, beta, f,
                      sum, sum + channels);
    }
}

// means: (2, channels) of each group, `step` numbers from group to group.
static void backward_planes(enum dtype dtype, const void *x, const void *dy, size_t groups,
                            size_t rows, size_t channels, const float *gamma, const float *beta,
                            enum activation f, const float *stats, const float *means, size_t step,
                            void *dx)
{
    const size_t stride = 2 * channels, plane = rows * channels * dtype_size(dtype);
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < (loop_index)(groups * PARTS); p++) {
        const size_t g = (size_t)p / PARTS;
        size_t first, last;
        piece(rows, (size_t)p % PARTS, &first, &last);
        const float *mean = means + g * step;
        backward_rows(dtype, (const char *)x + g * plane, (const char *)dy + g * plane, first, last,
                      channels, stats + g * stride, stats + g * stride + channels, gamma, beta, f,
                      mean, mean + channels, (char *)dx + g * plane);
    }
}

void cpu_norm_backward(enum dtype dtype, const void *x, const void *dy, size_t groups, size_t rows,
                       size_t channels, const float *gamma, const float *beta, enum activation f,
                       const float *stats, void *dx, float *dgamma, float *dbeta, int add,
                       void *scratch)
{
    float *parts = scratch;
    const size_t stride = 2 * channels;
    backward_parts(dtype, x, dy, groups, rows, channels, gamma, beta, f, stats, parts);
    for (size_t c = 0; c < channels; c++) {
        double all_dz = 0, all_product = 0;
        for (size_t g = 0; g < groups; g++) {
            float *part = parts + g * PARTS * stride;
            double dz = 0, product = 0;
            for (size_t p = 0; p < PARTS; p++) {
                dz += (double)part[p * stride + c];
                product += (double)part[p * stride + channels + c];
            }
            part[c] = (float)(dz / (double)rows);
            part[channels + c] = (float)(product / (double)rows);
            all_dz += dz;
            all_product += product;
        }
        if (dgamma) {
            dgamma[c] = (add ? dgamma[c] : 0) + (float)all_product;
            dbeta[c] = (add ? dbeta[c] : 0) + (float)all_dz;
        }
    }
    backward_planes(dtype, x, dy, groups, rows, channels, gamma, beta, f, stats, parts,
                    PARTS * stride, dx);
}

void cpu_norm_backward_sums(enum dtype dtype, const void *x, const void *dy, size_t rows,
                            size_t channels, const float *gamma, const float *beta,
                            enum activation f, const float *stats, double *sums, void *scratch)
{
    const float *parts = scratch;
    backward_parts(dtype, x, dy, 1, rows, channels, gamma, beta, f, stats, scratch);
    for (size_t c = 0; c < 2 * channels; c++) {
        sums[c] = 0;
        for (size_t p = 0; p < PARTS; p++)
            sums[c] += (double)parts[p * 2 * channels + c];
    }
}

void cpu_norm_backward_data(enum dtype dtype, const void *x, const void *dy, size_t rows,
                            size_t channels, const float *gamma, const float *beta,
                            enum activation f, const float *stats, const float *means, void *dx)
{
    backward_planes(dtype, x, dy, 1, rows, channels, gamma, beta, f, stats, means, 0, dx);
}

void cpu_norm_running(const float *stats, size_t rows, size_t channels, float epsilon,
                      float momentum, float *mean, float *variance)
{
    const float keep = momentum, take = 1 - keep;
    const float unbias = rows > 1 ? (float)rows / (float)(rows - 1) : 1;
    for (size_t c = 0; c < channels; c++) {
        const float deviation = 1 / stats[channels + c];
        const float fresh = fmaxf(deviation * deviation - epsilon, 0) * unbias;
        mean[c] = keep * mean[c] + take * stats[c];
        variance[c] = keep * variance[c] + take * fresh;
    }
}

void cpu_norm_affine(const float *gamma, const float *beta, const float *mean,
                     const float *variance, float epsilon, size_t channels, float *scale,
                     float *shift)
{
    for (size_t c = 0; c < channels; c++) {
        scale[c] = gamma[c] / sqrtf(variance[c] + epsilon);
        shift[c] = beta[c] - mean[c] * scale[c];
    }
}
