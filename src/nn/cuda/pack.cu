// Copies that change the layout: weights between (O, I, KH KW) and (O, KH KW, I), photos into and
// out of frames.

#include "nn/cuda/kernel.h"
#include "nn/cuda/pack.h"

#define TILE 32
#define TILE_ROWS 8

// Matrices to transpose: (rows, columns) becomes (columns, rows). Rows are from_pitch and to_pitch
// numbers apart.
struct turn {
    unsigned rows, columns, from_pitch, to_pitch;
};

template <typename From, typename To>
__global__ void transpose_kernel(const From *from, turn t, int add, To *to)
{
    __shared__ float tile[TILE][TILE + 1];
    const unsigned row = blockIdx.y * TILE, column = blockIdx.x * TILE;
    from += (size_t)blockIdx.z * t.rows * t.from_pitch;
    to += (size_t)blockIdx.z * t.columns * t.to_pitch;
    for (unsigned i = threadIdx.y; i < TILE; i += TILE_ROWS)
        if (row + i < t.rows && column + threadIdx.x < t.columns)
            tile[i][threadIdx.x] =
                to_f32(from[(size_t)(row + i) * t.from_pitch + column + threadIdx.x]);
    __syncthreads();
    for (unsigned i = threadIdx.y; i < TILE; i += TILE_ROWS)
        if (column + i < t.columns && row + threadIdx.x < t.rows) {
            To *out = to + (size_t)(column + i) * t.to_pitch + row + threadIdx.x;
            *out = from_f32<To>((add ? to_f32(*out) : 0) + tile[threadIdx.x][i]);
        }
}

template <typename From, typename To>
static void transpose(const void *from, size_t batch, const turn &t, int add, void *to)
{
    const dim3 grid((unsigned)divide_up(t.columns, TILE), (unsigned)divide_up(t.rows, TILE),
                    (unsigned)batch);
    launch(transpose_kernel<From, To>, grid, dim3(TILE, TILE_ROWS), (const From *)from, t, add,
           (To *)to);
}

void pack_weights(enum dtype dtype, const float *weights, size_t out, size_t in, size_t area,
                  size_t room, void *packed)
{
    const turn t = {(unsigned)in, (unsigned)area, (unsigned)area, (unsigned)room};
    WITH_TYPE(dtype, transpose<float, T>(weights, out, t, 0, packed));
}

void unpack_weights(enum dtype dtype, const void *packed, size_t out, size_t in, size_t area,
                    size_t room, int add, float *weights)
{
    const turn t = {(unsigned)area, (unsigned)in, (unsigned)room, (unsigned)area};
    WITH_TYPE(dtype, transpose<T, float>(packed, out, t, add, weights));
}

struct frame_sizes {
    unsigned h, w, c, out_h, out_w, out_c, top, left;
};

// Number (y, x, k) of the frame is number (y - top, x - left, k) of the photo, or 0.
template <int N, typename T>
__global__ void reframe_kernel(const T *x, frame_sizes s, size_t count, T *y)
{
    const unsigned packs = s.out_c / N;
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const unsigned pixel = (unsigned)(i / packs), row = pixel / s.out_w;
        const unsigned photo = row / s.out_h, iy = row - photo * s.out_h - s.top;
        const unsigned ix = pixel - row * s.out_w - s.left; // below 0 it wraps to a huge number
        const unsigned k = (unsigned)(i - (size_t)pixel * packs) * N;
        pack<T, N> v = {};
        if (iy < s.h && ix < s.w) {
            const T *from = x + (((size_t)photo * s.h + iy) * s.w + ix) * s.c + k;
            if (s.c == s.out_c)
                v = *reinterpret_cast<const pack<T, N> *>(from);
            else
                for (unsigned j = 0; j < N; j++)
                    if (k + j < s.c)
                        v.v[j] = from[j];
        }
        *reinterpret_cast<pack<T, N> *>(y + i * N) = v;
    }
}

void reframe(enum dtype dtype, const struct frame *f, size_t photos, const void *x, void *y)
{
    const frame_sizes s = {(unsigned)f->h,     (unsigned)f->w,     (unsigned)f->c,
                           (unsigned)f->out_h, (unsigned)f->out_w, (unsigned)f->out_c,
                           (unsigned)f->top,   (unsigned)f->left};
    WITH_PACKS(
        dtype, rows_aligned<T>(y, f->out_c) && is_aligned(x),
        const size_t count = photos * f->out_h * f->out_w * f->out_c / N;
        launch(reframe_kernel<N, T>, grid_for(count), BLOCK, (const T *)x, s, count, (T *)y));
}
