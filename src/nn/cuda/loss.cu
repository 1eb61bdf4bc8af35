// The losses that are sums over numbers. One launch writes the gradient and a sum for each block, a
// second adds the sums. The number of blocks depends on the shape alone, so every GPU gives the
// same value.

#include "nn/cuda/kernel.h"

#define SUM_BLOCKS 2048

static unsigned blocks_for(size_t count)
{
    return (unsigned)lesser(divide_up(count, BLOCK * 8), SUM_BLOCKS);
}

// What a loss is divided by: a number, or the sum of counts that an earlier launch wrote.
struct divisor {
    double fixed;
    const double *counts;
    unsigned count;
};

static divisor fixed(double by)
{
    return {by, NULL, 0};
}

__device__ static inline double divisor_of(const divisor &d)
{
    return d.counts ? sum_of(d.counts, d.count) : d.fixed;
}

// f.at<N>(i, scale) returns the losses of N numbers and writes their gradients.
template <int N, typename F>
__global__ void loss_kernel(F f, size_t whole, size_t count, float factor, divisor d,
                            double *losses)
{
    const double divisor = divisor_of(d);
    const float scale = divisor > 0 ? factor / (float)divisor : 0;
    double loss = 0;
    for (size_t i = grid_first(); i < whole / N; i += grid_step())
        loss += (double)f.template at<N>(i * N, scale);
    for (size_t i = whole + grid_first(); i < count; i += grid_step())
        loss += (double)f.template at<1>(i, scale);
    loss = block_sum(loss);
    if (threadIdx.x == 0)
        losses[blockIdx.x] = loss;
}

__global__ void value_kernel(const double *losses, unsigned count, divisor d, double *value)
{
    const double divisor = divisor_of(d), loss = sum_of(losses, count);
    if (threadIdx.x == 0)
        *value = divisor > 0 ? loss / divisor : 0;
}

template <int N, typename F>
static void run(const F &f, size_t count, int aligned, float factor, const divisor &d,
                double *value)
{
    double *losses = cuda_device.sums + SUM_BLOCKS;
    const unsigned blocks = blocks_for(count);
    if (count == 0 || (!f.dx && !value))
        return;
    launch(loss_kernel<N, F>, blocks, BLOCK, f, aligned ? count / N * N : 0, count, factor, d,
           losses);
    if (value)
        launch(value_kernel, 1, BLOCK, losses, blocks, d, value);
}

template <typename T> struct l1_loss {
    const T *x, *y;
    T *dx;
    template <int N> __device__ float at(size_t i, float scale) const
    {
        float a[N], b[N], loss = 0;
        read<N>(x, i, a);
        read<N>(y, i, b);
        for (int k = 0; k < N; k++) {
            loss += fabsf(a[k] - b[k]);
            a[k] = a[k] > b[k] ? scale : a[k] < b[k] ? -scale : 0;
        }
        if (dx)
            write<N>(dx, i, a);
        return loss;
    }
};

void cuda_l1(enum dtype dtype, const void *x, const void *y, size_t count, float factor, void *dx,
             double *value)
{
    WITH_TYPE(dtype, const l1_loss<T> f = {(const T *)x, (const T *)y, (T *)dx};
              run<pack_size<T>()>(f, count, is_aligned(x) && is_aligned(y) && is_aligned(dx),
                                  factor, fixed((double)count), value));
}

template <typename T> struct gan_loss_of {
    enum gan_loss kind;
    float target;
    const T *x;
    T *dx;
    template <int N> __device__ float at(size_t i, float scale) const
    {
        float v[N], loss = 0;
        read<N>(x, i, v);
        for (int k = 0; k < N; k++) {
            const float d = v[k] - target;
            if (kind == GAN_LEAST_SQUARES) {
                loss += d * d;
                v[k] = scale * 2 * d;
            } else {
                // log(1 + e^x) - target x, without overflow
                loss += fmaxf(v[k], 0) + log1pf(expf(-fabsf(v[k]))) - target * v[k];
                v[k] = scale * (1 / (1 + expf(-v[k])) - target);
            }
        }
        if (dx)
            write<N>(dx, i, v);
        return loss;
    }
};

void cuda_gan(enum dtype dtype, enum gan_loss kind, const void *x, float target, size_t count,
              float factor, void *dx, double *value)
{
    WITH_TYPE(dtype, const gan_loss_of<T> f = {kind, target, (const T *)x, (T *)dx};
              run<pack_size<T>()>(f, count, is_aligned(x) && is_aligned(dx), factor,
                                  fixed((double)count), value));
}

__global__ void count_kernel(const uint8_t *target, size_t count, double *counts)
{
    double sum = 0;
    for (size_t i = grid_first(); i < count; i += grid_step())
        sum += target[i] != 255;
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        counts[blockIdx.x] = sum;
}

template <typename T> struct binary_loss {
    const uint8_t *target;
    const T *x;
    T *dx;
    template <int N> __device__ float at(size_t i, float scale) const
    {
        const pack<uint8_t, N> to = *reinterpret_cast<const pack<uint8_t, N> *>(target + i);
        float v[N], loss = 0;
        read<N>(x, i, v);
        for (int k = 0; k < N; k++) {
            const int counts = to.v[k] != 255;
            const float want = (float)to.v[k] / 254;
            const float e = expf(-fabsf(v[k])); // log(1 + e^x) - want x, without overflow
            loss += counts ? fmaxf(v[k], 0) + log1pf(e) - want * v[k] : 0;
            v[k] = counts ? scale * ((v[k] >= 0 ? 1 / (1 + e) : e / (1 + e)) - want) : 0;
        }
        if (dx)
            write<N>(dx, i, v);
        return loss;
    }
};

void cuda_binary_cross_entropy(enum dtype dtype, const void *x, const uint8_t *target, size_t count,
                               size_t divided, float factor, void *dx, double *value)
{
    divisor d = fixed((double)divided);
    if (divided == 0 && count > 0) {
        d.counts = cuda_device.sums;
        d.count = blocks_for(count);
        launch(count_kernel, d.count, BLOCK, target, count, cuda_device.sums);
    }
    WITH_TYPE(dtype, const binary_loss<T> f = {target, (const T *)x, (T *)dx};
              run<pack_size<T>()>(f, count, is_aligned(x) && is_aligned(target) && is_aligned(dx),
                                  factor, d, value));
}

template <typename T> struct smooth_loss {
    const float *target;
    float beta;
    const T *x;
    T *dx;
    template <int N> __device__ float at(size_t i, float scale) const
    {
        float v[N], want[N], loss = 0;
        read<N>(x, i, v);
        read<N>(target, i, want);
        for (int k = 0; k < N; k++) {
            const float d = isnan(want[k]) ? 0 : v[k] - want[k], size = fabsf(d);
            loss += size < beta ? 0.5f * d * d / beta : size - 0.5f * beta;
            v[k] = scale * (size < beta ? d / beta : d > 0 ? 1.0f : -1.0f);
        }
        if (dx)
            write<N>(dx, i, v);
        return loss;
    }
};

void cuda_smooth_l1(enum dtype dtype, const void *x, const float *target, float beta, size_t count,
                    size_t divided, float factor, void *dx, double *value)
{
    WITH_TYPE(dtype, const smooth_loss<T> f = {target, beta, (const T *)x, (T *)dx};
              run<pack_size<T>()>(f, count, is_aligned(x) && is_aligned(target) && is_aligned(dx),
                                  factor, fixed((double)divided), value));
}
