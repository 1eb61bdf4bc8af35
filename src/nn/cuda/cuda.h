// The functions of the CUDA module's backend. nn/backend.h says what each does and which of them
// wait. All work goes to one stream, except for `feed` and sums over ranks, which have their own.
#ifndef NN_CUDA_CUDA_H
#define NN_CUDA_CUDA_H

#include <type_traits>

extern "C" {
#include "nn/backend.h"
}

// Declares cuda_alloc, cuda_conv_new and so on, with the types that they have in struct backend.
#define OP(name) std::remove_pointer<decltype(backend::name)>::type cuda_##name;
#include "nn/ops.def"

// device.cu: the number of GPUs, 0 without a driver.
int cuda_count(void);
// Opens a GPU, from 0. The same one may be opened again; another one is an error.
int cuda_open(int device, swatch_error *error);
int cuda_record_begin(swatch_error *error);
int cuda_record_end(struct recording **recording, swatch_error *error);
void cuda_replay(struct recording *recording);
void cuda_recording_free(struct recording *recording);

// sums.cu, built where NCCL is installed.
int cuda_sums_id(uint8_t id[SUMS_ID_BYTES], swatch_error *error);
int cuda_sums_open(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count, swatch_error *error);
void cuda_sum(float *values, size_t count);
void cuda_sums_wait(void);
void cuda_sums_close(void);

#endif
