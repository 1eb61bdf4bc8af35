// Convolutions of several groups, by plain loops. It is fast for depthwise ones (EfficientNet's): a
// thread takes a pack of channels, and memory is the limit. Other groupings go one channel at a
// time. The loops check for padding, so all four sides may differ.
//
// Weights are f32. Those of depthwise convolutions are packed as (KH, KW, C).

#include "nn/cuda/conv.h"
#include "nn/cuda/kernel.h"

struct window {
    unsigned n, h, w, c, out_h, out_w, out_c, kernel_h, kernel_w, stride, dilation, top, left;
    unsigned in_group, out_group; // channels of a group
};

static window window_of(const struct conv_shape *s)
{
    return {(unsigned)s->n,
            (unsigned)s->h,
            (unsigned)s->w,
            (unsigned)s->c,
            (unsigned)s->out_h,
            (unsigned)s->out_w,
            (unsigned)s->out_c,
            (unsigned)s->kernel_h,
            (unsigned)s->kernel_w,
            (unsigned)s->stride,
            (unsigned)s->dilation,
            (unsigned)s->top,
            (unsigned)s->left,
            (unsigned)(s->c / s->groups),
            (unsigned)(s->out_c / s->groups)};
}

int grouped_is_depthwise(const struct conv_shape *s)
{
    return s->groups == s->c && s->c == s->out_c;
}

// The row of x that row i of the kernel covers at output row o. In the padding it is h or larger.
__device__ static inline unsigned meets(unsigned o, unsigned i, unsigned stride, unsigned dilation,
                                        unsigned before)
{
    return o * stride + i * dilation - before; // below 0 it wraps to a huge number
}

// The output row at which row i of the kernel covers row `at` of x. If there is none it is out_h or
// larger.
__device__ static inline unsigned met_by(unsigned at, unsigned i, unsigned stride,
                                         unsigned dilation, unsigned before)
{
    const unsigned from = at + before - i * dilation; // below 0 it wraps to a huge number
    return from < 1u << 31 && from % stride == 0 ? from / stride : ~0u;
}

struct position {
    unsigned photo, row, column, channel;
};

__device__ static inline position position_of(size_t i, unsigned h, unsigned w, unsigned packs)
{
    const unsigned pixel = (unsigned)(i / packs), row = pixel / w, photo = row / h;
    return {photo, row - photo * h, pixel - row * w, (unsigned)(i - (size_t)pixel * packs)};
}

// y = f(conv(x) + bias). K is the side of the kernel, or 0 if any.
template <int K, int N, typename T>
__global__ void depthwise_kernel(window s, const T *x, const float *weights, const float *bias,
                                 enum activation f, size_t count, T *y)
{
    const unsigned kernel_h = K ? K : s.kernel_h, kernel_w = K ? K : s.kernel_w;
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const position p = position_of(i, s.out_h, s.out_w, s.c / N);
        const unsigned c = p.channel * N;
        float sum[N];
        for (int k = 0; k < N; k++)
            sum[k] = bias ? bias[c + k] : 0;
#pragma unroll
        for (unsigned ky = 0; ky < kernel_h; ky++) {
            const unsigned iy = meets(p.row, ky, s.stride, s.dilation, s.top);
#pragma unroll
            for (unsigned kx = 0; kx < kernel_w; kx++) {
                const unsigned ix = meets(p.column, kx, s.stride, s.dilation, s.left);
                float v[N], w[N];
                if (iy >= s.h || ix >= s.w)
                    continue;
                read<N>(x, (((size_t)p.photo * s.h + iy) * s.w + ix) * s.c + c, v);
                read<N>(weights, (size_t)(ky * kernel_w + kx) * s.c + c, w);
                for (int k = 0; k < N; k++)
                    sum[k] += v[k] * w[k];
            }
        }
        for (int k = 0; k < N; k++)
            sum[k] = activation_of(f, sum[k]);
        write<N>(y, i * N, sum);
    }
}

template <int K, int N, typename T>
__global__ void depthwise_data_kernel(window s, const T *dy, const float *weights, size_t count,
                                      T *dx)
{
    const unsigned kernel_h = K ? K : s.kernel_h, kernel_w = K ? K : s.kernel_w;
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const position p = position_of(i, s.h, s.w, s.c / N);
        const unsigned c = p.channel * N;
        float sum[N] = {0};
#pragma unroll
        for (unsigned ky = 0; ky < kernel_h; ky++) {
            const unsigned oy = met_by(p.row, ky, s.stride, s.dilation, s.top);
#pragma unroll
            for (unsigned kx = 0; kx < kernel_w; kx++) {
                const unsigned ox = met_by(p.column, kx, s.stride, s.dilation, s.left);
                float v[N], w[N];
                if (oy >= s.out_h || ox >= s.out_w)
                    continue;
                read<N>(dy, (((size_t)p.photo * s.out_h + oy) * s.out_w + ox) * s.c + c, v);
                read<N>(weights, (size_t)(ky * kernel_w + kx) * s.c + c, w);
                for (int k = 0; k < N; k++)
                    sum[k] += v[k] * w[k];
            }
        }
        write<N>(dx, i * N, sum);
    }
}

// ---- The gradient of depthwise weights ---------------------------------------------------------
//
// A block takes CHANNELS channels and LANES output pixels at a time. A thread keeps the sums of all
// K x K weights of its channel. The blocks' sums go to parts (pieces, K K, channels).

#define CHANNELS 32
#define LANES (BLOCK / CHANNELS)
#define PIECES 256 // of the pixels, about the most

template <int K, typename T>
__global__ void depthwise_weights_kernel(window s, const T *x, const T *dy, float *parts)
{
    __shared__ float sums[LANES][CHANNELS];
    const unsigned c = blockIdx.x * CHANNELS + threadIdx.x;
    const size_t pixels = (size_t)s.n * s.out_h * s.out_w;
    const size_t last = pixels * (blockIdx.y + 1) / gridDim.y;
    float sum[K * K] = {0};
    for (size_t i = pixels * blockIdx.y / gridDim.y + threadIdx.y; i < last && c < s.c;
         i += LANES) {
        const position p = position_of(i, s.out_h, s.out_w, 1);
        const float d = to_f32(dy[i * s.c + c]);
#pragma unroll
        for (unsigned ky = 0; ky < K; ky++) {
            const unsigned iy = meets(p.row, ky, s.stride, 1, s.top);
#pragma unroll
            for (unsigned kx = 0; kx < K; kx++) {
                const unsigned ix = meets(p.column, kx, s.stride, 1, s.left);
                if (iy < s.h && ix < s.w)
                    sum[ky * K + kx] +=
                        d * to_f32(x[(((size_t)p.photo * s.h + iy) * s.w + ix) * s.c + c]);
            }
        }
    }
#pragma unroll
    for (unsigned k = 0; k < K * K; k++) {
        __syncthreads();
        sums[threadIdx.y][threadIdx.x] = sum[k];
        __syncthreads();
        float total = 0;
        for (unsigned lane = 0; lane < LANES; lane++)
            total += sums[lane][threadIdx.x];
        if (threadIdx.y == 0 && c < s.c)
            parts[((size_t)blockIdx.y * K * K + k) * s.c + c] = total;
    }
}

// Adds the parts (pieces, area, C) to dweights (C, area).
__global__ void depthwise_total_kernel(const float *parts, unsigned pieces, unsigned area,
                                       unsigned channels, float *dweights, int add)
{
    for (size_t i = grid_first(); i < (size_t)area * channels; i += grid_step()) {
        const unsigned k = (unsigned)i / channels, c = (unsigned)i % channels;
        double total = 0;
        for (unsigned p = 0; p < pieces; p++)
            total += (double)parts[(size_t)p * area * channels + i];
        const size_t to = (size_t)c * area + k;
        dweights[to] = (add ? dweights[to] : 0) + (float)total;
    }
}

// 1 if depthwise_weights_kernel can do it.
static int weights_fast(const struct conv_shape *s)
{
    return grouped_is_depthwise(s) && s->dilation == 1 && s->kernel_h == s->kernel_w &&
           (s->kernel_h == 3 || s->kernel_h == 5);
}

static size_t pieces_of(const struct conv_shape *s)
{
    const size_t pixels = s->n * s->out_h * s->out_w, wanted = divide_up(pixels, LANES * 16);
    return lesser(wanted, divide_up(PIECES * 4, divide_up(s->c, CHANNELS)));
}

// ---- Any grouping ------------------------------------------------------------------------------

template <typename T>
__global__ void grouped_kernel(window s, const T *x, const float *weights, const float *bias,
                               enum activation f, size_t count, T *y)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const position p = position_of(i, s.out_h, s.out_w, s.out_c);
        const float *w = weights + (size_t)p.channel * s.in_group * s.kernel_h * s.kernel_w;
        const unsigned c = p.channel / s.out_group * s.in_group;
        float sum = bias ? bias[p.channel] : 0;
        for (unsigned ky = 0; ky < s.kernel_h; ky++)
            for (unsigned kx = 0; kx < s.kernel_w; kx++) {
                const unsigned iy = meets(p.row, ky, s.stride, s.dilation, s.top);
                const unsigned ix = meets(p.column, kx, s.stride, s.dilation, s.left);
                if (iy >= s.h || ix >= s.w)
                    continue;
                const T *in = x + (((size_t)p.photo * s.h + iy) * s.w + ix) * s.c + c;
                for (unsigned k = 0; k < s.in_group; k++)
                    sum += to_f32(in[k]) * w[(k * s.kernel_h + ky) * s.kernel_w + kx];
            }
        y[i] = from_f32<T>(activation_of(f, sum));
    }
}

template <typename T>
__global__ void grouped_data_kernel(window s, const T *dy, const float *weights, size_t count,
                                    T *dx)
{
    const unsigned area = s.kernel_h * s.kernel_w;
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const position p = position_of(i, s.h, s.w, s.c);
        const unsigned group = p.channel / s.in_group, k = p.channel % s.in_group;
        float sum = 0;
        for (unsigned ky = 0; ky < s.kernel_h; ky++)
            for (unsigned kx = 0; kx < s.kernel_w; kx++) {
                const unsigned oy = met_by(p.row, ky, s.stride, s.dilation, s.top);
                const unsigned ox = met_by(p.column, kx, s.stride, s.dilation, s.left);
                if (oy >= s.out_h || ox >= s.out_w)
                    continue;
                const size_t pixel = ((size_t)p.photo * s.out_h + oy) * s.out_w + ox;
                for (unsigned o = group * s.out_group; o < (group + 1) * s.out_group; o++)
                    sum += to_f32(dy[pixel * s.out_c + o]) *
                           weights[((size_t)o * s.in_group + k) * area + ky * s.kernel_w + kx];
            }
        dx[i] = from_f32<T>(sum);
    }
}

// Each block computes one weight.
template <typename T>
__global__ void grouped_weights_kernel(window s, const T *x, const T *dy, float *dweights, int add)
{
    const unsigned area = s.kernel_h * s.kernel_w, ky = blockIdx.x % area / s.kernel_w;
    const unsigned kx = blockIdx.x % s.kernel_w, o = blockIdx.x / area / s.in_group;
    const unsigned c = o / s.out_group * s.in_group + blockIdx.x / area % s.in_group;
    const size_t pixels = (size_t)s.n * s.out_h * s.out_w;
    double sum = 0;
    for (size_t i = threadIdx.x; i < pixels; i += BLOCK) {
        const position p = position_of(i, s.out_h, s.out_w, 1);
        const unsigned iy = meets(p.row, ky, s.stride, s.dilation, s.top);
        const unsigned ix = meets(p.column, kx, s.stride, s.dilation, s.left);
        if (iy < s.h && ix < s.w)
            sum += (double)(to_f32(dy[i * s.out_c + o]) *
                            to_f32(x[(((size_t)p.photo * s.h + iy) * s.w + ix) * s.c + c]));
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        dweights[blockIdx.x] = (add ? dweights[blockIdx.x] : 0) + (float)sum;
}

// ---- What conv.cu calls ------------------------------------------------------------------------

size_t grouped_scratch(const struct conv_shape *s, int need_dw)
{
    return need_dw && weights_fast(s)
               ? pieces_of(s) * s->kernel_h * s->kernel_w * s->c * sizeof(float)
               : 0;
}

// Runs statements with K, the side of a depthwise kernel, or 0 if it has no loop of its own.
#define WITH_SIDE(shape, ...)                                                                      \
    do {                                                                                           \
        const int square = (shape)->kernel_h == (shape)->kernel_w;                                 \
        if (square && (shape)->kernel_h == 3) {                                                    \
            constexpr int K = 3;                                                                   \
            __VA_ARGS__;                                                                           \
        } else if (square && (shape)->kernel_h == 5) {                                             \
            constexpr int K = 5;                                                                   \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            constexpr int K = 0;                                                                   \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

void grouped_forward(enum dtype dtype, const struct conv_shape *s, const void *x,
                     const float *weights, const float *bias, enum activation f, void *y)
{
    const window w = window_of(s);
    const size_t numbers = s->n * s->out_h * s->out_w * s->out_c;
    if (grouped_is_depthwise(s))
        WITH_PACKS(dtype, rows_aligned<T>(x, s->c) && is_aligned(y),
                   WITH_SIDE(s, launch(depthwise_kernel<K, N, T>, grid_for(numbers / N), BLOCK, w,
                                       (const T *)x, weights, bias, f, numbers / N, (T *)y)));
    else
        WITH_TYPE(dtype, launch(grouped_kernel<T>, grid_for(numbers), BLOCK, w, (const T *)x,
                                weights, bias, f, numbers, (T *)y));
}

void grouped_backward_data(enum dtype dtype, const struct conv_shape *s, const void *dy,
                           const float *weights, void *dx)
{
    const window w = window_of(s);
    const size_t numbers = s->n * s->h * s->w * s->c;
    if (grouped_is_depthwise(s))
        WITH_PACKS(dtype, rows_aligned<T>(dy, s->c) && is_aligned(dx),
                   WITH_SIDE(s, launch(depthwise_data_kernel<K, N, T>, grid_for(numbers / N), BLOCK,
                                       w, (const T *)dy, weights, numbers / N, (T *)dx)));
    else
        WITH_TYPE(dtype, launch(grouped_data_kernel<T>, grid_for(numbers), BLOCK, w, (const T *)dy,
                                weights, numbers, (T *)dx));
}

void grouped_backward_weights(enum dtype dtype, const struct conv_shape *s, const void *x,
                              const void *dy, float *dweights, int add, void *scratch)
{
    const window w = window_of(s);
    const unsigned area = (unsigned)(s->kernel_h * s->kernel_w);
    if (!weights_fast(s)) {
        WITH_TYPE(dtype, launch(grouped_weights_kernel<T>, w.out_c * w.in_group * area, BLOCK, w,
                                (const T *)x, (const T *)dy, dweights, add));
        return;
    }
    float *parts = (float *)scratch;
    const unsigned pieces = (unsigned)pieces_of(s);
    const dim3 grid((unsigned)divide_up(s->c, CHANNELS), pieces);
    WITH_TYPE(dtype, launch(s->kernel_h == 3 ? depthwise_weights_kernel<3, T>
                                             : depthwise_weights_kernel<5, T>,
                            grid, dim3(CHANNELS, LANES), w, (const T *)x, (const T *)dy, parts));
    launch(depthwise_total_kernel, grid_for(area * s->c), BLOCK, parts, pieces, area, w.c, dweights,
           add);
}
