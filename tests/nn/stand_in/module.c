// Modules of GPUs and of ranks without hardware, for tests of which rank gets which GPU. The
// environment says that the machine has GPUS GPUs and that the process is rank RANK of RANKS on it.
// A device's name says how it was opened.

#include <stdio.h>
#include <stdlib.h>

#include "base/ranks.h"
#include "nn/device.h"

static int number(const char *name)
{
    const char *text = getenv(name);
    return text ? (int)strtol(text, NULL, 10) : 0;
}

static int gpu_count(void)
{
    return number("GPUS");
}

static int gpu_open(int device, int shared, const struct backend **backend, swatch_error *error)
{
    static char name[64];
    static struct backend opened = {.name = name};
    (void)error;
    snprintf(name, sizeof name, "GPU %d%s", device, shared ? ", shared" : "");
    *backend = &opened;
    return SWATCH_OK;
}

static int ranks_begin(struct ranks_place *place)
{
    *place = (struct ranks_place){.rank = number("RANK"),
                                  .count = number("RANKS"),
                                  .host_rank = number("RANK"),
                                  .on_host = number("RANKS"),
                                  .cores = 1};
    return 0;
}

static int ranks_finish(void)
{
    return 0;
}

#define EXPORTED __attribute__((visibility("default")))
EXPORTED const struct device_module swatch_cuda_module = {
    .version = DEVICE_MODULE_VERSION, .count = gpu_count, .open = gpu_open};
EXPORTED const struct ranks_module swatch_ranks_module = {
    .version = RANKS_MODULE_VERSION, .open = ranks_begin, .close = ranks_finish};
