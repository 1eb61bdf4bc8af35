// The device that a network runs on, by name. A GPU's backend is the module libswatch-cuda.so,
// which is loaded only where it is asked for.
#ifndef NN_DEVICE_H
#define NN_DEVICE_H

#include "nn/backend.h"

// name: "cpu"; "cuda" or "cuda:N", the first or the N-th NVIDIA GPU, from 0; "auto" or NULL, the
// first GPU where there is one and the module for it, else the CPU. A process uses one GPU; the
// same one may be opened again. *backend is there for good.
int device_open(const char *name, const struct backend **backend, swatch_error *error);

// What a module exports under the name swatch_cuda_module.
#define DEVICE_MODULE_VERSION 1
struct device_module {
    unsigned version;
    int (*count)(void); // of GPUs; 0 also where there is no driver
    // An error for another GPU than before.
    int (*open)(int device, const struct backend **backend, swatch_error *error);
};

#endif
