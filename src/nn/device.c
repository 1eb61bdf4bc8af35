// Loads the module for GPUs and chooses among them.

#include "nn/device.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/module.h"

#define MODULE "libswatch-cuda.so"

static int load(const struct device_module **module, swatch_error *error)
{
    const void *table;
    swatch_error inner;
    if (module_load(MODULE, "swatch_cuda_module", 0, &table, &inner))
        return error_set(error, SWATCH_FAILED,
                         "a GPU needs the module " MODULE " (make cuda builds it), which cannot be "
                         "loaded: %s",
                         inner.message);
    *module = table;
    if ((*module)->version != DEVICE_MODULE_VERSION)
        return error_set(error, SWATCH_FAILED, MODULE ": not this version's module");
    return SWATCH_OK;
}

int device_open(const char *name, const struct ranks *ranks, const struct backend **backend,
                swatch_error *error)
{
    const struct device_module *module;
    const int any = !name || strcmp(name, "auto") == 0;
    int number = 0, end = 0;
    *backend = backend_cpu();
    if (!any && strcmp(name, "cpu") == 0)
        return SWATCH_OK;
    if (!any && strcmp(name, "cuda") != 0 &&
        (sscanf(name, "cuda:%4d%n", &number, &end) != 1 || name[end] || number < 0))
        return error_set(error, SWATCH_USAGE, "%.40s: a device is auto, cpu, cuda or cuda:N", name);
    if (load(&module, any ? NULL : error))
        return any ? SWATCH_OK : SWATCH_FAILED;
    const int count = module->count();
    if (count == 0)
        return any ? SWATCH_OK
                   : error_set(error, SWATCH_FAILED,
                               "%s: no NVIDIA GPU is to be found on this machine, or no driver "
                               "for it",
                               name);
    if (number >= count)
        return error_set(error, SWATCH_FAILED, "%s: there is no such GPU; the last is cuda:%d",
                         name, count - 1);
    if (!end)
        number = (int)(ranks_host_number(ranks) % (size_t)count);
    // All ranks of a machine get the same name, so with "cuda:N" they share one GPU.
    const size_t alone = end ? 1 : (size_t)count;
    return module->open(number, ranks_host_count(ranks) > alone, backend, error);
}
