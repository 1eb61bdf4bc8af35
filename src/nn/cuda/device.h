// The one GPU of this process, and its faults (device.cu).
#ifndef NN_CUDA_DEVICE_H
#define NN_CUDA_DEVICE_H

#include <cuda_runtime.h>

#include "nn/cuda/cuda.h"

struct device {
    int number, processors;
    cudaStream_t stream;
    double *sums; // (SUMS), room for the partial sums of one call
    // While sums over ranks are open: looks for a fault of NCCL, keeps it and ends the sums, so
    // that nobody waits for them forever. Else NULL.
    void (*look_at_sums)(void);
};
#define SUMS 65536

extern struct device cuda_device;

// Makes the GPU the calling thread's. Every call of CUDA needs this before.
void cuda_enter(void);
// Keeps a fault for cuda_check, which reports the first one. `what` says what failed. A status of 0
// is no fault.
void cuda_fault(cudaError_t status, const char *what);
void cuda_fault_words(const char *what, const char *words);

#endif
