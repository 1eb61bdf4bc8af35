// Checks which GPU a rank gets and whether it learns that others use it, too. stand_in/module.c
// replaces the modules of GPUs and ranks.

#include <stdlib.h>

#include "nn/device.h"
#include "test.h"

static void check_opens(const char *name, const char *gpus, const char *rank, const char *count,
                        const char *wanted)
{
    const struct backend *backend = NULL;
    struct ranks *ranks = NULL;
    swatch_error error = {0};
    setenv("GPUS", gpus, 1);
    setenv("RANK", rank, 1);
    setenv("RANKS", count, 1);
    setenv("OMPI_COMM_WORLD_SIZE", count, 1);
    CHECK(ranks_open(&ranks, &error) == SWATCH_OK);
    CHECK((ranks != NULL) == (strcmp(count, "1") != 0));
    CHECK(device_open(name, ranks, &backend, &error) == SWATCH_OK);
    CHECK_STRING(error.message, "");
    CHECK_STRING(backend ? backend->name : "", wanted);
    ranks_close(ranks, 0);
}

int main(void)
{
    const struct backend *backend;
    swatch_error error;
    check_opens("cuda", "2", "0", "1", "GPU 0");
    check_opens("cuda:1", "2", "0", "1", "GPU 1");
    check_opens("cuda", "2", "1", "2", "GPU 1");
    check_opens("auto", "2", "1", "2", "GPU 1");
    check_opens("cuda", "2", "2", "3", "GPU 0, shared");
    check_opens("cuda", "1", "1", "2", "GPU 0, shared");
    // All ranks are told the same name, however many GPUs there are.
    check_opens("cuda:1", "4", "0", "2", "GPU 1, shared");
    check_opens("cuda:0", "4", "1", "2", "GPU 0, shared");
    CHECK(device_open("cuda:4", NULL, &backend, &error) == SWATCH_FAILED);
    CHECK_STRING(error.message, "cuda:4: there is no such GPU; the last is cuda:3");
    setenv("GPUS", "0", 1);
    CHECK(device_open("cuda", NULL, &backend, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "no NVIDIA GPU is to be found"));
    CHECK(device_open("auto", NULL, &backend, &error) == SWATCH_OK && backend == backend_cpu());
    return test_end();
}
