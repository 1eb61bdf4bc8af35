// Sums over rows, and what is made of them: gradients of biases, batch and instance normalization.
// Three launches: each block sums a piece of the rows in f32, some warps add the pieces in double
// and in order, and a second pass over the rows applies what came out. The pieces depend on the
// shape alone, so a rerun gives the same bits, on any card.
//
// A thread keeps to N channels, so that all that belongs to a channel stays in its registers; a
// block is some columns of such threads by as many rows as make BLOCK threads.

#include "nn/cuda/kernel.h"

#define PIECES 512 // at most, of one sum
#define COLUMNS 32 // at most, of a block
#define FINAL 32   // channels by pieces of the second launch

struct layout {
    unsigned column_blocks, columns, lanes; // lanes: rows that a block takes at once
};

static layout layout_for(size_t channels, int n)
{
    const size_t columns = channels / n, blocks = divide_up(columns, COLUMNS);
    const size_t width = divide_up(columns, blocks);
    return {(unsigned)blocks, (unsigned)width, (unsigned)(BLOCK / width)};
}

// Pieces that a sum over (groups, rows) is made of.
static unsigned pieces_for(const layout &l, size_t groups, size_t rows)
{
    const size_t most = PIECES / lesser(PIECES, l.column_blocks * groups);
    const size_t wanted = divide_up(rows, (size_t)l.lanes * 8);
    return (unsigned)(wanted < most ? wanted : most);
}

size_t cuda_sum_scratch(size_t groups, size_t channels)
{
    const size_t blocks = divide_up(channels, 8 * COLUMNS);
    return groups * (PIECES / lesser(PIECES, blocks * groups)) * 2 * channels * sizeof(float);
}

// ---- The two frames: sums over rows, and a walk over them --------------------------------------

// The sum over a block's lanes of each of its columns' N numbers, left in lane 0.
template <int N> __device__ static inline void lanes_sum(float *numbers)
{
    __shared__ float sums[N * BLOCK];
    const unsigned at = threadIdx.y * blockDim.x + threadIdx.x;
    __syncthreads();
    for (int k = 0; k < N; k++)
        sums[k * BLOCK + at] = numbers[k];
    for (unsigned left = blockDim.y, half; left > 1; left = half) {
        half = (left + 1) / 2;
        __syncthreads();
        if (threadIdx.y < left - half)
            for (int k = 0; k < N; k++)
                sums[k * BLOCK + at] += sums[k * BLOCK + at + half * blockDim.x];
    }
    for (int k = 0; k < N; k++)
        numbers[k] = sums[k * BLOCK + at]; // lane 0 wrote them itself
}

// parts (groups, pieces, 2, channels). F::column<N> is what a thread knows of its channels.
template <int N, typename F>
__global__ void sum_kernel(F f, size_t rows, unsigned channels, float *parts)
{
    const unsigned c = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    const size_t group = blockIdx.z, piece = blockIdx.y, pieces = gridDim.y;
    const size_t last = rows * (piece + 1) / pieces;
    float first_sum[N] = {0}, second_sum[N] = {0};
    if (c < channels) {
        const typename F::template column<N> column(f, group, c);
#pragma unroll 4
        for (size_t r = rows * piece / pieces + threadIdx.y; r < last; r += blockDim.y)
            column.add(f, (group * rows + r) * channels + c, first_sum, second_sum);
    }
    lanes_sum<N>(first_sum);
    lanes_sum<N>(second_sum);
    if (threadIdx.y > 0 || c >= channels)
        return;
    float *out = parts + (group * pieces + piece) * 2 * channels + c;
    for (int k = 0; k < N; k++) {
        out[k] = first_sum[k];
        out[channels + k] = second_sum[k];
    }
}

template <int N, typename F>
__global__ void walk_kernel(F f, size_t rows, unsigned channels, size_t step)
{
    const unsigned c = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    const size_t group = blockIdx.z;
    if (c >= channels)
        return;
    const typename F::template column<N> column(f, group, c);
#pragma unroll 4
    for (size_t r = blockIdx.y * (size_t)blockDim.y + threadIdx.y; r < rows; r += step)
        column.at(f, (group * rows + r) * channels + c);
}

template <int N, typename F>
static unsigned sum(const F &f, size_t groups, size_t rows, size_t channels, float *parts)
{
    const layout l = layout_for(channels, N);
    const unsigned pieces = pieces_for(l, groups, rows);
    launch(sum_kernel<N, F>, dim3(l.column_blocks, pieces, (unsigned)groups),
           dim3(l.columns, l.lanes), f, rows, (unsigned)channels, parts);
    return pieces;
}

template <int N, typename F>
static void walk(const F &f, size_t groups, size_t rows, size_t channels)
{
    const layout l = layout_for(channels, N);
    const size_t most = divide_up((size_t)cuda_device.processors * 16, l.column_blocks * groups);
    const unsigned blocks = (unsigned)lesser(divide_up(rows, l.lanes), most);
    launch(walk_kernel<N, F>, dim3(l.column_blocks, blocks, (unsigned)groups),
           dim3(l.columns, l.lanes), f, rows, (unsigned)channels, (size_t)blocks * l.lanes);
}

// Adds the pieces of the channel of threadIdx.x in double; all of lane 0 get the sums.
__device__ static inline void pieces_sum(const float *parts, unsigned pieces, unsigned channels,
                                         unsigned c, double *first, double *second)
{
    __shared__ double sums[2][FINAL][FINAL];
    double a = 0, b = 0;
    for (unsigned p = threadIdx.y; p < pieces && c < channels; p += FINAL) {
        a += (double)parts[(size_t)p * 2 * channels + c];
        b += (double)parts[(size_t)p * 2 * channels + channels + c];
    }
    __syncthreads();
    sums[0][threadIdx.y][threadIdx.x] = a;
    sums[1][threadIdx.y][threadIdx.x] = b;
    for (unsigned half = FINAL / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) {
            sums[0][threadIdx.y][threadIdx.x] += sums[0][threadIdx.y + half][threadIdx.x];
            sums[1][threadIdx.y][threadIdx.x] += sums[1][threadIdx.y + half][threadIdx.x];
        }
    }
    *first = sums[0][threadIdx.y][threadIdx.x];
    *second = sums[1][threadIdx.y][threadIdx.x];
}

// ---- y = f(x scale + shift) --------------------------------------------------------------------

template <typename T> struct affine {
    const T *x;
    T *y;
    const float *scale, *shift; // scale NULL: 1
    size_t group_step;          // from a group's to the next one's
    enum activation f;
    template <int N> struct column {
        float scale[N], shift[N];
        __device__ column(const affine &a, size_t group, unsigned c)
        {
            for (int k = 0; k < N; k++) {
                scale[k] = a.scale ? a.scale[group * a.group_step + c + k] : 1;
                shift[k] = a.shift[group * a.group_step + c + k];
            }
        }
        __device__ void at(const affine &a, size_t i) const
        {
            float v[N];
            read<N>(a.x, i, v);
            for (int k = 0; k < N; k++)
                v[k] = activation_of(a.f, v[k] * scale[k] + shift[k]);
            write<N>(a.y, i, v);
        }
    };
};

void cuda_affine_forward(enum dtype dtype, const void *x, size_t rows, size_t channels,
                         const float *scale, const float *shift, enum activation f, void *y)
{
    if (rows > 0)
        WITH_PACKS(dtype, rows_aligned<T>(x, channels) && is_aligned(y),
                   const affine<T> a = {(const T *)x, (T *)y, scale, shift, 0, f};
                   walk<N>(a, 1, rows, channels));
}

// ---- Normalization, forward --------------------------------------------------------------------

// Sums of x and of its squares, around each group's first row, so that a large common offset does
// not drown the variance.
template <typename T> struct centered_sums {
    const T *x;
    size_t plane; // numbers of a group
    template <int N> struct column {
        float center[N];
        __device__ column(const centered_sums &s, size_t group, unsigned c)
        {
            for (int k = 0; k < N; k++)
                center[k] = to_f32(s.x[group * s.plane + c + k]);
        }
        __device__ void add(const centered_sums &s, size_t i, float *sum, float *square) const
        {
            float v[N];
            read<N>(s.x, i, v);
            for (int k = 0; k < N; k++) {
                const float d = v[k] - center[k];
                sum[k] += d;
                square[k] += d * d;
            }
        }
    };
};

// stats from the pieces; the first piece then holds what the second pass multiplies and adds.
template <typename T>
__global__ void stats_kernel(const T *x, float *parts, unsigned pieces, size_t rows,
                             unsigned channels, const float *gamma, const float *beta,
                             float epsilon, float *stats)
{
    const unsigned c = blockIdx.x * FINAL + threadIdx.x;
    const size_t group = blockIdx.y;
    double total, square;
    parts += group * pieces * 2 * channels;
    stats += group * 2 * channels;
    pieces_sum(parts, pieces, channels, c, &total, &square);
    if (threadIdx.y > 0 || c >= channels)
        return;
    const double offset = total / (double)rows;
    const double variance = fmax(square / (double)rows - offset * offset, 0.0);
    const float mean = to_f32(x[group * rows * channels + c]) + (float)offset;
    const float inverse = (float)(1 / sqrt(variance + (double)epsilon));
    const float scale = gamma[c] * inverse;
    stats[c] = mean;
    stats[channels + c] = inverse;
    parts[c] = scale;
    parts[channels + c] = beta[c] - mean * scale;
}

void cuda_norm_forward(enum dtype dtype, const void *x, size_t groups, size_t rows, size_t channels,
                       const float *gamma, const float *beta, float epsilon, enum activation f,
                       float *stats, void *y, void *scratch)
{
    float *parts = (float *)scratch;
    const dim3 grid((unsigned)divide_up(channels, FINAL), (unsigned)groups);
    WITH_PACKS(dtype, rows_aligned<T>(x, channels) && is_aligned(y),
               const centered_sums<T> s = {(const T *)x, rows * channels};
               const unsigned pieces = sum<N>(s, groups, rows, channels, parts);
               launch(stats_kernel<T>, grid, dim3(FINAL, FINAL), (const T *)x, parts, pieces, rows,
                      (unsigned)channels, gamma, beta, epsilon, stats);
               const affine<T> a = {(const T *)x, (T *)y, parts, parts + channels,
                                    pieces * 2 * channels, f};
               walk<N>(a, groups, rows, channels));
}

__global__ void running_kernel(const float *stats, size_t rows, size_t channels, float epsilon,
                               float momentum, float *mean, float *variance)
{
    const float unbias = rows > 1 ? (float)rows / (float)(rows - 1) : 1;
    for (size_t c = grid_first(); c < channels; c += grid_step()) {
        const float deviation = 1 / stats[channels + c];
        const float fresh = fmaxf(deviation * deviation - epsilon, 0) * unbias;
        mean[c] = momentum * mean[c] + (1 - momentum) * stats[c];
        variance[c] = momentum * variance[c] + (1 - momentum) * fresh;
    }
}

void cuda_norm_running(const float *stats, size_t rows, size_t channels, float epsilon,
                       float momentum, float *mean, float *variance)
{
    launch(running_kernel, grid_for(channels), BLOCK, stats, rows, channels, epsilon, momentum,
           mean, variance);
}

__global__ void affine_of_kernel(const float *gamma, const float *beta, const float *mean,
                                 const float *variance, float epsilon, size_t channels,
                                 float *scale, float *shift)
{
    for (size_t c = grid_first(); c < channels; c += grid_step()) {
        scale[c] = gamma[c] / sqrtf(variance[c] + epsilon);
        shift[c] = beta[c] - mean[c] * scale[c];
    }
}

void cuda_norm_affine(const float *gamma, const float *beta, const float *mean,
                      const float *variance, float epsilon, size_t channels, float *scale,
                      float *shift)
{
    launch(affine_of_kernel, grid_for(channels), BLOCK, gamma, beta, mean, variance, epsilon,
           channels, scale, shift);
}

// ---- Backward ----------------------------------------------------------------------------------

template <typename T> struct plain_sums {
    const T *dy;
    template <int N> struct column {
        __device__ column(const plain_sums &, size_t, unsigned)
        {
        }
        __device__ void add(const plain_sums &s, size_t i, float *sum, float *) const
        {
            float v[N];
            read<N>(s.dy, i, v);
            for (int k = 0; k < N; k++)
                sum[k] += v[k];
        }
    };
};

// With hat = (x - mean) / deviation, z = hat gamma + beta and dz = dy f'(f(z)): sums of dz and
// dz hat, and dx = gamma / deviation (dz - mean(dz) - hat mean(dz hat)).
template <typename T> struct norm_slopes {
    const T *x, *dy;
    T *dx;
    size_t channels;
    const float *gamma, *beta, *stats;
    const float *means; // (2, channels) of each group,
    size_t means_step;  //   this far apart
    enum activation f;
    template <int N> struct column {
        float mean[N], inverse[N], gamma[N], beta[N], mean_dz[N], mean_product[N];
        __device__ column(const norm_slopes &s, size_t group, unsigned c)
        {
            const float *stats = s.stats + group * 2 * s.channels + c;
            const float *means = s.means ? s.means + group * s.means_step + c : NULL;
            for (int k = 0; k < N; k++) {
                mean[k] = stats[k];
                inverse[k] = stats[s.channels + k];
                gamma[k] = s.gamma[c + k];
                beta[k] = s.beta[c + k];
                mean_dz[k] = means ? means[k] : 0;
                mean_product[k] = means ? means[s.channels + k] : 0;
            }
        }
        __device__ void slopes(const norm_slopes &s, size_t i, float *hat, float *dz) const
        {
            read<N>(s.x, i, hat);
            read<N>(s.dy, i, dz);
            for (int k = 0; k < N; k++) {
                hat[k] = (hat[k] - mean[k]) * inverse[k];
                dz[k] *= activation_slope(s.f, activation_of(s.f, hat[k] * gamma[k] + beta[k]));
            }
        }
        __device__ void add(const norm_slopes &s, size_t i, float *sum, float *product) const
        {
            float hat[N], dz[N];
            slopes(s, i, hat, dz);
            for (int k = 0; k < N; k++) {
                sum[k] += dz[k];
                product[k] += dz[k] * hat[k];
            }
        }
        __device__ void at(const norm_slopes &s, size_t i) const
        {
            float hat[N], dz[N];
            slopes(s, i, hat, dz);
            for (int k = 0; k < N; k++)
                dz[k] = gamma[k] * inverse[k] * (dz[k] - mean_dz[k] - hat[k] * mean_product[k]);
            write<N>(s.dx, i, dz);
        }
    };
};

// Where sums is not NULL they go there, (2, channels) of the one group; else the first piece of
// each group gets the means, and the parameters' gradients (each NULL: not wanted) the sums.
__global__ void gradients_kernel(float *parts, unsigned pieces, size_t groups, size_t rows,
                                 unsigned channels, float *dgamma, float *dbeta, int add,
                                 double *sums)
{
    const unsigned c = blockIdx.x * FINAL + threadIdx.x;
    const int writes = threadIdx.y == 0 && c < channels;
    double all_dz = 0, all_product = 0, dz, product;
    for (size_t g = 0; g < groups; g++) {
        float *group = parts + g * pieces * 2 * channels;
        pieces_sum(group, pieces, channels, c, &dz, &product);
        all_dz += dz;
        all_product += product;
        if (writes && !sums) {
            group[c] = (float)(dz / (double)rows);
            group[channels + c] = (float)(product / (double)rows);
        }
    }
    if (writes && sums) {
        sums[c] = all_dz;
        sums[channels + c] = all_product;
    }
    if (writes && dgamma)
        dgamma[c] = (add ? dgamma[c] : 0) + (float)all_product;
    if (writes && dbeta)
        dbeta[c] = (add ? dbeta[c] : 0) + (float)all_dz;
}

static void gradients(float *parts, unsigned pieces, size_t groups, size_t rows, size_t channels,
                      float *dgamma, float *dbeta, int add, double *sums)
{
    launch(gradients_kernel, dim3((unsigned)divide_up(channels, FINAL)), dim3(FINAL, FINAL), parts,
           pieces, groups, rows, (unsigned)channels, dgamma, dbeta, add, sums);
}

void cuda_bias_backward(enum dtype dtype, const void *dy, size_t rows, size_t channels,
                        float *dbias, int add, void *scratch)
{
    float *parts = (float *)scratch;
    WITH_PACKS(dtype, rows_aligned<T>(dy, channels), const plain_sums<T> s = {(const T *)dy};
               const unsigned pieces = sum<N>(s, 1, rows, channels, parts);
               gradients(parts, pieces, 1, rows, channels, (float *)NULL, dbias, add, NULL));
}

void cuda_norm_backward(enum dtype dtype, const void *x, const void *dy, size_t groups, size_t rows,
                        size_t channels, const float *gamma, const float *beta, enum activation f,
                        const float *stats, void *dx, float *dgamma, float *dbeta, int add,
                        void *scratch)
{
    float *parts = (float *)scratch;
    WITH_PACKS(dtype, rows_aligned<T>(x, channels) && is_aligned(dy) && is_aligned(dx),
               norm_slopes<T> s = {(const T *)x, (const T *)dy, (T *)dx, channels, gamma, beta,
                                   stats, NULL, 0, f};
               const unsigned pieces = sum<N>(s, groups, rows, channels, parts);
               gradients(parts, pieces, groups, rows, channels, dgamma, dbeta, add, NULL);
               s.means = parts; s.means_step = pieces * 2 * channels;
               walk<N>(s, groups, rows, channels));
}

void cuda_norm_backward_sums(enum dtype dtype, const void *x, const void *dy, size_t rows,
                             size_t channels, const float *gamma, const float *beta,
                             enum activation f, const float *stats, double *sums, void *scratch)
{
    float *parts = (float *)scratch;
    WITH_PACKS(dtype, rows_aligned<T>(x, channels) && is_aligned(dy),
               const norm_slopes<T> s = {(const T *)x, (const T *)dy, NULL, channels, gamma, beta,
                                         stats, NULL, 0, f};
               const unsigned pieces = sum<N>(s, 1, rows, channels, parts);
               gradients(parts, pieces, 1, rows, channels, NULL, NULL, 0, sums));
}

void cuda_norm_backward_data(enum dtype dtype, const void *x, const void *dy, size_t rows,
                             size_t channels, const float *gamma, const float *beta,
                             enum activation f, const float *stats, const float *means, void *dx)
{
    WITH_PACKS(dtype, rows_aligned<T>(x, channels) && is_aligned(dy) && is_aligned(dx),
               const norm_slopes<T> s = {(const T *)x, (const T *)dy, (T *)dx, channels, gamma,
                                         beta, stats, means, 0, f};
               walk<N>(s, 1, rows, channels));
}
