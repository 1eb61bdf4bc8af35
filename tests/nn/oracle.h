// Each operation as plain loops over doubles, written from its definition and not from the engine.
// Arrays are (N, H, W, C). Weights have PyTorch's order.
#ifndef TESTS_NN_ORACLE_H
#define TESTS_NN_ORACLE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

struct size4 {
    long n, h, w, c;
};

static inline double at(const float *x, struct size4 s, long n, long h, long w, long c)
{
    if (h < 0 || w < 0 || h >= s.h || w >= s.w)
        return 0;
    return (double)x[((n * s.h + h) * s.w + w) * s.c + c];
}

static inline double *to(double *y, struct size4 s, long n, long h, long w, long c)
{
    return &y[((n * s.h + h) * s.w + w) * s.c + c];
}

struct window {
    long kernel_h, kernel_w, stride, dilation, groups, top, left;
};

// weights (out channels, in channels / groups, kernel_h, kernel_w); bias may be NULL.
static inline void oracle_conv(const float *x, struct size4 in, const float *weights,
                               const float *bias, struct window k, double *y, struct size4 out)
{
    const long per_in = in.c / k.groups, per_out = out.c / k.groups;
    for (long n = 0; n < out.n; n++)
        for (long o = 0; o < out.c; o++)
            for (long i = 0; i < out.h; i++)
                for (long j = 0; j < out.w; j++) {
                    double sum = bias ? (double)bias[o] : 0;
                    for (long c = 0; c < per_in; c++)
                        for (long u = 0; u < k.kernel_h; u++)
                            for (long v = 0; v < k.kernel_w; v++)
                                sum +=
                                    at(x, in, n, i * k.stride + u * k.dilation - k.top,
                                       j * k.stride + v * k.dilation - k.left,
                                       o / per_out * per_in + c) *
                                    (double)
                                        weights[((o * per_in + c) * k.kernel_h + u) * k.kernel_w +
                                                v];
                    *to(y, out, n, i, j, o) = sum;
                }
}

// The gradients of oracle_conv by x and by the weights, without groups. Both add.
static inline void oracle_conv_backward(const float *x, struct size4 in, const float *weights,
                                        struct window k, const float *dy, struct size4 out,
                                        double *dx, double *dw)
{
    for (long n = 0; n < out.n; n++)
        for (long i = 0; i < out.h; i++)
            for (long j = 0; j < out.w; j++)
                for (long o = 0; o < out.c; o++)
                    for (long c = 0; c < in.c; c++)
                        for (long u = 0; u < k.kernel_h; u++)
                            for (long v = 0; v < k.kernel_w; v++) {
                                const long h = i * k.stride + u * k.dilation - k.top;
                                const long w = j * k.stride + v * k.dilation - k.left;
                                const long at_w =
                                    ((o * in.c + c) * k.kernel_h + u) * k.kernel_w + v;
                                const double g = at(dy, out, n, i, j, o);
                                dw[at_w] += g * at(x, in, n, h, w, c);
                                if (h >= 0 && w >= 0 && h < in.h && w < in.w)
                                    *to(dx, in, n, h, w, c) += g * (double)weights[at_w];
                            }
}

// weights (in channels, out channels, kernel, kernel). Adds each input to the outputs it reaches.
static inline void oracle_conv_transpose(const float *x, struct size4 in, const float *weights,
                                         const float *bias, struct window k, double *y,
                                         struct size4 out)
{
    for (long i = 0; i < out.n * out.h * out.w * out.c; i++)
        y[i] = bias ? (double)bias[i % out.c] : 0;
    for (long n = 0; n < in.n; n++)
        for (long i = 0; i < in.h; i++)
            for (long j = 0; j < in.w; j++)
                for (long c = 0; c < in.c; c++)
                    for (long o = 0; o < out.c; o++)
                        for (long u = 0; u < k.kernel_h; u++)
                            for (long v = 0; v < k.kernel_w; v++) {
                                const long h = i * k.stride + u - k.top;
                                const long w = j * k.stride + v - k.left;
                                if (h >= 0 && w >= 0 && h < out.h && w < out.w)
                                    *to(y, out, n, h, w, o) +=
                                        at(x, in, n, i, j, c) *
                                        (double)weights[((c * out.c + o) * k.kernel_h + u) *
                                                            k.kernel_w +
                                                        v];
                            }
}

// Normalizes each channel over photos first .. last - 1.
static inline void oracle_norm(const float *x, struct size4 s, const float *scale,
                               const float *shift, double epsilon, double *y)
{
    const double count = (double)(s.n * s.h * s.w);
    for (long c = 0; c < s.c; c++) {
        double mean = 0, variance = 0;
        for (int pass = 0; pass < 3; pass++)
            for (long n = 0; n < s.n; n++)
                for (long h = 0; h < s.h; h++)
                    for (long w = 0; w < s.w; w++) {
                        const double v = at(x, s, n, h, w, c);
                        if (pass == 0)
                            mean += v / count;
                        else if (pass == 1)
                            variance += (v - mean) * (v - mean) / count;
                        else
                            *to(y, s, n, h, w, c) =
                                (v - mean) / sqrt(variance + epsilon) * (double)scale[c] +
                                (double)shift[c];
                    }
    }
}

static inline void oracle_nearest(const float *x, struct size4 in, double *y, struct size4 out)
{
    for (long n = 0; n < out.n; n++)
        for (long h = 0; h < out.h; h++)
            for (long w = 0; w < out.w; w++)
                for (long c = 0; c < out.c; c++)
                    *to(y, out, n, h, w, c) =
                        at(x, in, n, h / (out.h / in.h), w / (out.w / in.w), c);
}

static inline long clamped(long i, long size)
{
    return i < 0 ? 0 : i >= size ? size - 1 : i;
}

// Bilinear interpolation: each output is a sum of inputs, weighted by a tent around its center.
// Edges are repeated.
static inline void oracle_bilinear(const float *x, struct size4 in, double *y, struct size4 out)
{
    for (long n = 0; n < out.n; n++)
        for (long h = 0; h < out.h; h++)
            for (long w = 0; w < out.w; w++)
                for (long c = 0; c < out.c; c++) {
                    const double v = (2 * (double)h + 1) * (double)in.h / (double)(2 * out.h) - 0.5;
                    const double u = (2 * (double)w + 1) * (double)in.w / (double)(2 * out.w) - 0.5;
                    double sum = 0;
                    for (long i = -1; i <= in.h; i++)
                        for (long j = -1; j <= in.w; j++)
                            sum += fmax(0, 1 - fabs(v - (double)i)) *
                                   fmax(0, 1 - fabs(u - (double)j)) *
                                   at(x, in, n, clamped(i, in.h), clamped(j, in.w), c);
                    *to(y, out, n, h, w, c) = sum;
                }
}

static inline void oracle_pool(const float *x, struct size4 in, struct window k, double *y,
                               struct size4 out)
{
    for (long n = 0; n < out.n; n++)
        for (long i = 0; i < out.h; i++)
            for (long j = 0; j < out.w; j++)
                for (long c = 0; c < out.c; c++) {
                    double best = -INFINITY;
                    for (long h = 0; h < in.h; h++)
                        for (long w = 0; w < in.w; w++) {
                            const long u = h + k.top - i * k.stride, v = w + k.left - j * k.stride;
                            if (u >= 0 && v >= 0 && u < k.kernel_h && v < k.kernel_w)
                                best = fmax(best, at(x, in, n, h, w, c));
                        }
                    *to(y, out, n, i, j, c) = best;
                }
}

static inline void oracle_softmax(const float *x, long rows, long channels, double *y)
{
    for (long r = 0; r < rows; r++) {
        double top = -INFINITY, sum = 0;
        for (long c = 0; c < channels; c++)
            top = fmax(top, (double)x[r * channels + c]);
        for (long c = 0; c < channels; c++)
            sum += exp((double)x[r * channels + c] - top);
        for (long c = 0; c < channels; c++)
            y[r * channels + c] = exp((double)x[r * channels + c] - top) / sum;
    }
}

// Returns the weighted mean of -log softmax(x)[label] over rows that have a label: the sum of
// weight[label] times it, divided by the sum of weight[label].
// sets (set_count) and weights (channels + set_count) as the backend's cross_entropy has them.
static inline double oracle_entropy(const float *x, const uint8_t *labels, const float *weights,
                                    const uint64_t *sets, long set_count, long rows, long channels)
{
    double sum = 0, total = 0;
    for (long r = 0; r < rows; r++) {
        double top = -INFINITY, rest = 0, wanted = 0;
        if (labels[r] >= channels + set_count)
            continue;
        for (long c = 0; c < channels; c++)
            top = fmax(top, (double)x[r * channels + c]);
        for (long c = 0; c < channels; c++) {
            const double e = exp((double)x[r * channels + c] - top);
            rest += e;
            wanted += labels[r] < channels                  ? c == labels[r] ? e : 0
                      : sets[labels[r] - channels] >> c & 1 ? e
                                                            : 0;
        }
        const double weight = weights ? (double)weights[labels[r]] : 1;
        sum += weight * (log(rest) - log(wanted));
        total += weight;
    }
    return total > 0 ? sum / total : 0;
}

#endif
