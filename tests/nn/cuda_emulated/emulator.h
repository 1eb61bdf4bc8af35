// What tests can set and read of the emulated device.
#ifndef TESTS_NN_CUDA_EMULATED_EMULATOR_H
#define TESTS_NN_CUDA_EMULATED_EMULATOR_H

#ifdef __cplusplus
extern "C" {
#endif

// 1: a block's threads run from the last to the first, which shows a missing __syncthreads that the
// other order hides.
extern int emulated_descending;
extern unsigned long emulated_launches; // so far

#ifdef __cplusplus
}
#endif

#endif
