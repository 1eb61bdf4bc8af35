// The one GPU of this process, and how its faults are kept: device.cu.
#ifndef NN_CUDA_DEVICE_H
#define NN_CUDA_DEVICE_H

#include <cuda_runtime.h>

#include "nn/cuda/cuda.h"

struct device {
    int number, processors;
    cudaStream_t stream;
    double *sums; // SUMS of them, for the partial sums of one call
    // While sums over ranks are open: keeps a fault of theirs, and ends what would wait for ever.
    void (*look_at_sums)(void);
};
#define SUMS 65536

extern struct device cuda_device;

// Makes the device the calling thread's.
void cuda_enter(void);
// Keeps the first fault for check(); `what` outlives the call.
void cuda_fault(cudaError_t status, const char *what);
void cuda_fault_words(const char *what, const char *words);

#endif
