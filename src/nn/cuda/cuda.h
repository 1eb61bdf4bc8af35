// The functions behind the CUDA module's backend; what each does stands in nn/backend.h. All of
// them only queue work, on the module's one stream but for `feed` and sums over ranks, save those
// that backend.h says wait.
#ifndef NN_CUDA_CUDA_H
#define NN_CUDA_CUDA_H

#include <type_traits>

extern "C" {
#include "nn/backend.h"
}

// cuda_alloc, cuda_conv_new and so on, with the types that struct backend gives them: memory and
// the stream are in device.cu, convolutions in conv.cu, softmax and the losses by class in
// softmax.cu, the other losses in loss.cu, Adam in adam.cu, normalization and sums in norm.cu,
// regions in roi.cu, changes of size in resample.cu, the rest in elementwise.cu.
#define OP(name) std::remove_pointer<decltype(backend::name)>::type cuda_##name;
#include "nn/ops.def"

// device.cu
int cuda_count(void);
int cuda_open(int device, swatch_error *error);
int cuda_record_begin(swatch_error *error);
int cuda_record_end(struct recording **recording, swatch_error *error);
void cuda_replay(struct recording *recording);
void cuda_recording_free(struct recording *recording);

// sums.cu, where NCCL is
int cuda_sums_id(uint8_t id[SUMS_ID_BYTES], swatch_error *error);
int cuda_sums_open(const uint8_t id[SUMS_ID_BYTES], size_t rank, size_t count, swatch_error *error);
void cuda_sum(float *values, size_t count);
void cuda_sums_wait(void);
void cuda_sums_close(void);

#endif
