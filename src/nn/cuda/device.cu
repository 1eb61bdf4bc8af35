// The one GPU of this process: its stream, its memory, copies, recordings, and the first fault.
//
// Copies to the GPU go through a ring of pinned host memory. So the caller may reuse its buffer at
// once, and nobody waits for the copy unless the ring is full. `feed` uses the same ring, but a
// stream of its own, beside the work.
//
// Threads may share the GPU, as several sessions share a model. Locks protect what they share.

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern "C" {
#include "base/error.h"
}
#include "nn/cuda/kernel.h"

#define MAJOR_LEAST 8 // compute capability that the kernels are compiled for
#define SLOTS 16
#define SLOT_BYTES ((size_t)4 << 20)

struct recording {
    cudaGraphExec_t graph;
};

struct device cuda_device;

// For the ring, and for the fault, which may occur while the ring is locked.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, fault_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *memory;
    cudaEvent_t done[SLOTS];
    int used[SLOTS];
    unsigned next;
} ring;
static struct {
    cudaStream_t stream;
    cudaEvent_t done;
} feeding;
static int is_open;
static char fault[384];
static thread_local int entered, recording;

void cuda_enter(void)
{
    if (!entered)
        cuda_fault(cudaSetDevice(cuda_device.number), "the GPU cannot be used");
    entered = 1;
}

void cuda_fault_words(const char *what, const char *words)
{
    pthread_mutex_lock(&fault_lock);
    if (!fault[0])
        snprintf(fault, sizeof fault, "%s: %s", what, words);
    pthread_mutex_unlock(&fault_lock);
}

void cuda_fault(cudaError_t status, const char *what)
{
    if (status != cudaSuccess)
        cuda_fault_words(what, cudaGetErrorString(status));
}

// Waits for an event; NULL: for the stream. Sums over ranks never end if a rank is gone, so while
// they are open this polls and looks for their faults.
static cudaError_t wait_for(cudaEvent_t event)
{
    if (!cuda_device.look_at_sums)
        return event ? cudaEventSynchronize(event) : cudaStreamSynchronize(cuda_device.stream);
    cudaError_t status;
    while ((status = event ? cudaEventQuery(event) : cudaStreamQuery(cuda_device.stream)) ==
           cudaErrorNotReady) {
        if (cuda_device.look_at_sums)
            cuda_device.look_at_sums();
        sched_yield();
    }
    return status;
}

int cuda_check(swatch_error *error)
{
    char words[sizeof fault];
    cuda_enter();
    cuda_fault(wait_for(NULL), "the GPU's work failed");
    if (cuda_device.look_at_sums)
        cuda_device.look_at_sums();
    cudaGetLastError(); // clears a fault of a single call
    pthread_mutex_lock(&fault_lock);
    memcpy(words, fault, sizeof words);
    fault[0] = 0;
    pthread_mutex_unlock(&fault_lock);
    return words[0] ? error_set(error, SWATCH_FAILED, "CUDA: %s", words) : SWATCH_OK;
}

int cuda_count(void)
{
    int count = 0;
    if (cudaGetDeviceCount(&count) != cudaSuccess)
        count = 0;
    cudaGetLastError();
    return count;
}

static cudaError_t open_device(int number)
{
    int major = 0, processors = 0;
    cudaError_t status = cudaSetDevice(number);
    if (!status)
        status = cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, number);
    if (!status)
        status = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, number);
    if (!status && major < MAJOR_LEAST)
        status = cudaErrorNoKernelImageForDevice;
    if (!status && !cuda_device.stream)
        status = cudaStreamCreateWithFlags(&cuda_device.stream, cudaStreamNonBlocking);
    if (!status && !cuda_device.sums)
        status = cudaMalloc((void **)&cuda_device.sums, SUMS * sizeof *cuda_device.sums);
    if (!status && !ring.memory)
        status = cudaMallocHost((void **)&ring.memory, SLOTS * SLOT_BYTES);
    if (!status && !feeding.stream)
        status = cudaStreamCreateWithFlags(&feeding.stream, cudaStreamNonBlocking);
    if (!status && !feeding.done)
        status = cudaEventCreateWithFlags(&feeding.done, cudaEventDisableTiming);
    for (unsigned i = 0; i < SLOTS && !status; i++)
        if (!ring.done[i])
            status = cudaEventCreateWithFlags(&ring.done[i], cudaEventDisableTiming);
    cuda_device.number = number;
    cuda_device.processors = processors;
    return status;
}

int cuda_open(int number, swatch_error *error)
{
    if (is_open && number == cuda_device.number)
        return SWATCH_OK;
    if (is_open)
        return error_set(error, SWATCH_FAILED, "this process works on GPU %d already",
                         cuda_device.number);
    const cudaError_t status = open_device(number);
    if (status)
        return error_set(error, SWATCH_FAILED, "GPU %d cannot be used: %s", number,
                         cudaGetErrorString(status));
    is_open = 1;
    return SWATCH_OK;
}

int cuda_has_fast_bf16(void)
{
    return 1; // open_device refuses older GPUs
}

int cuda_alloc(size_t bytes, void **memory, swatch_error *error)
{
    cuda_enter();
    *memory = NULL;
    const cudaError_t status = cudaMalloc(memory, bytes ? bytes : 1);
    if (!status)
        return SWATCH_OK;
    cudaGetLastError();
    return error_set(error, SWATCH_FAILED, "the GPU gives no %zu MB: %s", bytes >> 20,
                     cudaGetErrorString(status));
}

void cuda_release(void *memory)
{
    cuda_enter();
    cuda_fault(cudaFree(memory), "memory cannot be released");
}

void cuda_copy(void *to, const void *from, size_t bytes)
{
    cuda_enter();
    cuda_fault(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, cuda_device.stream),
               "a copy cannot be queued");
}

void cuda_zero(void *to, size_t bytes)
{
    cuda_enter();
    cuda_fault(cudaMemsetAsync(to, 0, bytes, cuda_device.stream), "zeros cannot be queued");
}

// Queues a copy to the GPU of at most SLOT_BYTES bytes, which `fill` writes into a slot of the
// ring.
template <typename F> static void send(cudaStream_t stream, char *to, size_t bytes, const F &fill)
{
    cuda_enter();
    if (recording) {
        cuda_fault_words("host memory was written within a recording", "a replay would not see it");
        return;
    }
    pthread_mutex_lock(&lock);
    const unsigned slot = ring.next++ % SLOTS;
    char *memory = ring.memory + slot * SLOT_BYTES;
    cudaError_t status = ring.used[slot] ? wait_for(ring.done[slot]) : cudaSuccess;
    fill(memory);
    if (!status)
        status = cudaMemcpyAsync(to, memory, bytes, cudaMemcpyHostToDevice, stream);
    if (!status)
        status = cudaEventRecord(ring.done[slot], stream);
    ring.used[slot] = 1;
    pthread_mutex_unlock(&lock);
    cuda_fault(status, "a copy to the GPU cannot be queued");
}

static void send_bytes(cudaStream_t stream, void *to, const void *from, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += SLOT_BYTES) {
        const size_t piece = lesser(SLOT_BYTES, bytes - at);
        send(stream, (char *)to + at, piece,
             [&](char *memory) { memcpy(memory, (const char *)from + at, piece); });
    }
}

static void send_bf16(cudaStream_t stream, void *to, const float *from, size_t count)
{
    const size_t most = SLOT_BYTES / sizeof(uint16_t);
    for (size_t at = 0; at < count; at += most) {
        const size_t piece = lesser(most, count - at);
        send(stream, (char *)to + at * 2, piece * 2, [&](char *memory) {
            for (size_t i = 0; i < piece; i++)
                ((uint16_t *)memory)[i] = bf16_from_f32(from[at + i]);
        });
    }
}

void cuda_write(void *to, const void *from, size_t bytes)
{
    send_bytes(cuda_device.stream, to, from, bytes);
}

void cuda_read(void *to, const void *from, size_t bytes)
{
    cuda_enter();
    cuda_fault(wait_for(NULL), "the GPU's work failed"); // else the copy would wait, unwatched
    cuda_fault(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, cuda_device.stream),
               "a copy from the GPU cannot be queued");
    cuda_fault(cudaStreamSynchronize(cuda_device.stream), "the GPU's work failed");
}

void cuda_upload(enum dtype dtype, const float *from, void *to, size_t count)
{
    if (dtype == DTYPE_F32)
        cuda_write(to, from, count * sizeof *from);
    else
        send_bf16(cuda_device.stream, to, from, count);
}

void cuda_download(enum dtype dtype, const void *from, float *to, size_t count)
{
    if (dtype == DTYPE_F32) {
        cuda_read(to, from, count * sizeof *to);
        return;
    }
    // bf16 numbers go into the upper half of `to` and are widened from there, first to last.
    char *half = (char *)to + count * sizeof(uint16_t);
    cuda_read(half, from, count * sizeof(uint16_t));
    for (size_t i = 0; i < count; i++) {
        uint16_t bits;
        memcpy(&bits, half + i * sizeof bits, sizeof bits);
        to[i] = bf16_to_f32(bits);
    }
}

void cuda_feed(enum dtype dtype, const void *from, void *to, size_t count)
{
    if (dtype == DTYPE_BF16)
        send_bf16(feeding.stream, to, (const float *)from, count);
    else
        send_bytes(feeding.stream, to, from, count * dtype_size(dtype));
}

void cuda_feed_wait(void)
{
    cuda_enter();
    cuda_fault(cudaEventRecord(feeding.done, feeding.stream), "what is fed cannot be waited for");
    cuda_fault(cudaStreamWaitEvent(cuda_device.stream, feeding.done, 0),
               "what is fed cannot be waited for");
}

// ---- Recordings --------------------------------------------------------------------------------

int cuda_record_begin(swatch_error *error)
{
    cuda_enter();
    const cudaError_t status =
        cudaStreamBeginCapture(cuda_device.stream, cudaStreamCaptureModeRelaxed);
    if (status)
        return error_set(error, SWATCH_FAILED, "CUDA: no recording can begin: %s",
                         cudaGetErrorString(status));
    recording = 1;
    return SWATCH_OK;
}

int cuda_record_end(struct recording **out, swatch_error *error)
{
    cudaGraph_t graph = NULL;
    struct recording *r = (struct recording *)calloc(1, sizeof *r);
    recording = 0;
    *out = NULL;
    cudaError_t status = cudaStreamEndCapture(cuda_device.stream, &graph);
    if (!status && r)
        status = cudaGraphInstantiate(&r->graph, graph, 0);
    if (graph)
        cudaGraphDestroy(graph);
    if (r && !status) {
        *out = r;
        return SWATCH_OK;
    }
    free(r);
    cudaGetLastError();
    return status ? error_set(error, SWATCH_FAILED, "CUDA: the recording failed: %s",
                              cudaGetErrorString(status))
                  : error_memory(error);
}

void cuda_replay(struct recording *r)
{
    cuda_enter();
    cuda_fault(cudaGraphLaunch(r->graph, cuda_device.stream), "a recording cannot be replayed");
}

void cuda_recording_free(struct recording *r)
{
    if (r)
        cuda_fault(cudaGraphExecDestroy(r->graph), "a recording cannot be freed");
    free(r);
}
