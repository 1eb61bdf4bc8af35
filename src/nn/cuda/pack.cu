// Rearrangements around a convolution: weights between (O, I, KH KW) and (O, KH KW, I), photos with
// and without their border.

#include "nn/cuda/kernel.h"
#include "nn/cuda/pack.h"

#define TILE 32
#define TILE_ROWS 8

// to (batch, columns, rows) gets, or has added, from (batch, rows, columns).
template <typename From, typename To>
__global__ void transpose_kernel(const From *from, unsigned rows, unsigned columns, int add, To *to)
{
    __shared__ float tile[TILE][TILE + 1];
    const size_t first = (size_t)blockIdx.z * rows * columns;
    const unsigned row = blockIdx.y * TILE, column = blockIdx.x * TILE;
    for (unsigned i = threadIdx.y; i < TILE; i += TILE_ROWS)
        if (row + i < rows && column + threadIdx.x < columns)
            tile[i][threadIdx.x] =
                to_f32(from[first + (size_t)(row + i) * columns + column + threadIdx.x]);
    __syncthreads();
    for (unsigned i = threadIdx.y; i < TILE; i += TILE_ROWS)
        if (column + i < columns && row + threadIdx.x < rows) {
            To *out = to + first + (size_t)(column + i) * rows + row + threadIdx.x;
            *out = from_f32<To>((add ? to_f32(*out) : 0) + tile[threadIdx.x][i]);
        }
}

template <typename From, typename To>
static void transpose(const void *from, size_t batch, size_t rows, size_t columns, int add,
                      void *to)
{
    const dim3 grid((unsigned)divide_up(columns, TILE), (unsigned)divide_up(rows, TILE),
                    (unsigned)batch);
    launch(transpose_kernel<From, To>, grid, dim3(TILE, TILE_ROWS), (const From *)from,
           (unsigned)rows, (unsigned)columns, add, (To *)to);
}

void pack_weights(enum dtype dtype, const float *weights, size_t out, size_t in, size_t area,
                  void *packed)
{
    WITH_TYPE(dtype, transpose<float, T>(weights, out, in, area, 0, packed));
}

void unpack_weights(enum dtype dtype, const void *packed, size_t out, size_t in, size_t area,
                    int add, float *weights)
{
    WITH_TYPE(dtype, transpose<T, float>(packed, out, area, in, add, weights));
}

struct frames {
    unsigned h, w, packs, out_h, out_w, top, left; // of one photo, in packs of channels
};

// Output pixel (y, x) is input pixel (y - top, x - left), or 0 where there is none.
template <int N, typename T>
__global__ void reframe_kernel(const T *x, frames s, size_t count, T *y)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const unsigned pixel = (unsigned)(i / s.packs), row = pixel / s.out_w;
        const unsigned photo = row / s.out_h, iy = row - photo * s.out_h - s.top;
        const unsigned ix = pixel - row * s.out_w - s.left; // negative wraps to huge
        const size_t k = i - (size_t)pixel * s.packs;
        pack<T, N> v = {};
        if (iy < s.h && ix < s.w)
            v = *reinterpret_cast<const pack<T, N> *>(
                x + ((((size_t)photo * s.h + iy) * s.w + ix) * s.packs + k) * N);
        *reinterpret_cast<pack<T, N> *>(y + i * N) = v;
    }
}

void reframe(enum dtype dtype, const void *x, size_t n, size_t h, size_t w, size_t c, long top,
             long left, size_t out_h, size_t out_w, void *y)
{
    WITH_PACKS(dtype, rows_aligned<T>(x, c) && is_aligned(y),
               const frames s = {(unsigned)h, (unsigned)w, (unsigned)(c / N), (unsigned)out_h,
                                 (unsigned)out_w, (unsigned)top, (unsigned)left};
               const size_t count = n * out_h * out_w * c / N; launch(
                   reframe_kernel<N, T>, grid_for(count), BLOCK, (const T *)x, s, count, (T *)y));
}
