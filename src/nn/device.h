// Finds the device that a network runs on by its name. The backend for GPUs is the module
// libswatch-cuda.so, which is loaded on first use.
#ifndef NN_DEVICE_H
#define NN_DEVICE_H

#include "base/ranks.h"
#include "nn/backend.h"

// Opens a device. Names:
//   "cpu"
//   "cuda"    the first NVIDIA GPU. Among `ranks` (NULL: one process) the ranks of a machine take
//             its GPUs in turn.
//   "cuda:N"  GPU number N, from 0
//   "auto"    or NULL: as "cuda" where there is a GPU and the module for it, else the CPU
// A process uses one GPU and may open it again. *backend is never freed. Another name is
// SWATCH_USAGE.
int device_open(const char *name, const struct ranks *ranks, const struct backend **backend,
                swatch_error *error);

// What the module exports as `swatch_cuda_module`. The version counts changes of struct backend and
// of this struct.
#define DEVICE_MODULE_VERSION 4
struct device_module {
    unsigned version;
    int (*count)(void); // number of GPUs; 0 without a driver
    // Opening a second GPU is an error. shared: 1 if other ranks use this GPU, too.
    int (*open)(int device, int shared, const struct backend **backend, swatch_error *error);
};

#endif
