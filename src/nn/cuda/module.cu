// The module libswatch-cuda.so: the GPU's backend, and the symbol by which the library finds it.

#include "nn/cuda/cuda.h"

extern "C" {
#include "nn/device.h"
}

static int module_open(int device, int shared, const struct backend **backend, swatch_error *error)
{
    static struct backend cuda = {
        .name = "cuda",
        .host_weights = 0,
        .conv_doubles = NULL,
        .conv_share = NULL,
#define OP(name) .name = cuda_##name,
#include "nn/ops.def"
        .record_begin = cuda_record_begin,
        .record_end = cuda_record_end,
        .replay = cuda_replay,
        .recording_free = cuda_recording_free,
        .sums_id = NULL,
        .sums_open = NULL,
        .sum = NULL,
        .sums_wait = NULL,
        .sums_close = NULL,
    };
    if (cuda_open(device, error))
        return SWATCH_FAILED;
#ifdef CUDA_NCCL
    // NCCL needs a GPU for each rank.
    if (!shared) {
        cuda.sums_id = cuda_sums_id;
        cuda.sums_open = cuda_sums_open;
        cuda.sum = cuda_sum;
        cuda.sums_wait = cuda_sums_wait;
        cuda.sums_close = cuda_sums_close;
    }
#else
    (void)shared;
#endif
    *backend = &cuda;
    return SWATCH_OK;
}

extern "C" __attribute__((visibility("default"))) const struct device_module swatch_cuda_module = {
    .version = DEVICE_MODULE_VERSION,
    .count = cuda_count,
    .open = module_open,
};
