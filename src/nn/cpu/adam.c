// Adam.

#include "nn/cpu/cpu.h"

#include <math.h>
#include <string.h>

static int is_finite(const float *x, size_t numbers)
{
    // x - x is 0, or NaN for infinities and NaN. This vectorizes, a test of each number does not.
    float sum = 0;
    const long long count = (long long)numbers;
#pragma omp parallel for simd reduction(+ : sum)
    for (long long i = 0; i < count; i++)
        sum += x[i] - x[i];
    return sum == 0;
}

void cpu_all_finite(const struct adam_tensor *tensors, size_t count, int *finite)
{
    for (size_t i = 0; i < count; i++)
        if (tensors[i].grad && !is_finite(tensors[i].grad, tensors[i].count))
            *finite = 0;
}

static void adam_tensor(const struct adam_tensor *t, const float *scalars, float beta1, float beta2,
                        float epsilon, float decay)
{
    const float own = scalars[0] * t->rate, rate = own / scalars[1];
    const float root2 = 1 / sqrtf(scalars[2]), shrink = t->decays ? 1 - own * decay : 1;
    const float take = 1 - scalars[3];
    float *value = t->value, *m = t->m, *v = t->v, *average = t->average;
    const float *grad = t->grad;
    const long long count = (long long)t->count;
#pragma omp parallel for simd if (count > 16384)
    for (long long i = 0; i < count; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
        v[i] = beta2 * v[i] + (1 - beta2) * grad[i] * grad[i];
        value[i] = value[i] * shrink - rate * m[i] / (sqrtf(v[i]) * root2 + epsilon);
        average[i] += take * (value[i] - average[i]);
    }
}

void cpu_adam(const struct adam_tensor *tensors, size_t count, const float *scalars, float beta1,
              float beta2, float epsilon, float decay, const int *finite)
{
    for (size_t i = 0; i < count && *finite; i++) {
        const struct adam_tensor *t = &tensors[i];
        if (t->grad)
            adam_tensor(t, scalars, beta1, beta2, epsilon, decay);
        else
            memcpy(t->average, t->value, t->count * sizeof *t->value);
    }
}
