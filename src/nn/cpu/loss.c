// Softmax and the losses. Sums are taken over PARTS pieces whatever the number of threads, so that
// the value does not depend on it.

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <math.h>

#define PARTS 32

static void piece(size_t count, size_t part, size_t *first, size_t *last)
{
    *first = count * part / PARTS;
    *last = count * (part + 1) / PARTS;
}

_Static_assert(SOFTMAX_CHANNELS_MAX <= SPAN, "a row fits into the buffers");

static float softmax_row(const float *x, float *y, size_t channels)
{
    float top = x[0], sum = 0;
    for (size_t c = 1; c < channels; c++)
        top = x[c] > top ? x[c] : top;
    for (size_t c = 0; c < channels; c++) {
        y[c] = expf(x[c] - top);
        sum += y[c];
    }
    for (size_t c = 0; c < channels; c++)
        y[c] /= sum;
    return top + logf(sum);
}

void cpu_softmax_forward(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)rows; r++) {
        float a[SPAN], b[SPAN];
        const float *in = span_read(dtype, x, (size_t)r * channels, channels, a);
        softmax_row(in, b, channels);
        if (dtype == DTYPE_F32)
            cpu_upload(dtype, b, (float *)y + (size_t)r * channels, channels);
        else
            span_write(dtype, y, (size_t)r * channels, channels, b);
    }
}

void cpu_softmax_backward(enum dtype dtype, const void *y, const void *dy, size_t rows,
                          size_t channels, void *dx)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)rows; r++) {
        float a[SPAN], b[SPAN], t[SPAN];
        const size_t first = (size_t)r * channels;
        const float *p = span_read(dtype, y, first, channels, a);
        const float *d = span_read(dtype, dy, first, channels, b);
        float *out = span_target(dtype, dx, first, t), dot = 0;
        for (size_t c = 0; c < channels; c++)
            dot += p[c] * d[c];
        for (size_t c = 0; c < channels; c++)
            out[c] = p[c] * (d[c] - dot);
        span_write(dtype, dx, first, channels, out);
    }
}

static double label_weight(const uint8_t *labels, const float *weights, size_t first, size_t last,
                           size_t channels)
{
    double sum = 0;
    for (size_t r = first; r < last; r++)
        if (labels[r] < channels)
            sum += weights ? (double)weights[labels[r]] : 1;
    return sum;
}

double cpu_cross_entropy(enum dtype dtype, const void *x, const uint8_t *labels,
                         const float *weights, size_t rows, size_t channels, float factor, void *dx)
{
    const double total = label_weight(labels, weights, 0, rows, channels);
    const float scale = total > 0 ? factor / (float)total : 0;
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index part = 0; part < PARTS; part++) {
        float a[SPAN], p[SPAN], t[SPAN];
        size_t first, last;
        piece(rows, (size_t)part, &first, &last);
        for (size_t r = first; r < last; r++) {
            const size_t label = labels[r];
            const float *in = span_read(dtype, x, r * channels, channels, a);
            const int counts = label < channels;
            const float weight = !counts ? 0 : weights ? weights[label] : 1;
            const float log_sum = softmax_row(in, p, channels);
            if (counts)
                sums[part] += (double)(weight * (log_sum - in[label]));
            if (!dx)
                continue;
            float *out = span_target(dtype, dx, r * channels, t);
            for (size_t c = 0; c < channels; c++)
                out[c] = scale * weight * (p[c] - (c == label ? 1.0f : 0.0f));
            span_write(dtype, dx, r * channels, channels, out);
        }
    }
    for (size_t part = 0; part < PARTS; part++)
        loss += sums[part];
    return total > 0 ? loss / total : 0;
}

void cpu_dice_sums(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                   size_t channels, double *out)
{
    double sums[PARTS][3][DICE_CHANNELS_MAX] = {0}; // P, I, T of each class
#pragma omp parallel for schedule(static)
    for (loop_index part = 0; part < PARTS; part++) {
        float a[SPAN], p[SPAN];
        size_t first, last;
        piece(rows, (size_t)part, &first, &last);
        for (size_t r = first; r < last; r++) {
            const size_t label = labels[r];
            if (label >= channels)
                continue;
            softmax_row(span_read(dtype, x, r * channels, channels, a), p, channels);
            for (size_t c = 0; c < channels; c++)
                sums[part][0][c] += (double)p[c];
            sums[part][1][label] += (double)p[label];
            sums[part][2][label] += 1;
        }
    }
    for (size_t i = 0; i < 3; i++)
        for (size_t c = 0; c < channels; c++) {
            out[i * channels + c] = 0;
            for (size_t part = 0; part < PARTS; part++)
                out[i * channels + c] += sums[part][i][c];
        }
}

void cpu_dice_backward(enum dtype dtype, const void *x, const uint8_t *labels, const float *slopes,
                       size_t rows, size_t channels, float factor, void *dx)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)rows; r++) {
        float a[SPAN], p[SPAN], t[SPAN];
        const size_t label = labels[r], first = (size_t)r * channels;
        float *out = span_target(dtype, dx, first, t), mean = 0;
        if (label < channels) {
            softmax_row(span_read(dtype, x, first, channels, a), p, channels);
            for (size_t c = 0; c < channels; c++)
                mean += p[c] * slopes[c];
            mean += p[label] * slopes[channels + label];
        }
        for (size_t c = 0; c < channels; c++)
            out[c] =
                label < channels
                    ? factor * p[c] * (slopes[c] + (c == label ? slopes[channels + c] : 0) - mean)
                    : 0;
        span_write(dtype, dx, first, channels, out);
    }
}

double cpu_l1(enum dtype dtype, const void *x, const void *y, size_t count, float factor, void *dx)
{
    const float scale = factor / (float)count;
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index part = 0; part < PARTS; part++) {
        float a[SPAN], b[SPAN], t[SPAN];
        size_t first, last;
        piece(count, (size_t)part, &first, &last);
        for (; first < last; first += SPAN) {
            const size_t n = span_min(SPAN, last - first);
            const float *in = span_read(dtype, x, first, n, a);
            const float *want = span_read(dtype, y, first, n, b);
            float sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += fabsf(in[i] - want[i]);
            sums[part] += (double)sum;
            if (!dx)
                continue;
            float *out = span_target(dtype, dx, first, t);
            for (size_t i = 0; i < n; i++)
                out[i] = in[i] > want[i] ? scale : in[i] < want[i] ? -scale : 0;
            span_write(dtype, dx, first, n, out);
        }
    }
    for (size_t part = 0; part < PARTS; part++)
        loss += sums[part];
    return loss / (double)count;
}

double cpu_gan(enum dtype dtype, enum gan_loss kind, const void *x, float target, size_t count,
               float factor, void *dx)
{
    const float scale = factor / (float)count;
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index part = 0; part < PARTS; part++) {
        float a[SPAN], t[SPAN];
        size_t first, last;
        piece(count, (size_t)part, &first, &last);
        for (; first < last; first += SPAN) {
            const size_t n = span_min(SPAN, last - first);
            const float *in = span_read(dtype, x, first, n, a);
            float *out = dx ? span_target(dtype, dx, first, t) : t;
            for (size_t i = 0; i < n; i++) {
                const float d = in[i] - target;
                if (kind == GAN_LEAST_SQUARES) {
                    sums[part] += (double)(d * d);
                    out[i] = scale * 2 * d;
                } else {
                    // log(1 + e^x) - target x, without overflow
                    const float soft = fmaxf(in[i], 0) + log1pf(expf(-fabsf(in[i])));
                    sums[part] += (double)(soft - target * in[i]);
                    out[i] = scale * (1 / (1 + expf(-in[i])) - target);
                }
            }
            if (dx)
                span_write(dtype, dx, first, n, out);
        }
    }
    for (size_t part = 0; part < PARTS; part++)
        loss += sums[part];
    return loss / (double)count;
}

double cpu_binary_cross_entropy(enum dtype dtype, const void *x, const uint8_t *target,
                                size_t count, size_t divisor, float factor, void *dx)
{
    size_t counted = divisor;
    for (size_t i = 0; divisor == 0 && i < count; i++)
        counted += target[i] != 255;
    const float scale = counted ? factor / (float)counted : 0;
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index part = 0; part < PARTS; part++) {
        float a[SPAN], t[SPAN];
        size_t first, last;
        piece(count, (size_t)part, &first, &last);
        for (; first < last; first += SPAN) {
            const size_t n = span_min(SPAN, last - first);
            const float *in = span_read(dtype, x, first, n, a);
            float *out = dx ? span_target(dtype, dx, first, t) : NULL;
            for (size_t i = 0; i < n; i++) {
                const int counts = target[first + i] != 255;
                const float want = (float)target[first + i] / 254;
                const float e = expf(-fabsf(in[i])); // log(1 + e^x) - want x, without overflow
                if (counts)
                    sums[part] += (double)(fmaxf(in[i], 0) + log1pf(e) - want * in[i]);
                if (out)
                    out[i] = counts ? scale * ((in[i] >= 0 ? 1 / (1 + e) : e / (1 + e)) - want) : 0;
            }
            if (dx)
                span_write(dtype, dx, first, n, out);
        }
    }
    for (size_t part = 0; part < PARTS; part++)
        loss += sums[part];
    return counted ? loss / (double)counted : 0;
}

double cpu_smooth_l1(enum dtype dtype, const void *x, const float *target, float beta, size_t count,
                     size_t divisor, float factor, void *dx)
{
    const float scale = factor / (float)divisor;
    double sums[PARTS] = {0}, loss = 0;
#pragma omp parallel for schedule(static)
    for (loop_index part = 0; part < PARTS; part++) {
        float a[SPAN], t[SPAN];
        size_t first, last;
        piece(count, (size_t)part, &first, &last);
        for (; first < last; first += SPAN) {
            const size_t n = span_min(SPAN, last - first);
            const float *in = span_read(dtype, x, first, n, a), *want = target + first;
            float *out = dx ? span_target(dtype, dx, first, t) : NULL;
            float sum = 0;
            for (size_t i = 0; i < n; i++) {
                const float d = isnan(want[i]) ? 0 : in[i] - want[i], size = fabsf(d);
                sum += size < beta ? 0.5f * d * d / beta : size - 0.5f * beta;
                if (out)
                    out[i] = scale * (size < beta ? d / beta : d > 0 ? 1.0f : -1.0f);
            }
            sums[part] += (double)sum;
            if (dx)
                span_write(dtype, dx, first, n, out);
        }
    }
    for (size_t part = 0; part < PARTS; part++)
        loss += sums[part];
    return loss / (double)divisor;
}
