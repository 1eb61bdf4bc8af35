// Sums over rows, and batch normalization. Sums are taken in PARTS parts (span.h).

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <string.h>

size_t cpu_sum_scratch(size_t channels)
{
    return PARTS * 2 * channels * sizeof(float);
}

// Adds the rows of x - center to `sum` (channels), and their squares to `square`. center NULL: adds
// the rows themselves, without squares.
KERNEL static void sum_rows(enum dtype dtype, const void *x, struct part rows, size_t channels,
                            const float *center, float *restrict sum, float *restrict square)
{
    float buffer[SPAN];
    for (size_t r = rows.first; r < rows.last; r++)
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

// The sum of number i of each part; parts (PARTS, stride).
static double parts_sum(const float *parts, size_t stride, size_t i)
{
    double sum = 0;
    for (size_t p = 0; p < PARTS; p++)
        sum += (double)parts[p * stride + i];
    return sum;
}

void cpu_bias_backward(enum dtype dtype, const void *dy, size_t rows, size_t channels, float *dbias,
                       int add, void *scratch)
{
    float *parts = scratch;
    memset(parts, 0, PARTS * channels * sizeof *parts);
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++)
        sum_rows(dtype, dy, part_of(rows, p), channels, NULL, parts + (size_t)p * channels, NULL);
    for (size_t c = 0; c < channels; c++)
        dbias[c] = (add ? dbias[c] : 0) + (float)parts_sum(parts, channels, c);
}

// y = f(x scale + shift); scale NULL: 1.
KERNEL static void affine_rows(enum dtype dtype, const void *x, struct part rows, size_t channels,
                               const float *scale, const float *shift, enum activation f, void *y)
{
    float a[SPAN], b[SPAN];
    for (size_t r = rows.first; r < rows.last; r++)
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
    for (loop_index p = 0; p < PARTS; p++)
        affine_rows(dtype, x, part_of(rows, p), channels, scale, shift, f, y);
}

void cpu_norm_forward(const struct norm_pass *n, const void *x, void *y, void *scratch)
{
    float *parts = scratch; // (PARTS, 2, channels)
    const size_t channels = n->channels, stride = 2 * channels;
    const double rows = (double)n->rows;
    float *mean = n->stats, *inverse = mean + channels;
    memset(parts, 0, cpu_sum_scratch(channels));
    // Sums are taken around the first row. A large offset of all numbers would else swallow the
    // variance.
    cpu_download(n->dtype, x, mean, channels);
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++) {
        float *sum = parts + (size_t)p * stride;
        sum_rows(n->dtype, x, part_of(n->rows, p), channels, mean, sum, sum + channels);
    }
    for (size_t c = 0; c < channels; c++) {
        const double shift = parts_sum(parts, stride, c) / rows;
        const double variance =
            fmax(parts_sum(parts, stride, channels + c) / rows - shift * shift, 0);
        mean[c] += (float)shift;
        inverse[c] = (float)(1 / sqrt(variance + (double)n->epsilon));
        // The first part is read; scale and shift take its place.
        parts[c] = n->gamma[c] * inverse[c];
        parts[channels + c] = n->beta[c] - mean[c] * parts[c];
    }
    cpu_affine_forward(n->dtype, x, n->rows, channels, parts, parts + channels, n->f, y);
}

// With hat = (x - mean) / deviation and z = hat gamma + beta: dz = dy f'(z). Adds dz to `sum` and
// dz hat to `product`.
KERNEL static void backward_sums(const struct norm_pass *n, const void *x, const void *dy,
                                 struct part rows, float *restrict sum, float *restrict product)
{
    const size_t channels = n->channels;
    const float *mean = n->stats, *inverse = mean + channels, *gamma = n->gamma, *beta = n->beta;
    float a[SPAN], b[SPAN];
    for (size_t r = rows.first; r < rows.last; r++)
        for (size_t c = 0; c < channels; c += SPAN) {
            const size_t count = size_least(SPAN, channels - c), first = r * channels + c;
            const float *in = span_read(n->dtype, x, first, count, a);
            const float *d = span_read(n->dtype, dy, first, count, b);
            WITH_ACTIVATION(
                n->f, for (size_t i = 0; i < count; i++) {
                    const size_t k = c + i;
                    const float hat = (in[i] - mean[k]) * inverse[k];
                    const float z = activation_of(F, hat * gamma[k] + beta[k]);
                    const float dz = d[i] * activation_slope(F, z);
                    sum[k] += dz;
                    product[k] += dz * hat;
                })
        }
}

// dx = gamma / deviation (dz - mean(dz) - hat mean(dz hat)); means (2, channels) has both means.
KERNEL static void backward_rows(const struct norm_pass *n, const void *x, const void *dy,
                                 struct part rows, const float *means, void *dx)
{
    const size_t channels = n->channels;
    const float *mean = n->stats, *inverse = mean + channels, *gamma = n->gamma, *beta = n->beta;
    const float *sum = means, *product = means + channels;
    float a[SPAN], b[SPAN], t[SPAN];
    for (size_t r = rows.first; r < rows.last; r++)
        for (size_t c = 0; c < channels; c += SPAN) {
            const size_t count = size_least(SPAN, channels - c), first = r * channels + c;
            const float *in = span_read(n->dtype, x, first, count, a);
            const float *d = span_read(n->dtype, dy, first, count, b);
            float *out = span_target(n->dtype, dx, first, t);
            WITH_ACTIVATION(
                n->f, for (size_t i = 0; i < count; i++) {
                    const size_t k = c + i;
                    const float hat = (in[i] - mean[k]) * inverse[k];
                    const float z = activation_of(F, hat * gamma[k] + beta[k]);
                    const float dz = d[i] * activation_slope(F, z);
                    out[i] = gamma[k] * inverse[k] * (dz - sum[k] - hat * product[k]);
                })
            span_write(n->dtype, dx, first, count, out);
        }
}

// parts (PARTS, 2, channels) gets the sums of dz and dz hat.
static void backward_parts(const struct norm_pass *n, const void *x, const void *dy, float *parts)
{
    memset(parts, 0, cpu_sum_scratch(n->channels));
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++) {
        float *sum = parts + (size_t)p * 2 * n->channels;
        backward_sums(n, x, dy, part_of(n->rows, p), sum, sum + n->channels);
    }
}

void cpu_norm_backward(const struct norm_pass *n, const void *x, const void *dy, void *dx,
                       float *dgamma, float *dbeta, int add, void *scratch)
{
    float *parts = scratch;
    const size_t channels = n->channels, stride = 2 * channels;
    backward_parts(n, x, dy, parts);
    for (size_t c = 0; c < channels; c++) {
        const double dz = parts_sum(parts, stride, c);
        const double product = parts_sum(parts, stride, channels + c);
        // The first part is read; the means take its place.
        parts[c] = (float)(dz / (double)n->rows);
        parts[channels + c] = (float)(product / (double)n->rows);
        if (dgamma) {
            dgamma[c] = (add ? dgamma[c] : 0) + (float)product;
            dbeta[c] = (add ? dbeta[c] : 0) + (float)dz;
        }
    }
    cpu_norm_backward_data(n, x, dy, parts, dx);
}

void cpu_norm_backward_sums(const struct norm_pass *n, const void *x, const void *dy, double *sums,
                            void *scratch)
{
    backward_parts(n, x, dy, scratch);
    for (size_t i = 0; i < 2 * n->channels; i++)
        sums[i] = parts_sum(scratch, 2 * n->channels, i);
}

void cpu_norm_backward_data(const struct norm_pass *n, const void *x, const void *dy,
                            const float *means, void *dx)
{
#pragma omp parallel for schedule(static)
    for (loop_index p = 0; p < PARTS; p++)
        backward_rows(n, x, dy, part_of(n->rows, p), means, dx);
}

void cpu_norm_running(const struct norm_pass *n, float momentum, float *mean, float *variance)
{
    const size_t channels = n->channels;
    const float take = 1 - momentum;
    const float unbias = n->rows > 1 ? (float)n->rows / (float)(n->rows - 1) : 1;
    for (size_t c = 0; c < channels; c++) {
        const float deviation = 1 / n->stats[channels + c];
        const float fresh = fmaxf(deviation * deviation - n->epsilon, 0) * unbias;
        mean[c] = momentum * mean[c] + take * n->stats[c];
        variance[c] = momentum * variance[c] + take * fresh;
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
