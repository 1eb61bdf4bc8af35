// Upsampling and max pooling. One thread computes each number, and adds in the CPU's order.
// Bilinear sampling has half-pixel centers and repeats the edges. Divisions are in 32 bits, since
// those in 64 are slow.

#include "nn/cuda/kernel.h"

// The place of pack i of (n, h, w, packs). `row` counts the rows of all photos.
struct place {
    unsigned row, column, channel;
};

__device__ static inline place place_of(size_t i, unsigned w, unsigned packs)
{
    const unsigned pixel = (unsigned)(i / packs), row = pixel / w;
    return {row, pixel - row * w, (unsigned)(i - (size_t)pixel * packs)};
}

// Where an output position samples an axis: two neighbors, and the weight of the high one.
struct tap {
    unsigned low, high;
    float weight;
};

__device__ static inline tap tap_at(unsigned o, unsigned in, unsigned out)
{
    const float at = ((float)o + 0.5f) * (float)in / (float)out - 0.5f;
    const float clamped = at < 0 ? 0 : at;
    const unsigned low = min((unsigned)clamped, in - 1);
    return {low, min(low + 1, in - 1), clamped - (float)low};
}

struct sizes {
    unsigned h, w, c, oh, ow;
};

static sizes sizes_of(const struct upsample_shape *s)
{
    return {(unsigned)s->h, (unsigned)s->w, (unsigned)s->c, (unsigned)s->out_h, (unsigned)s->out_w};
}

template <int N, typename T>
__global__ void bilinear_kernel(const T *x, sizes s, size_t count, T *y)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const place p = place_of(i, s.ow, s.c / N);
        const unsigned photo = p.row / s.oh;
        const tap v = tap_at(p.row - photo * s.oh, s.h, s.oh), u = tap_at(p.column, s.w, s.ow);
        const size_t top = ((size_t)photo * s.h + v.low) * s.w;
        const size_t low = ((size_t)photo * s.h + v.high) * s.w, k = (size_t)p.channel * N;
        const float a = (1 - v.weight) * (1 - u.weight), b = (1 - v.weight) * u.weight;
        const float d = v.weight * (1 - u.weight), e = v.weight * u.weight;
        float t[4][N];
        read<N>(x, (top + u.low) * s.c + k, t[0]);
        read<N>(x, (top + u.high) * s.c + k, t[1]);
        read<N>(x, (low + u.low) * s.c + k, t[2]);
        read<N>(x, (low + u.high) * s.c + k, t[3]);
        for (int j = 0; j < N; j++)
            t[0][j] = a * t[0][j] + b * t[1][j] + d * t[2][j] + e * t[3][j];
        write<N>(y, i * N, t[0]);
    }
}

template <int N, typename T> __global__ void nearest_kernel(const T *x, sizes s, size_t count, T *y)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const place p = place_of(i, s.ow, s.c / N);
        const unsigned photo = p.row / s.oh, oy = p.row - photo * s.oh;
        const size_t row = (size_t)photo * s.h + oy * s.h / s.oh;
        float v[N];
        read<N>(x, (row * s.w + p.column * s.w / s.ow) * s.c + (size_t)p.channel * N, v);
        write<N>(y, i * N, v);
    }
}

// The weight of input position `i` in output position `o`.
__device__ static inline float share(int bilinear, unsigned o, unsigned i, unsigned in,
                                     unsigned out)
{
    if (!bilinear)
        return o * in / out == i ? 1 : 0;
    const tap t = tap_at(o, in, out);
    return (t.low == i ? 1 - t.weight : 0) + (t.high == i ? t.weight : 0);
}

// The output positions that may read input position `i`: first .. last - 1. Their samples are less
// than 1 from i; one more on each side is for rounding. At an end it is all that are beyond it.
__device__ static inline void reach(unsigned i, unsigned in, unsigned out, unsigned *first,
                                    unsigned *last)
{
    const unsigned low = i > 0 ? (2 * i - 1) * out / (2 * in) : 0;
    *first = low > 1 ? low - 2 : 0;
    *last = i + 1 < in ? min((2 * i + 3) * out / (2 * in) + 2, out) : out;
}

template <int N, typename T>
__global__ void gather_kernel(int bilinear, const T *dy, sizes s, size_t count, T *dx)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const place p = place_of(i, s.w, s.c / N);
        const unsigned photo = p.row / s.h, iy = p.row - photo * s.h;
        unsigned top, bottom, left, right;
        reach(iy, s.h, s.oh, &top, &bottom);
        reach(p.column, s.w, s.ow, &left, &right);
        float sum[N] = {0};
        for (unsigned oy = top; oy < bottom; oy++) {
            const float down = share(bilinear, oy, iy, s.h, s.oh);
            const size_t row = ((size_t)photo * s.oh + oy) * s.ow;
            for (unsigned ox = left; down != 0 && ox < right; ox++) {
                const float weight = down * share(bilinear, ox, p.column, s.w, s.ow);
                float v[N];
                if (weight == 0)
                    continue;
                read<N>(dy, (row + ox) * s.c + (size_t)p.channel * N, v);
                for (int j = 0; j < N; j++)
                    sum[j] += weight * v[j];
            }
        }
        write<N>(dx, i * N, sum);
    }
}

void cuda_upsample_forward(enum dtype dtype, const struct upsample_shape *s, const void *x, void *y)
{
    WITH_PACKS(dtype, rows_aligned<T>(x, s->c) && is_aligned(y),
               const size_t count = s->n * s->out_h * s->out_w * s->c / N;
               launch(s->bilinear ? bilinear_kernel<N, T> : nearest_kernel<N, T>, grid_for(count),
                      BLOCK, (const T *)x, sizes_of(s), count, (T *)y));
}

void cuda_upsample_backward(enum dtype dtype, const struct upsample_shape *s, const void *dy,
                            void *dx)
{
    WITH_PACKS(dtype, rows_aligned<T>(dy, s->c) && is_aligned(dx),
               const size_t count = s->n * s->h * s->w * s->c / N;
               launch(gather_kernel<N, T>, grid_for(count), BLOCK, s->bilinear, (const T *)dy,
                      sizes_of(s), count, (T *)dx));
}

struct windows {
    unsigned h, w, c, out_h, out_w, kernel_h, kernel_w, stride, top, left;
};

static windows windows_of(const struct conv_shape *s)
{
    return {(unsigned)s->h,     (unsigned)s->w,        (unsigned)s->c,        (unsigned)s->out_h,
            (unsigned)s->out_w, (unsigned)s->kernel_h, (unsigned)s->kernel_w, (unsigned)s->stride,
            (unsigned)s->top,   (unsigned)s->left};
}

template <int N, typename T>
__global__ void pool_kernel(const T *x, windows s, size_t count, T *y, uint8_t *index)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const place p = place_of(i, s.out_w, s.c / N);
        const unsigned photo = p.row / s.out_h, oy = p.row - photo * s.out_h;
        float best[N];
        pack<uint8_t, N> at = {};
        for (int j = 0; j < N; j++)
            best[j] = -INFINITY;
        for (unsigned ky = 0; ky < s.kernel_h; ky++)
            for (unsigned kx = 0; kx < s.kernel_w; kx++) {
                const unsigned iy = oy * s.stride + ky - s.top;
                const unsigned ix = p.column * s.stride + kx - s.left;
                float v[N];
                if (iy >= s.h || ix >= s.w) // below 0 it wraps to a huge number
                    continue;
                const size_t pixel = ((size_t)photo * s.h + iy) * s.w + ix;
                read<N>(x, pixel * s.c + (size_t)p.channel * N, v);
                for (int j = 0; j < N; j++)
                    if (v[j] > best[j] || isnan(v[j])) {
                        best[j] = v[j];
                        at.v[j] = (uint8_t)(ky * s.kernel_w + kx);
                    }
            }
        write<N>(y, i * N, best);
        *reinterpret_cast<pack<uint8_t, N> *>(index + i * N) = at;
    }
}

void cuda_pool_forward(enum dtype dtype, const struct conv_shape *shape, const void *x, void *y,
                       uint8_t *index)
{
    const windows s = windows_of(shape);
    const size_t numbers = shape->n * shape->out_h * shape->out_w * shape->c;
    WITH_PACKS(
        dtype, rows_aligned<T>(x, shape->c) && is_aligned(y) && is_aligned(index),
        const size_t count = numbers / N;
        launch(pool_kernel<N, T>, grid_for(count), BLOCK, (const T *)x, s, count, (T *)y, index));
}

// Each input adds up dy of the windows in which it was the largest.
template <int N, typename T>
__global__ void unpool_kernel(const uint8_t *index, const T *dy, windows s, size_t count, T *dx)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const place p = place_of(i, s.w, s.c / N);
        const unsigned photo = p.row / s.h, iy = p.row - photo * s.h + s.top;
        const unsigned ix = p.column + s.left;
        const unsigned top = iy < s.kernel_h ? 0 : (iy - s.kernel_h) / s.stride + 1;
        const unsigned left = ix < s.kernel_w ? 0 : (ix - s.kernel_w) / s.stride + 1;
        const unsigned bottom = min(iy / s.stride + 1, s.out_h);
        const unsigned right = min(ix / s.stride + 1, s.out_w);
        float sum[N] = {0};
        for (unsigned oy = top; oy < bottom; oy++)
            for (unsigned ox = left; ox < right; ox++) {
                const size_t pixel = ((size_t)photo * s.out_h + oy) * s.out_w + ox;
                const size_t o = pixel * s.c + (size_t)p.channel * N;
                const unsigned me = (iy - oy * s.stride) * s.kernel_w + (ix - ox * s.stride);
                const pack<uint8_t, N> winner =
                    *reinterpret_cast<const pack<uint8_t, N> *>(index + o);
                float v[N];
                read<N>(dy, o, v);
                for (int j = 0; j < N; j++)
                    sum[j] += winner.v[j] == me ? v[j] : 0;
            }
        write<N>(dx, i * N, sum);
    }
}

void cuda_pool_backward(enum dtype dtype, const struct conv_shape *shape, const uint8_t *index,
                        const void *dy, void *dx)
{
    const windows s = windows_of(shape);
    const size_t numbers = shape->n * shape->h * shape->w * shape->c;
    WITH_PACKS(dtype, rows_aligned<T>(dy, shape->c) && is_aligned(dx) && is_aligned(index),
               const size_t count = numbers / N;
               launch(unpool_kernel<N, T>, grid_for(count), BLOCK, index, (const T *)dy, s, count,
                      (T *)dx));
}
