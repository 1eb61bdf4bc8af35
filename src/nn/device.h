// The device that a network runs on, by name. A GPU's backend is the module libswatch-cuda.so,
// which is loaded only where it is asked for.
#ifndef NN_DEVICE_H
#define NN_DEVICE_H

#include "base/ranks.h"
#include "nn/backend.h"

// name: "cpu"; "cuda", the first NVIDIA GPU, or among `ranks` (NULL: this process alone) the one
// that a rank's number on its machine falls to, round the machine's GPUs; "cuda:N", the N-th, from
// 0; "auto" or NULL, as "cuda" where there is a GPU and the module for it, else the CPU. A process
// uses one GPU; the same one may be opened again. *backend is there for good.
int device_open(const char *name, const struct ranks *ranks, const struct backend **backend,
                swatch_error *error);

// What a module exports under the name swatch_cuda_module.
#define DEVICE_MODULE_VERSION 3
struct device_module {
    unsigned version;
    int (*count)(void); // of GPUs; 0 also where there is no driver
    // An error for another GPU than before. shared: other ranks use it, too.
    int (*open)(int device, int shared, const struct backend **backend, swatch_error *error);
};

#endif
