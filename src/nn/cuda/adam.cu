// Adam, for all tensors in few launches. A launch gets its table of tensors as a parameter (at most
// 4 KB), so that a recording keeps it. The tensors are divided into pieces, one a block.

#include "nn/cuda/kernel.h"

#define TENSORS 64
#define PIECE 8192 // numbers

struct adam_table {
    float *value[TENSORS], *m[TENSORS], *v[TENSORS], *average[TENSORS];
    const float *grad[TENSORS]; // NULL: a running statistic
    uint32_t size[TENSORS];     // numbers
    uint32_t end[TENSORS];      // pieces of this tensor and all before it
    float rate[TENSORS];
    uint64_t decays; // a bit for each tensor
    unsigned count;
};

struct adam_rule {
    float beta1, beta2, epsilon, decay;
};

static_assert(sizeof(struct adam_table) + 64 <= 4096, "fits into a launch's parameters");

// What the update of each number needs, computed from the four numbers of the step.
struct adam_step {
    float rate, root2, shrink, take;
};

template <int N>
__device__ static inline void adam_at(const adam_rule &r, const adam_step &s, const float *grad,
                                      float *value, float *m, float *v, float *average, size_t i)
{
    float g[N], x[N], a[N], b[N], mean[N];
    read<N>(grad, i, g);
    read<N>(value, i, x);
    read<N>(m, i, a);
    read<N>(v, i, b);
    read<N>(average, i, mean);
    for (int k = 0; k < N; k++) {
        a[k] = r.beta1 * a[k] + (1 - r.beta1) * g[k];
        b[k] = r.beta2 * b[k] + (1 - r.beta2) * g[k] * g[k];
        x[k] = x[k] * s.shrink - s.rate * a[k] / (sqrtf(b[k]) * s.root2 + r.epsilon);
        mean[k] += s.take * (x[k] - mean[k]);
    }
    write<N>(value, i, x);
    write<N>(m, i, a);
    write<N>(v, i, b);
    write<N>(average, i, mean);
}

// The piece of a block: numbers of tensor t from `first` on.
struct adam_piece {
    unsigned t;
    size_t first, count;
};

__device__ static inline adam_piece piece_of(const adam_table &table)
{
    unsigned low = 0,
             high = table.count - 1; // finds the first tensor whose end is beyond this block
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (table.end[middle] > blockIdx.x)
            high = middle;
        else
            low = middle + 1;
    }
    const unsigned pieces = (table.size[low] + PIECE - 1) / PIECE;
    const size_t first = (size_t)(blockIdx.x - (table.end[low] - pieces)) * PIECE;
    const size_t left = table.size[low] - first;
    return {low, first, left < PIECE ? left : PIECE};
}

__global__ void adam_kernel(const adam_table table, adam_rule r, const float *scalars,
                            const int *finite)
{
    if (!*finite)
        return;
    const adam_piece piece = piece_of(table);
    const unsigned t = piece.t;
    const size_t first = piece.first, count = piece.count;
    if (!table.grad[t]) {
        for (size_t i = first + threadIdx.x; i < first + count; i += BLOCK)
            table.average[t][i] = table.value[t][i];
        return;
    }
    const float own = scalars[0] * table.rate[t];
    const adam_step s = {own / scalars[1], 1 / sqrtf(scalars[2]),
                         table.decays >> t & 1 ? 1 - own * r.decay : 1, 1 - scalars[3]};
    const float *grad = table.grad[t] + first;
    float *value = table.value[t] + first, *m = table.m[t] + first, *v = table.v[t] + first;
    float *average = table.average[t] + first;
    const size_t pointers = (size_t)grad | (size_t)value | (size_t)m | (size_t)v | (size_t)average;
    const size_t packs = pointers % 16 == 0 ? count / 4 : 0;
    for (size_t i = threadIdx.x; i < packs; i += BLOCK)
        adam_at<4>(r, s, grad, value, m, v, average, i * 4);
    for (size_t i = packs * 4 + threadIdx.x; i < count; i += BLOCK)
        adam_at<1>(r, s, grad, value, m, v, average, i);
}

__global__ void finite_kernel(const adam_table table, int *finite)
{
    const adam_piece piece = piece_of(table);
    if (!table.grad[piece.t])
        return;
    const float *x = table.grad[piece.t] + piece.first;
    const size_t packs = (size_t)x % 16 == 0 ? piece.count / 4 : 0;
    int all = 1;
    for (size_t i = threadIdx.x; i < packs; i += BLOCK) {
        float v[4];
        read<4>(x, i * 4, v);
        all &= isfinite(v[0]) && isfinite(v[1]) && isfinite(v[2]) && isfinite(v[3]);
    }
    for (size_t i = packs * 4 + threadIdx.x; i < piece.count; i += BLOCK)
        all &= isfinite(x[i]) != 0;
    if (!all)
        *finite = 0; // several threads may write, all the same
}

// Calls queue(table, blocks) for as many tables as all tensors need.
template <typename F>
static void for_tables(const struct adam_tensor *tensors, size_t count, const F &queue)
{
    for (size_t next = 0; next < count;) {
        adam_table table = {};
        uint32_t pieces = 0;
        for (; next < count && table.count < TENSORS; next++) {
            const struct adam_tensor *t = &tensors[next];
            const unsigned k = table.count;
            if (t->count == 0)
                continue;
            table.value[k] = t->value;
            table.grad[k] = t->grad;
            table.m[k] = t->m;
            table.v[k] = t->v;
            table.average[k] = t->average;
            table.size[k] = (uint32_t)t->count;
            table.end[k] = pieces += (uint32_t)divide_up(t->count, PIECE);
            table.rate[k] = t->rate;
            table.decays |= (uint64_t)(t->decays != 0) << k;
            table.count++;
        }
        if (table.count > 0)
            queue(table, dim3(pieces));
    }
}

void cuda_adam(const struct adam_tensor *tensors, size_t count, const float *scalars, float beta1,
               float beta2, float epsilon, float decay, const int *finite)
{
    const adam_rule rule = {beta1, beta2, epsilon, decay};
    for_tables(tensors, count, [&](const adam_table &table, dim3 blocks) {
        launch(adam_kernel, blocks, BLOCK, table, rule, scalars, finite);
    });
}

void cuda_all_finite(const struct adam_tensor *tensors, size_t count, int *finite)
{
    for_tables(tensors, count, [&](const adam_table &table, dim3 blocks) {
        launch(finite_kernel, blocks, BLOCK, table, finite);
    });
}
