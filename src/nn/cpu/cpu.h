// The functions of backend_cpu. nn/backend.h says what each does.
#ifndef NN_CPU_CPU_H
#define NN_CPU_CPU_H

#include "nn/backend.h"

// Declares cpu_alloc, cpu_conv_new and so on, with the types that they have in struct backend.
#define OP(name) __typeof__(*((struct backend *)0)->name) cpu_##name;
#include "nn/ops.def"

// dnnl.c: 1 if oneDNN computes in bf16 on this processor.
int cpu_has_bf16(void);

// dnnl.c: see struct backend.
int cpu_conv_doubles(const struct conv_shape *shape, enum dtype dtype, int training);
int cpu_conv_share(struct conv *conv, const struct conv *from);

// winograd.c: passes in f32 of shapes that fit; training: the backward passes, too. A struct
// winograd does the forward pass or, `backward`, the one to the data. Free it with
// cpu_winograd_free. *scratch is raised to the bytes that a pass needs, which depend
// on the number of threads. weights: (O, I, 3, 3). bias may be NULL. skip, others: the second
// buffer of a shape that has `doubled` channels, of the forward pass's input and of the backward
// pass's output; else NULL. Outputs that are NULL are not written.
struct winograd;
int cpu_winograd_fits(const struct conv_shape *shape, int training);
int cpu_winograd_new(const struct conv_shape *shape, int backward, enum activation activation,
                     size_t *scratch, struct winograd **winograd, swatch_error *error);
void cpu_winograd_free(struct winograd *winograd); // NULL is fine
void cpu_winograd_pack(struct winograd *winograd, const float *weights);
int cpu_winograd_share(struct winograd *winograd, const struct winograd *from); // as conv_share
void cpu_winograd_run(const struct winograd *winograd, const float *x, const float *skip,
                      const float *bias, float *y, float *others, float *scratch);

// winograd_weights.c: the gradient of the weights of the same shapes. scratch: as many bytes as
// cpu_winograd_weights_scratch said for this number of threads.
size_t cpu_winograd_weights_scratch(const struct conv_shape *shape, size_t threads);
void cpu_winograd_weights(const struct conv_shape *shape, size_t threads, const float *x,
                          const float *skip, const float *dy, float *dweights, int add,
                          float *scratch);

// depthwise.c: conv_backward_weights for shapes that fit. `scratch` has scratch_bytes, the number
// that cpu_depthwise_scratch returned when the convolution was made; it depends on the number of
// threads.
int cpu_depthwise_fits(const struct conv_shape *shape);
size_t cpu_depthwise_scratch(const struct conv_shape *shape);
void cpu_depthwise_weights(enum dtype dtype, const struct conv_shape *shape, size_t scratch_bytes,
                           const void *x, const void *dy, float *dweights, int add, void *scratch);

#endif
