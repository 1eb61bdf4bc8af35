// The activations and their derivatives, for the loops of every device. A compiler of GPU code
// defines ON_DEVICE before it includes this file.
#ifndef NN_ACTIVATION_H
#define NN_ACTIVATION_H

#include <math.h>

#include "nn/backend.h"

#ifndef ON_DEVICE
#define ON_DEVICE
#endif

// f(x).
ON_DEVICE static inline float activation_of(enum activation f, float x)
{
    switch (f) {
    case ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case ACTIVATION_LEAKY:
        return x > 0 ? x : ACTIVATION_LEAKY_SLOPE * x;
    case ACTIVATION_RELU6:
        return x > 0 ? (x < 6 ? x : 6) : 0;
    case ACTIVATION_TANH:
        return tanhf(x);
    case ACTIVATION_SIGMOID:
        return 1 / (1 + expf(-x));
    default:
        return x;
    }
}

// f'(x), computed from y = f(x).
ON_DEVICE static inline float activation_slope(enum activation f, float y)
{
    switch (f) {
    case ACTIVATION_RELU:
        return y > 0 ? 1 : 0;
    case ACTIVATION_LEAKY:
        return y > 0 ? 1 : ACTIVATION_LEAKY_SLOPE;
    case ACTIVATION_RELU6:
        return y > 0 && y < 6 ? 1 : 0;
    case ACTIVATION_TANH:
        return 1 - y * y;
    case ACTIVATION_SIGMOID:
        return y * (1 - y);
    default:
        return 1;
    }
}

#endif
