// Opens devices by name, without a GPU's module: there is none beside the tests.

#include "nn/device.h"
#include "test.h"

static void check_wrong(const char *name, int status, const char *message)
{
    const struct backend *backend;
    swatch_error error = {0};
    CHECK(device_open(name, NULL, &backend, &error) == status);
    CHECK((int)error.status == status);
    if (strncmp(error.message, message, strlen(message)) != 0)
        CHECK_STRING(error.message, message);
}

int main(void)
{
    static const char *const cpus[] = {"cpu", "auto", NULL};
    for (size_t i = 0; i < 3; i++) {
        const struct backend *backend = NULL;
        swatch_error error = {0};
        CHECK(device_open(cpus[i], NULL, &backend, &error) == SWATCH_OK);
        CHECK(backend == backend_cpu());
        CHECK_STRING(error.message, "");
    }
    check_wrong("gpu", SWATCH_USAGE, "gpu: a device is auto, cpu, cuda or cuda:N");
    check_wrong("cuda:", SWATCH_USAGE, "cuda:: a device is");
    check_wrong("cuda:-1", SWATCH_USAGE, "cuda:-1: a device is");
    check_wrong("cuda:1x", SWATCH_USAGE, "cuda:1x: a device is");
    check_wrong("", SWATCH_USAGE, ": a device is");
    check_wrong("cuda", SWATCH_FAILED,
                "a GPU needs the module libswatch-cuda.so (make cuda builds it), which cannot");
    check_wrong("cuda:7", SWATCH_FAILED,
                "a GPU needs the module libswatch-cuda.so (make cuda builds it), which cannot");
    return test_end();
}
