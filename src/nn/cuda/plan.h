// One pass of a dense convolution as a plan of cuDNN's.
#ifndef NN_CUDA_PLAN_H
#define NN_CUDA_PLAN_H

#include "nn/cuda/cuda.h"

enum pass { PASS_FORWARD, PASS_DATA, PASS_WEIGHTS };

struct pass_graph {
    const struct conv_shape *shape; // padding may differ on all four sides
    enum dtype dtype;
    enum pass pass;
    enum dtype dweights_dtype;  // of PASS_WEIGHTS
    int has_bias;               // behind PASS_FORWARD,
    enum activation activation; //   and behind that
};

struct plan;

// *plan: NULL where cuDNN has nothing that is fit for it (and the result is as of one that is
// found). *workspace is raised to what the plan needs.
int plan_new(const struct pass_graph *graph, size_t *workspace, struct plan **plan,
             swatch_error *error);
void plan_free(struct plan *plan);
// forward: x, weights, y; data: dy, weights, dx; weights: x, dy, dweights. All at 16 bytes.
void plan_run(struct plan *plan, const void *a, const void *b, const float *bias, void *out,
              void *workspace);

// Plans made from now on are for the device that `properties` (cuDNN's JSON) describe, which need
// not be here; they cannot run. For a test.
int plan_elsewhere(const char *properties, swatch_error *error);
// The engine that a plan runs on.
long plan_engine(const struct plan *plan);

#endif
