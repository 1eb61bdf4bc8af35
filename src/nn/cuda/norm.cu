// Sums over rows, and what is computed from them: gradients of biases, and batch normalization.
// There are three launches. In the first each block sums a piece of the rows in f32. The second
// adds the pieces in order, in double. The third goes over the rows again and applies the result.
// The pieces depend on the shape alone, so every run and every GPU give the same bits.
//
// A thread works on the same N channels in all its rows and keeps their numbers in registers. A
// block has `columns` such threads side by side and `lanes` rows of them.

#include "nn/cuda/kernel.h"

#define PIECES 512 // of one sum, at most
#define COLUMNS 32 // of a block, at most
#define FINAL 32   // a block of the second launch has FINAL channels by FINAL pieces

struct layout {
    unsigned column_blocks, columns, lanes; // column_blocks: blocks that cover all channels
};

static layout layout_for(size_t channels, int n)
{
    const size_t columns = channels / n, blocks = divide_up(columns, COLUMNS);
    const size_t width = divide_up(columns, blocks);
    return {(unsigned)blocks, (unsigned)width, (unsigned)(BLOCK / width)};
}

// The number of pieces of a sum.
static unsigned pieces_for(const layout &l, size_t rows)
{
    const size_t most = PIECES / lesser(PIECES, l.column_blocks);
    return (unsigned)lesser(divide_up(rows, (size_t)l.lanes * 8), most);
}

size_t cuda_sum_scratch(size_t channels)
{
    const size_t blocks = divide_up(channels, 8 * COLUMNS);
    return PIECES / lesser(PIECES, blocks) * 2 * channels * sizeof(float);
}

// ---- Sums over rows, and walks over them -------------------------------------------------------

// Adds each column's N numbers over the lanes of a block. The sums go to lane 0.
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
        numbers[k] = sums[k * BLOCK + at]; // lane 0 reads what it wrote itself
}

// Each block writes two sums of its piece: parts (pieces, 2, channels). F::column<N> holds what a
// thread needs of its channels, and column.add adds N numbers of a row to both sums.
template <int N, typename F>
__global__ void sum_kernel(F f, size_t rows, unsigned channels, float *parts)
{
    const unsigned c = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    const size_t piece = blockIdx.y, pieces = gridDim.y, last = rows * (piece + 1) / pieces;
    float first_sum[N] = {0}, second_sum[N] = {0};
    if (c < channels) {
        const typename F::template column<N> column(f, c);
#pragma unroll 4
        for (size_t r = rows * piece / pieces + threadIdx.y; r < last; r += blockDim.y)
            column.add(f, r * channels + c, first_sum, second_sum);
    }
    lanes_sum<N>(first_sum);
    lanes_sum<N>(second_sum);
    if (threadIdx.y > 0 || c >= channels)
        return;
    float *out = parts + piece * 2 * channels + c;
    for (int k = 0; k < N; k++) {
        out[k] = first_sum[k];
        out[channels + k] = second_sum[k];
    }
}

// Calls column.at for N numbers at a time, over all rows.
template <int N, typename F>
__global__ void walk_kernel(F f, size_t rows, unsigned channels, size_t step)
{
    const unsigned c = (blockIdx.x * blockDim.x + threadIdx.x) * N;
    if (c >= channels)
        return;
    const typename F::template column<N> column(f, c);
#pragma unroll 4
    for (size_t r = blockIdx.y * (size_t)blockDim.y + threadIdx.y; r < rows; r += step)
        column.at(f, r * channels + c);
}

// Queues the sums and returns the number of pieces.
template <int N, typename F>
static unsigned sum(const F &f, size_t rows, size_t channels, float *parts)
{
    const layout l = layout_for(channels, N);
    const unsigned pieces = pieces_for(l, rows);
    launch(sum_kernel<N, F>, dim3(l.column_blocks, pieces), dim3(l.columns, l.lanes), f, rows,
           (unsigned)channels, parts);
    return pieces;
}

template <int N, typename F> static void walk(const F &f, size_t rows, size_t channels)
{
    const layout l = layout_for(channels, N);
    const size_t most = divide_up((size_t)cuda_device.processors * 16, l.column_blocks);
    const unsigned blocks = (unsigned)lesser(divide_up(rows, l.lanes), most);
    launch(walk_kernel<N, F>, dim3(l.column_blocks, blocks), dim3(l.columns, l.lanes), f, rows,
           (unsigned)channels, (size_t)blocks * l.lanes);
}

// Adds both sums of channel c over the pieces, in double. The threads with threadIdx.y 0 get them.
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
    enum activation f;
    template <int N> struct column {
        float scale[N], shift[N];
        __device__ column(const affine &a, unsigned c)
        {
            for (int k = 0; k < N; k++) {
                scale[k] = a.scale ? a.scale[c + k] : 1;
                shift[k] = a.shift[c + k];
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
                   const affine<T> a = {(const T *)x, (T *)y, scale, shift, f};
                   walk<N>(a, rows, channels));
}

// ---- Normalization, forward --------------------------------------------------------------------

// Sums of x and of its squares, around the first row. A large offset of all numbers would else
// swallow the variance.
template <typename T> struct centered_sums {
    const T *x;
    template <int N> struct column {
        float center[N];
        __device__ column(const centered_sums &s, unsigned c)
        {
            for (int k = 0; k < N; k++)
                center[k] = to_f32(s.x[c + k]);
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

// Computes the statistics from the pieces. Then scale and shift take the place of the first piece.
template <typename T>
__global__ void stats_kernel(norm_pass n, const T *x, float *parts, unsigned pieces)
{
    const unsigned c = blockIdx.x * FINAL + threadIdx.x, channels = (unsigned)n.channels;
    double total, square;
    pieces_sum(parts, pieces, channels, c, &total, &square);
    if (threadIdx.y > 0 || c >= channels)
        return;
    const double offset = total / (double)n.rows;
    const double variance = fmax(square / (double)n.rows - offset * offset, 0.0);
    const float mean = to_f32(x[c]) + (float)offset;
    const float inverse = (float)(1 / sqrt(variance + (double)n.epsilon));
    const float scale = n.gamma[c] * inverse;
    n.stats[c] = mean;
    n.stats[channels + c] = inverse;
    parts[c] = scale;
    parts[channels + c] = n.beta[c] - mean * scale;
}

void cuda_norm_forward(const struct norm_pass *n, const void *x, void *y, void *scratch)
{
    float *parts = (float *)scratch;
    const dim3 grid((unsigned)divide_up(n->channels, FINAL));
    WITH_PACKS(n->dtype, rows_aligned<T>(x, n->channels) && is_aligned(y),
               const centered_sums<T> s = {(const T *)x};
               const unsigned pieces = sum<N>(s, n->rows, n->channels, parts);
               launch(stats_kernel<T>, grid, dim3(FINAL, FINAL), *n, (const T *)x, parts, pieces);
               const affine<T> a = {(const T *)x, (T *)y, parts, parts + n->channels, n->f};
               walk<N>(a, n->rows, n->channels));
}

__global__ void running_kernel(norm_pass n, float momentum, float *mean, float *variance)
{
    const float unbias = n.rows > 1 ? (float)n.rows / (float)(n.rows - 1) : 1;
    for (size_t c = grid_first(); c < n.channels; c += grid_step()) {
        const float deviation = 1 / n.stats[n.channels + c];
        const float fresh = fmaxf(deviation * deviation - n.epsilon, 0) * unbias;
        mean[c] = momentum * mean[c] + (1 - momentum) * n.stats[c];
        variance[c] = momentum * variance[c] + (1 - momentum) * fresh;
    }
}

void cuda_norm_running(const struct norm_pass *n, float momentum, float *mean, float *variance)
{
    launch(running_kernel, grid_for(n->channels), BLOCK, *n, momentum, mean, variance);
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
        __device__ column(const plain_sums &, unsigned)
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

// With hat = (x - mean) / deviation, z = hat gamma + beta and dz = dy f'(z): sums of dz and dz hat,
// and dx = gamma / deviation (dz - mean(dz) - hat mean(dz hat)).
template <typename T> struct norm_slopes {
    norm_pass n;
    const T *x, *dy;
    T *dx;
    const float *means; // (2, channels); NULL for the sums
    template <int N> struct column {
        float mean[N], inverse[N], gamma[N], beta[N], mean_dz[N], mean_product[N];
        __device__ column(const norm_slopes &s, unsigned c)
        {
            const size_t channels = s.n.channels;
            for (int k = 0; k < N; k++) {
                mean[k] = s.n.stats[c + k];
                inverse[k] = s.n.stats[channels + c + k];
                gamma[k] = s.n.gamma[c + k];
                beta[k] = s.n.beta[c + k];
                mean_dz[k] = s.means ? s.means[c + k] : 0;
                mean_product[k] = s.means ? s.means[channels + c + k] : 0;
            }
        }
        __device__ void slopes(const norm_slopes &s, size_t i, float *hat, float *dz) const
        {
            read<N>(s.x, i, hat);
            read<N>(s.dy, i, dz);
            for (int k = 0; k < N; k++) {
                hat[k] = (hat[k] - mean[k]) * inverse[k];
                dz[k] *= activation_slope(s.n.f, activation_of(s.n.f, hat[k] * gamma[k] + beta[k]));
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

// Adds the pieces. If `sums` is not NULL the sums go there, (2, channels). Else the means take the
// place of the first piece, and the gradients of parameters (NULL: not wanted) get the sums.
__global__ void gradients_kernel(float *parts, unsigned pieces, size_t rows, unsigned channels,
                                 float *dgamma, float *dbeta, int add, double *sums)
{
    const unsigned c = blockIdx.x * FINAL + threadIdx.x;
    double dz, product;
    pieces_sum(parts, pieces, channels, c, &dz, &product);
    if (threadIdx.y > 0 || c >= channels)
        return;
    if (sums) {
        sums[c] = dz;
        sums[channels + c] = product;
    } else {
        parts[c] = (float)(dz / (double)rows);
        parts[channels + c] = (float)(product / (double)rows);
    }
    if (dgamma)
        dgamma[c] = (add ? dgamma[c] : 0) + (float)product;
    if (dbeta)
        dbeta[c] = (add ? dbeta[c] : 0) + (float)dz;
}

static void gradients(float *parts, unsigned pieces, size_t rows, size_t channels, float *dgamma,
                      float *dbeta, int add, double *sums)
{
    launch(gradients_kernel, dim3((unsigned)divide_up(channels, FINAL)), dim3(FINAL, FINAL), parts,
           pieces, rows, (unsigned)channels, dgamma, dbeta, add, sums);
}

void cuda_bias_backward(enum dtype dtype, const void *dy, size_t rows, size_t channels,
                        float *dbias, int add, void *scratch)
{
    float *parts = (float *)scratch;
    WITH_PACKS(dtype, rows_aligned<T>(dy, channels), const plain_sums<T> s = {(const T *)dy};
               const unsigned pieces = sum<N>(s, rows, channels, parts);
               gradients(parts, pieces, rows, channels, NULL, dbias, add, NULL));
}

void cuda_norm_backward(const struct norm_pass *n, const void *x, const void *dy, void *dx,
                        float *dgamma, float *dbeta, int add, void *scratch)
{
    float *parts = (float *)scratch;
    WITH_PACKS(n->dtype, rows_aligned<T>(x, n->channels) && is_aligned(dy) && is_aligned(dx),
               norm_slopes<T> s = {*n, (const T *)x, (const T *)dy, (T *)dx, NULL};
               const unsigned pieces = sum<N>(s, n->rows, n->channels, parts);
               gradients(parts, pieces, n->rows, n->channels, dgamma, dbeta, add, NULL);
               s.means = parts; walk<N>(s, n->rows, n->channels));
}

void cuda_norm_backward_sums(const struct norm_pass *n, const void *x, const void *dy, double *sums,
                             void *scratch)
{
    float *parts = (float *)scratch;
    WITH_PACKS(n->dtype, rows_aligned<T>(x, n->channels) && is_aligned(dy),
               const norm_slopes<T> s = {*n, (const T *)x, (const T *)dy, NULL, NULL};
               const unsigned pieces = sum<N>(s, n->rows, n->channels, parts);
               gradients(parts, pieces, n->rows, n->channels, NULL, NULL, 0, sums));
}

void cuda_norm_backward_data(const struct norm_pass *n, const void *x, const void *dy,
                             const float *means, void *dx)
{
    WITH_PACKS(n->dtype, rows_aligned<T>(x, n->channels) && is_aligned(dy) && is_aligned(dx),
               const norm_slopes<T> s = {*n, (const T *)x, (const T *)dy, (T *)dx, means};
               walk<N>(s, n->rows, n->channels));
}
