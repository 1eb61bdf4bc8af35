// The functions of backend_cpu. nn/backend.h says what each does.
#ifndef NN_CPU_CPU_H
#define NN_CPU_CPU_H

#include "nn/backend.h"

// Declares cpu_alloc, cpu_conv_new and so on, with the types that they have in struct backend.
#define OP(name) __typeof__(*((struct backend *)0)->name) cpu_##name;
#include "nn/ops.def"

// dnnl.c: 1 if oneDNN computes in bf16 on this processor.
int cpu_has_bf16(void);

// depthwise.c: conv_backward_weights for shapes that fit. `scratch` has scratch_bytes, the number
// that cpu_depthwise_scratch returned when the convolution was made; it depends on the number of
// threads.
int cpu_depthwise_fits(const struct conv_shape *shape);
size_t cpu_depthwise_scratch(const struct conv_shape *shape);
void cpu_depthwise_weights(enum dtype dtype, const struct conv_shape *shape, size_t scratch_bytes,
                           const void *x, const void *dy, float *dweights, int add, void *scratch);

#endif
