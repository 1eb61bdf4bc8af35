// What the kernels of this folder share: launches, reading and writing activations, sums over a
// block. Except for CUDA's keywords and a few of its built-in names the files are plain C++, so
// that the tests can compile them for the CPU (tests/nn/cuda_emulated).
//
// A kernel is a template over T, the type of the activations, and N, how many of them a thread
// takes at once: a pack of 16 bytes if all pointers and strides are aligned, else one.
#ifndef NN_CUDA_KERNEL_H
#define NN_CUDA_KERNEL_H

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include "nn/cuda/device.h"

#define ON_DEVICE __device__
#include "nn/activation.h"

#define BLOCK 256 // threads of a block
#define WARP 32

// ---- Launches -----------------------------------------------------------------------------------

template <typename... P, typename... A>
static inline void launch(void (*kernel)(P...), dim3 grid, dim3 block, A... arguments)
{
    cudaLaunchConfig_t config = {};
    config.gridDim = grid;
    config.blockDim = block;
    config.stream = cuda_device.stream;
    cuda_enter();
    cuda_fault(cudaLaunchKernelEx(&config, kernel, arguments...), "a kernel cannot be launched");
}

static inline size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static inline size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

// The grid for a loop over `items` that strides by the grid: one thread an item, and no more blocks
// than fill the GPU.
static inline dim3 grid_for(size_t items)
{
    const size_t most = (size_t)cuda_device.processors * 16;
    return dim3((unsigned)lesser(divide_up(items, BLOCK), most), 1, 1);
}

// ---- Numbers -----------------------------------------------------------------------------------

typedef uint16_t bf16;

template <typename T> constexpr int pack_size()
{
    return 16 / (int)sizeof(T);
}

// N numbers that are read and written together, in 16 bytes at a time.
template <typename T, int N> struct alignas(sizeof(T) * N < 16 ? sizeof(T) * N : 16) pack {
    T v[N];
};

static inline int is_aligned(const void *p)
{
    return ((uintptr_t)p & 15) == 0;
}

__device__ static inline float to_f32(float x)
{
    return x;
}

__device__ static inline float to_f32(bf16 x)
{
    return __uint_as_float((unsigned)x << 16);
}

template <typename T> __device__ static inline T from_f32(float x);

template <> __device__ inline float from_f32<float>(float x)
{
    return x;
}

template <> __device__ inline bf16 from_f32<bf16>(float x)
{
    return __bfloat16_as_ushort(__float2bfloat16_rn(x));
}

template <int N, typename T> __device__ static inline void read(const T *p, size_t i, float *out)
{
    const pack<T, N> in = *reinterpret_cast<const pack<T, N> *>(p + i);
#pragma unroll
    for (int k = 0; k < N; k++)
        out[k] = to_f32(in.v[k]);
}

template <int N, typename T> __device__ static inline void write(T *p, size_t i, const float *in)
{
    pack<T, N> out;
#pragma unroll
    for (int k = 0; k < N; k++)
        out.v[k] = from_f32<T>(in[k]);
    *reinterpret_cast<pack<T, N> *>(p + i) = out;
}

// The first item of a thread in a loop over the whole grid, and the step to its next one.
__device__ static inline size_t grid_first(void)
{
    return blockIdx.x * (size_t)blockDim.x + threadIdx.x;
}

__device__ static inline size_t grid_step(void)
{
    return gridDim.x * (size_t)blockDim.x;
}

// Returns the sum over the BLOCK threads of a block, in a fixed order, to all of them.
__device__ static inline double block_sum(double mine)
{
    __shared__ double sums[BLOCK];
    __syncthreads(); // until all have read the result of the last call
    sums[threadIdx.x] = mine;
    for (unsigned half = BLOCK / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
    }
    __syncthreads();
    return sums[0];
}

// Returns the sum of `count` numbers to all threads of a block.
__device__ static inline double sum_of(const double *numbers, unsigned count)
{
    double sum = 0;
    for (unsigned i = threadIdx.x; i < count; i += BLOCK)
        sum += numbers[i];
    return block_sum(sum);
}

// ---- A loop over whole buffers -----------------------------------------------------------------

// Calls f.at<N>(i) for numbers i .. i + N - 1: the first `whole` numbers in packs, the rest one by
// one.
template <int N, typename F> __global__ void map_kernel(F f, size_t whole, size_t count)
{
    for (size_t i = grid_first(); i < whole / N; i += grid_step())
        f.template at<N>(i * N);
    for (size_t i = whole + grid_first(); i < count; i += grid_step())
        f.template at<1>(i);
}

// aligned: 1 if all pointers of f are.
template <int N, typename F> static inline void map(const F &f, size_t count, int aligned)
{
    const size_t whole = aligned ? count / N * N : 0;
    const size_t items = aligned ? divide_up(count, N) : count;
    if (count > 0)
        launch(map_kernel<N, F>, grid_for(items), BLOCK, f, whole, count);
}

// Runs statements with T, the type of the activations.
#define WITH_TYPE(dtype, ...)                                                                      \
    do {                                                                                           \
        if ((dtype) == DTYPE_BF16) {                                                               \
            typedef bf16 T;                                                                        \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            typedef float T;                                                                       \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

// Runs statements with T and N, which is a pack if `aligned`, else 1.
#define WITH_PACKS(dtype, aligned, ...)                                                            \
    WITH_TYPE(                                                                                     \
        dtype,                                                                                     \
        if (aligned) {                                                                             \
            constexpr int N = pack_size<T>();                                                      \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            constexpr int N = 1;                                                                   \
            __VA_ARGS__;                                                                           \
        })

// 1 if the rows of x can be read in packs.
template <typename T> static inline int rows_aligned(const void *x, size_t channels)
{
    return is_aligned(x) && channels % pack_size<T>() == 0;
}

#endif
