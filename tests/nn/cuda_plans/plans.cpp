// Checks that cuDNN has a plan for each convolution of our networks on various cards, without the
// cards: cuDNN can make plans for a device that is only described. dense.cu is compiled unchanged,
// except that its plans and heuristics get this description in place of a handle.
//
// Engines that the GPU's driver compiles at run time are not available without a driver. A plan for
// every convolution must be found without them.

#include <map>
#include <string>

#include <cudnn.h>

#include "test.h"

static cudnnBackendDescriptor_t described;                                     // the device
static std::map<cudnnBackendDescriptor_t, cudnnBackendDescriptorType_t> types; // of those there are

// cuDNN keeps memory for good; that we leave it nothing is checked below.
extern "C" const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static cudnnStatus_t described_make(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *d)
{
    const cudnnStatus_t status = cudnnBackendCreateDescriptor(type, d);
    types[*d] = type;
    return status;
}

static cudnnStatus_t described_set(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name,
                                   cudnnBackendAttributeType_t type, int64_t count,
                                   const void *values)
{
    return type == CUDNN_TYPE_HANDLE ? CUDNN_STATUS_SUCCESS
                                     : cudnnBackendSetAttribute(d, name, type, count, values);
}

static cudnnStatus_t described_finalize(cudnnBackendDescriptor_t d)
{
    const cudnnBackendDescriptorType_t type = types[d];
    cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
    if (type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR ||
        type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)
        status = cudnnBackendSetAttribute(d,
                                          type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR
                                              ? CUDNN_ATTR_ENGINEHEUR_DEVICEPROP
                                              : CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP,
                                          CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &described);
    return status ? status : cudnnBackendFinalize(d);
}

static cudnnStatus_t described_destroy(cudnnBackendDescriptor_t d)
{
    CHECK(types.erase(d) == 1);
    return cudnnBackendDestroyDescriptor(d);
}

static cudnnStatus_t described_create(cudnnHandle_t *handle)
{
    *handle = (cudnnHandle_t)&described;
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t described_stream(cudnnHandle_t, cudaStream_t)
{
    return CUDNN_STATUS_SUCCESS;
}

#define cudnnBackendCreateDescriptor described_make
#define cudnnBackendSetAttribute described_set
#define cudnnBackendFinalize described_finalize
#define cudnnBackendDestroyDescriptor described_destroy
#define cudnnCreate described_create
#define cudnnSetStream described_stream
#include "nn/cuda/dense.cu"

struct device cuda_device;

void cuda_enter(void)
{
}

void cuda_fault_words(const char *, const char *)
{
}

// As cuDNN writes it; what is not named is the same for all.
static std::string description(const char *name, int version, int processors, int shared, int l2,
                               int clock, int memory_clock)
{
    return std::string("{\"deviceName\":\"") + name +
           "\",\"deviceVer\":" + std::to_string(version) +
           ",\"multiProcessorCount\":" + std::to_string(processors) +
           ",\"maxSharedMemoryPerBlockOptin\":" + std::to_string(shared) +
           ",\"l2CacheSize\":" + std::to_string(l2) +
           ",\"smClockRateKHz\":" + std::to_string(clock) +
           ",\"memClockRateKHz\":" + std::to_string(memory_clock) +
           ",\"driverVer\":13000,\"cudaDeviceId\":0,\"warpSize\":32,\"regsPerBlock\":65536,"
           "\"maxSharedMemoryPerBlock\":49152,\"reservedSharedMemoryPerBlock\":1024,"
           "\"maxRegistersPerSM\":65536,\"maxCtasPerSM\":32,\"maxThreadsPerBlock\":1024,"
           "\"maxThreadsPerSM\":2048,\"pciDeviceId\":0,\"isTccDriver\":0,\"supportCoopLaunch\":1,"
           "\"totalGlobalMem\":85000000000,\"maxGridSize\":[2147483647,65535,65535],"
           "\"maxBlockSize\":[1024,1024,64]}";
}

// n, h, w, c, out_h, out_w, out_c, kernel, stride, dilation, groups, padding; as conv.cu hands them
// on: framed and flattened.
static const struct conv_shape shapes[] = {
    // pix2pix, 512 x 768: down, up (by backward data), and the discriminator.
    {1, 512, 768, 8, 256, 384, 64, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {8, 512, 768, 8, 256, 384, 64, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 256, 384, 64, 128, 192, 128, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {8, 256, 384, 64, 128, 192, 256, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 16, 24, 512, 8, 12, 1024, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {8, 2, 3, 512, 1, 1, 512, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 512, 768, 8, 256, 384, 128, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 512, 768, 19, 256, 384, 128, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {1, 67, 99, 256, 64, 96, 512, 4, 4, 1, 1, 1, 0, 0, 0, 0, 0},
    {8, 67, 99, 512, 64, 96, 1, 4, 4, 1, 1, 1, 0, 0, 0, 0, 0},
    {1, 515, 771, 64, 512, 768, 59, 4, 4, 1, 1, 1, 0, 0, 0, 0, 0},
    // A detector: its stem, points, dilated ones, heads.
    {1, 513, 513, 8, 256, 256, 32, 3, 3, 2, 1, 1, 0, 0, 0, 0, 0},
    {1, 1030, 1030, 8, 512, 512, 64, 7, 7, 2, 1, 1, 0, 0, 0, 0, 0},
    {2, 128, 192, 96, 128, 192, 24, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
    {2, 128, 192, 256, 64, 96, 512, 1, 1, 2, 1, 1, 0, 0, 0, 0, 0},
    {1, 64, 64, 128, 64, 64, 128, 3, 3, 1, 2, 1, 2, 2, 2, 2, 0},
    {1, 128, 128, 256, 128, 128, 256, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0},
    {1, 128, 128, 256, 128, 128, 3, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
    {512, 1, 1, 12544, 1, 1, 1024, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
    {512, 1, 1, 1024, 1, 1, 5, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
    {100, 28, 28, 256, 14, 14, 256, 2, 2, 2, 1, 1, 0, 0, 0, 0, 0},
    // Of the tests' sort.
    {2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0},
    {1, 9, 7, 3, 4, 3, 4, 4, 4, 2, 1, 1, 1, 1, 1, 1, 0},
    {2, 6, 5, 3, 6, 5, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1, 0},
    {2, 11, 14, 4, 4, 5, 6, 2, 2, 3, 1, 1, 0, 0, 0, 0, 0}, // with holes
};

static void check_device(const std::string &properties)
{
    swatch_error error = {};
    build b = {};
    described = make(&b, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
    set(&b, described, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
        (int64_t)properties.size() + 1, properties.c_str());
    finalize(&b, described);
    CHECK(b.status == CUDNN_STATUS_SUCCESS);
    for (size_t i = 0; !b.status && i < sizeof shapes / sizeof *shapes; i++)
        for (int dtype = DTYPE_F32; dtype <= DTYPE_BF16; dtype++) {
            struct dense *dense = NULL;
            size_t scratch = 0;
            if (dense_new(&shapes[i], (enum dtype)dtype, DENSE_FORWARD | DENSE_DATA | DENSE_WEIGHTS,
                          &scratch, &dense, &error)) {
                CHECK_STRING(error.message, dtype == DTYPE_F32 ? "f32" : "bf16");
                continue;
            }
            CHECK(scratch <= (size_t)WORKSPACE_MOST);
            dense_free(dense);
        }
    build_free(&b);
}

int main(void)
{
    check_device(description("A100", 800, 108, 166912, 41943040, 1410000, 1215000));
    check_device(description("H100", 900, 132, 232448, 52428800, 1980000, 2619000));
    CHECK(types.empty());
    return test_end();
}
