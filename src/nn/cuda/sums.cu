// Sums over ranks that have a GPU each, by NCCL. They run on a stream of their own. One event makes
// a sum wait for the work queued before it, another makes later work wait for the sums.
//
// NCCL's kernels wait on the GPU for the other ranks, forever if one has vanished. Where NCCL
// notices, `look` ends the sums; else the launcher ends the process, since its neighbor died.

#include <nccl.h>
#include <stdio.h>
#include <string.h>

extern "C" {
#include "base/error.h"
}
#include "nn/cuda/device.h"

static_assert(sizeof(ncclUniqueId) == SUMS_ID_BYTES, "NCCL's id");

static struct {
    ncclComm_t ranks; // NULL: not open, or ended after a fault
    cudaStream_t stream;
    cudaEvent_t before, after;
} sums;

// Writes what NCCL says of a fault.
static void describe(ncclResult_t status, char *words, size_t size)
{
    const char *more = ncclGetLastError(NULL);
    snprintf(words, size, "%s%s%s", ncclGetErrorString(status), more && *more ? ": " : "",
             more ? more : "");
}

static void give_up(void)
{
    if (sums.ranks)
        ncclCommAbort(sums.ranks);
    sums.ranks = NULL;
    cuda_device.look_at_sums = NULL;
}

// Keeps a fault, if it is one, and ends the sums.
static void keep(ncclResult_t status)
{
    char words[256];
    if (status == ncclSuccess || status == ncclInProgress)
        return;
    describe(status, words, sizeof words);
    cuda_fault_words("NCCL, gradients to the other ranks", words);
    give_up();
}

static void look(void)
{
    ncclResult_t status = ncclSuccess;
    if (ncclCommGetAsyncError(sums.ranks, &status) == ncclSuccess)
        keep(status);
}

int cuda_sums_id(uint8_t id[SUMS_ID_BYTES], swatch_error *error)
{
    ncclUniqueId made;
    char words[256];
    const ncclResult_t status = ncclGetUniqueId(&made);
    if (status != ncclSuccess) {
        describe(status, words, sizeof words);
        return error_set(error, SWATCH_FAILED, "NCCL cannot begin: %s", words);
    }
    memcpy(id, &made, sizeof made);
    return SWATCH_OK;
}

static cudaError_t open_stream(void)
{
    cudaError_t status = cudaSuccess;
    if (!sums.stream)
        status = cudaStreamCreateWithFlags(&sums.stream, cudaStreamNonBlocking);
    if (!status && !sums.before)
        status = cudaEventCreateWithFlags(&sums.before, cudaEventDisableTiming);
    if (!status && !sums.after)
        status = cudaEventCreateWithFlags(&sums.after, cudaEventDisableTiming);
    return status;
}

int cuda_sums_open(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count, swatch_error *error)
{
    ncclUniqueId given;
    char words[256];
    cuda_enter();
    const cudaError_t fault = open_stream();
    if (fault)
        return error_set(error, SWATCH_FAILED, "CUDA: no stream for sums: %s",
                         cudaGetErrorString(fault));
    memcpy(&given, id, sizeof given);
    const ncclResult_t status = ncclCommInitRank(&sums.ranks, (int)count, given, (int)rank);
    if (status != ncclSuccess) {
        describe(status, words, sizeof words);
        sums.ranks = NULL;
        return error_set(error, SWATCH_FAILED, "NCCL cannot reach the other ranks' GPUs: %s",
                         words);
    }
    cuda_device.look_at_sums = look;
    return SWATCH_OK;
}

void cuda_sum(float *values, size_t count)
{
    cuda_enter();
    if (!sums.ranks)
        return;
    cuda_fault(cudaEventRecord(sums.before, cuda_device.stream), "a sum cannot be queued");
    cuda_fault(cudaStreamWaitEvent(sums.stream, sums.before, 0), "a sum cannot be queued");
    keep(ncclAllReduce(values, values, count, ncclFloat, ncclSum, sums.ranks, sums.stream));
}

void cuda_sums_wait(void)
{
    cuda_enter();
    cuda_fault(cudaEventRecord(sums.after, sums.stream), "sums cannot be waited for");
    cuda_fault(cudaStreamWaitEvent(cuda_device.stream, sums.after, 0), "sums cannot be waited for");
}

// Aborts even where all is well, since an orderly end waits for the other ranks.
void cuda_sums_close(void)
{
    cuda_enter();
    give_up();
}
