// The emulated device: coroutines for the threads of a block, and what runtime calls there are.

#include <cstdio>
#include <cstdlib>
#include <ucontext.h>
#include <vector>

#include "emulator.h"
#include <cuda_runtime.h>

// AddressSanitizer is told of every change of stack: before a switch and after it.
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define LEAVE(stack, size) __sanitizer_start_switch_fiber(NULL, stack, size)
#define ARRIVE(stack, size) __sanitizer_finish_switch_fiber(NULL, stack, size)
// Since gcc 13 variables lie on a second stack, which ends with the first switch away from it.
extern "C" __attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_stack_use_after_return=0";
}
#else
#define LEAVE(stack, size) (void)(stack), (void)(size)
#define ARRIVE(stack, size) (void)(stack), (void)(size)
#endif

#define THREADS 1024
#define WARP 32
#define STACK ((size_t)64 << 10)

dim3 threadIdx, blockIdx, blockDim, gridDim;
int emulated_descending;
unsigned long emulated_launches;

// GCC's own jumps: those of the C library cost a system call each under AddressSanitizer.
typedef void *place[5];
#define JUMPS __attribute__((noipa, no_sanitize_address)) // callers must expect all to change

enum state { READY, AT_BARRIER, AT_SHUFFLE, DONE };

struct fiber {
    place at;
    char *stack;
    int started;
    enum state state;
    uint32_t given[2]; // to the shuffle, and to the one before
    unsigned shuffles;
};

static fiber fibers[THREADS];
static unsigned current, threads;
static place scheduler;
static const std::function<void()> *body;
static const void *main_stack;
static size_t main_size;

static void fail(const char *what)
{
    fprintf(stderr, "emulated CUDA: %s\n", what);
    abort();
}

// Apart, since a function must not hold both halves of a jump.
JUMPS static void jump(place to)
{
    __builtin_longjmp(to, 1);
}

JUMPS static void fiber_leave(enum state state)
{
    fiber *f = &fibers[current];
    f->state = state;
    if (__builtin_setjmp(f->at) == 0) {
        LEAVE(main_stack, main_size);
        jump(scheduler);
    }
    ARRIVE((const void **)NULL, (size_t *)NULL);
}

// A fiber works for block after block.
static void fiber_main(void)
{
    ARRIVE(&main_stack, &main_size);
    for (;;) {
        (*body)();
        fiber_leave(DONE);
    }
}

// The first switch to a fiber; later ones are jumps, which cost no system call.
static void fiber_start(fiber *f)
{
    static ucontext_t start;
    if (getcontext(&start) != 0)
        fail("no context");
    f->started = 1;
    start.uc_stack.ss_sp = f->stack;
    start.uc_stack.ss_size = STACK;
    makecontext(&start, fiber_main, 0);
    setcontext(&start);
}

JUMPS static void fiber_run(unsigned t)
{
    fiber *f = &fibers[t];
    current = t;
    threadIdx = dim3(t % blockDim.x, t / blockDim.x % blockDim.y, t / blockDim.x / blockDim.y);
    if (__builtin_setjmp(scheduler) == 0) {
        LEAVE(f->stack, STACK);
        if (f->started)
            jump(f->at);
        fiber_start(f);
    }
    ARRIVE((const void **)NULL, (size_t *)NULL);
}

void __syncthreads(void)
{
    fiber_leave(AT_BARRIER);
}

uint32_t emulated_shuffle(uint32_t bits, unsigned mask)
{
    fiber *me = &fibers[current];
    const unsigned side = me->shuffles++ % 2, other = current ^ mask;
    me->given[side] = bits;
    fiber_leave(AT_SHUFFLE);
    if (other >= threads)
        fail("a shuffle with a thread that is not there");
    return fibers[other].given[side];
}

// Lets warps go on whose threads have all come to the shuffle; 1 if there was one.
static int release_warps(void)
{
    int any = 0;
    for (unsigned first = 0; first < threads; first += WARP) {
        const unsigned end = first + WARP < threads ? first + WARP : threads;
        unsigned waiting = 0;
        for (unsigned t = first; t < end; t++)
            waiting += fibers[t].state == AT_SHUFFLE;
        for (unsigned t = first; t < end && waiting == end - first; t++)
            fibers[t].state = READY;
        any |= waiting == end - first;
    }
    return any;
}

static void run_block(void)
{
    for (unsigned t = 0; t < threads; t++) {
        if (!fibers[t].stack && !(fibers[t].stack = (char *)malloc(STACK)))
            fail("no memory");
        fibers[t].state = READY;
        fibers[t].shuffles = 0;
    }
    for (;;) {
        unsigned done = 0, waiting = 0;
        for (unsigned i = 0; i < threads; i++) {
            const unsigned t = emulated_descending ? threads - 1 - i : i;
            if (fibers[t].state == READY)
                fiber_run(t);
        }
        for (unsigned t = 0; t < threads; t++) {
            done += fibers[t].state == DONE;
            waiting += fibers[t].state == AT_BARRIER;
        }
        if (done == threads)
            return;
        if (release_warps())
            continue;
        if (waiting < threads)
            fail("threads wait for some that never come");
        for (unsigned t = 0; t < threads; t++)
            fibers[t].state = READY;
    }
}

static void run_grid(dim3 grid, dim3 block, const std::function<void()> &thread)
{
    body = &thread;
    gridDim = grid;
    blockDim = block;
    threads = block.x * block.y * block.z;
    for (blockIdx.z = 0; blockIdx.z < grid.z; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < grid.y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < grid.x; blockIdx.x++)
                run_block();
}

// ---- The runtime -------------------------------------------------------------------------------

struct emulated_graph {
    std::vector<std::function<void()>> work;
};

static emulated_graph *capturing;

void emulated_queue(const std::function<void()> &work)
{
    if (capturing)
        capturing->work.push_back(work);
    else
        work();
}

cudaError_t emulated_launch(dim3 grid, dim3 block, const std::function<void()> &thread)
{
    const size_t size = (size_t)block.x * block.y * block.z;
    if (size == 0 || size > THREADS || block.z > 64 || grid.x == 0 || grid.x > 0x7fffffff ||
        grid.y == 0 || grid.y > 65535 || grid.z == 0 || grid.z > 65535)
        return cudaErrorUnknown;
    emulated_launches++;
    emulated_queue([=] { run_grid(grid, block, thread); });
    return cudaSuccess;
}

const char *cudaGetErrorString(cudaError_t status)
{
    return status ? "an emulated fault" : "no fault";
}

cudaError_t cudaGetLastError(void)
{
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = 2;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int)
{
    return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, int attribute, int)
{
    *value = attribute == cudaDevAttrComputeCapabilityMajor ? 8 : 1;
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    if (posix_memalign(memory, 256, bytes))
        return cudaErrorUnknown;
    memset(*memory, 0xff, bytes);
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    return cudaMallocHost(memory, bytes);
}

cudaError_t cudaFree(void *memory)
{
    free(memory);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, int, cudaStream_t)
{
    emulated_queue([=] { memcpy(to, from, bytes); });
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t)
{
    emulated_queue([=] { memset(to, value, bytes); });
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    static char some;
    *stream = (cudaStream_t)&some;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t)
{
    return capturing ? cudaErrorUnknown : cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    static char some;
    *event = (cudaEvent_t)&some;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t)
{
    return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t)
{
    return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned)
{
    return capturing ? cudaErrorUnknown : cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t)
{
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t)
{
    return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t, int)
{
    if (capturing)
        return cudaErrorUnknown;
    capturing = new emulated_graph;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t *graph)
{
    *graph = capturing;
    capturing = NULL;
    return *graph ? cudaSuccess : cudaErrorUnknown;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned)
{
    *exec = new emulated_graph(*graph);
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t)
{
    for (const std::function<void()> &work : exec->work)
        emulated_queue(work);
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    delete exec;
    return cudaSuccess;
}
