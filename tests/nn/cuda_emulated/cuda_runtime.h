// Replaces CUDA's header of the same name, so that src/nn/cuda/*.cu compile as C++ and run on the
// CPU: a test of the kernels without a GPU.
//
// The threads of a block are coroutines (emulator.cpp). __syncthreads and shuffles really wait, and
// a thread that never reaches one is reported. Blocks run one after the other. Device memory is a
// heap block of exactly the size asked for, filled with NaN: AddressSanitizer finds overruns, and
// values that were never written make results NaN. Streams are synchronous; recordings are kept and
// replayed.
#ifndef TESTS_NN_CUDA_EMULATED_CUDA_RUNTIME_H
#define TESTS_NN_CUDA_EMULATED_CUDA_RUNTIME_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>

// ---- The language ------------------------------------------------------------------------------

#define __global__
#define __device__
#define __shared__ static

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_)
    {
    }
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

void __syncthreads(void);
// Returns the bits given by the thread whose lane differs by `mask`.
uint32_t emulated_shuffle(uint32_t bits, unsigned mask);

static inline float __uint_as_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float __shfl_xor_sync(unsigned, float x, unsigned mask)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return __uint_as_float(emulated_shuffle(bits, mask));
}

static inline float __fadd_rn(float a, float b)
{
    return a + b;
}
static inline float __fsub_rn(float a, float b)
{
    return a - b;
}
static inline float __fmul_rn(float a, float b)
{
    return a * b;
}
static inline unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}
using std::isfinite;
using std::isnan;

// ---- The runtime -------------------------------------------------------------------------------

typedef int cudaError_t;
typedef struct emulated_stream *cudaStream_t;
typedef struct emulated_event *cudaEvent_t;
typedef struct emulated_graph *cudaGraph_t, *cudaGraphExec_t;

enum { cudaSuccess, cudaErrorUnknown, cudaErrorNoKernelImageForDevice, cudaErrorNotReady };
enum { cudaStreamNonBlocking, cudaEventDisableTiming, cudaStreamCaptureModeRelaxed };
enum { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaDevAttrComputeCapabilityMajor, cudaDevAttrMultiProcessorCount };

const char *cudaGetErrorString(cudaError_t status);
cudaError_t cudaGetLastError(void);
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceGetAttribute(int *value, int attribute, int device);
cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaMallocHost(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, cudaStream_t);
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, int mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned flags);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec);

struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    cudaStream_t stream;
};

// Does the work, or within a recording keeps it.
void emulated_queue(const std::function<void()> &work);
cudaError_t emulated_launch(dim3 grid, dim3 block, const std::function<void()> &thread);

template <typename... P, typename... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(P...),
                               A... arguments)
{
    const std::tuple<P...> kept(static_cast<P>(arguments)...);
    static_assert(sizeof kept <= 4096, "a launch's parameters");
    return emulated_launch(config->gridDim, config->blockDim, [=] { std::apply(kernel, kept); });
}

#endif
