// The functions behind backend_cpu; what each does stands in nn/backend.h.
#ifndef NN_CPU_CPU_H
#define NN_CPU_CPU_H

#include "nn/backend.h"

// cpu_alloc, cpu_conv_new and so on, with the types that struct backend gives them: convolutions
// are in dnnl.c, losses in loss.c, memory in memory.c, Adam in adam.c, normalization and sums in
// norm.c, regions in roi.c, changes of size in resample.c, the rest in elementwise.c.
#define OP(name) __typeof__(*((struct backend *)0)->name) cpu_##name;
#include "nn/ops.def"

// dnnl.c: whether the processor takes bf16 at all.
int cpu_has_bf16(void);

// depthwise.c: conv_backward_weights where depthwise_fits; scratch of depthwise_scratch bytes, as
// many as it said when the convolution was made (it counts the threads).
int cpu_depthwise_fits(const struct conv_shape *shape);
size_t cpu_depthwise_scratch(const struct conv_shape *shape);
void cpu_depthwise_weights(enum dtype dtype, const struct conv_shape *shape, size_t scratch_bytes,
                           const void *x, const void *dy, float *dweights, int add, void *scratch);

#endif
