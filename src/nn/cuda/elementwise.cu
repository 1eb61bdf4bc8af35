// Loops over whole buffers: activations, add, dropout, copies of channels, painting.

#include "nn/cuda/kernel.h"

template <typename T> struct activation_map {
    enum activation f;
    const T *x;
    T *y;
    template <int N> __device__ void at(size_t i) const
    {
        float v[N];
        read<N>(x, i, v);
        for (int k = 0; k < N; k++)
            v[k] = activation_of(f, v[k]);
        write<N>(y, i, v);
    }
};

void cuda_activation_forward(enum dtype dtype, enum activation f, const void *x, void *y,
                             size_t count)
{
    WITH_TYPE(dtype, const activation_map<T> m = {f, (const T *)x, (T *)y};
              map<pack_size<T>()>(m, count, is_aligned(x) && is_aligned(y)));
}

template <typename T> struct slope_map {
    enum activation f;
    const T *y, *dy;
    T *dx;
    template <int N> __device__ void at(size_t i) const
    {
        float v[N], d[N];
        read<N>(y, i, v);
        read<N>(dy, i, d);
        for (int k = 0; k < N; k++)
            d[k] *= activation_slope(f, v[k]);
        write<N>(dx, i, d);
    }
};

void cuda_activation_backward(enum dtype dtype, enum activation f, const void *y, const void *dy,
                              void *dx, size_t count)
{
    if (f == ACTIVATION_NONE) {
        if (dx != dy)
            cuda_copy(dx, dy, count * dtype_size(dtype));
        return;
    }
    WITH_TYPE(dtype, const slope_map<T> m = {f, (const T *)y, (const T *)dy, (T *)dx};
              map<pack_size<T>()>(m, count, is_aligned(y) && is_aligned(dy) && is_aligned(dx)));
}

template <typename T> struct add_map {
    enum activation f;
    const T *a, *b;
    T *y;
    template <int N> __device__ void at(size_t i) const
    {
        float v[N], w[N];
        read<N>(a, i, v);
        read<N>(b, i, w);
        for (int k = 0; k < N; k++)
            v[k] = activation_of(f, v[k] + w[k]);
        write<N>(y, i, v);
    }
};

void cuda_add_forward(enum dtype dtype, enum activation f, const void *a, const void *b, void *y,
                      size_t count)
{
    WITH_TYPE(dtype, const add_map<T> m = {f, (const T *)a, (const T *)b, (T *)y};
              map<pack_size<T>()>(m, count, is_aligned(a) && is_aligned(b) && is_aligned(y)));
}

// The mixing function of base/rng.h. dropout_map draws the same numbers as rng_at(seed, 0, i).
__device__ static inline uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

template <typename T> struct dropout_map {
    uint64_t seed, limit;
    const uint64_t *step;
    float scale;
    const T *x;
    T *y;
    template <int N> __device__ void at(size_t i) const
    {
        const uint64_t key = mix((seed + *step) ^ mix(0));
        float v[N];
        read<N>(x, i, v);
        for (int k = 0; k < N; k++)
            v[k] = (mix(key + (i + k) * 0x9e3779b97f4a7c15u) >> 40) < limit ? 0 : v[k] * scale;
        write<N>(y, i, v);
    }
};

void cuda_dropout(enum dtype dtype, float rate, uint64_t seed, const uint64_t *step, const void *x,
                  void *y, size_t count)
{
    const uint64_t limit = (uint64_t)((double)rate * 16777216.0);
    WITH_TYPE(dtype,
              const dropout_map<T> m = {seed, limit, step, 1 / (1 - rate), (const T *)x, (T *)y};
              map<pack_size<T>()>(m, count, is_aligned(x) && is_aligned(y)));
}

template <typename T> struct paint_map {
    const uint8_t *labels;
    const float *table;
    size_t classes, channels;
    T *y;
    template <int N> __device__ void at(size_t i) const
    {
        size_t row = i / channels, c = i % channels;
        float v[N];
        for (int k = 0; k < N; k++) {
            const uint8_t label = labels[row];
            v[k] = label < classes ? table[label * channels + c] : 0;
            if (++c == channels) {
                c = 0;
                row++;
            }
        }
        write<N>(y, i, v);
    }
};

void cuda_paint(enum dtype dtype, const uint8_t *labels, size_t rows, const float *table,
                size_t classes, size_t channels, void *y)
{
    WITH_TYPE(dtype, const paint_map<T> m = {labels, table, classes, channels, (T *)y};
              map<pack_size<T>()>(m, rows * channels, is_aligned(y)));
}

// Copies rows of `width` elements of type P. Divides in 32 bits, since 64 are slow.
template <typename P>
__global__ void copy_kernel(const P *x, size_t x_pitch, P *y, size_t y_pitch, unsigned width,
                            unsigned count)
{
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const unsigned row = (unsigned)i / width, column = (unsigned)i % width;
        y[row * y_pitch + column] = x[row * x_pitch + column];
    }
}

template <typename P>
static void copy_rows(const char *x, size_t x_pitch, char *y, size_t y_pitch, size_t bytes,
                      size_t rows)
{
    const size_t width = bytes / sizeof(P), most = lesser(rows, UINT32_MAX / width);
    for (size_t first = 0; first < rows; first += most) {
        const size_t count = lesser(most, rows - first) * width;
        launch(copy_kernel<P>, grid_for(count), BLOCK, (const P *)(x + first * x_pitch),
               x_pitch / sizeof(P), (P *)(y + first * y_pitch), y_pitch / sizeof(P),
               (unsigned)width, (unsigned)count);
    }
}

void cuda_copy_channels(enum dtype dtype, const void *x, size_t x_channels, size_t x_first, void *y,
                        size_t y_channels, size_t y_first, size_t channels, size_t rows)
{
    const size_t size = dtype_size(dtype), bytes = channels * size;
    const size_t x_pitch = x_channels * size, y_pitch = y_channels * size;
    const char *from = (const char *)x + x_first * size;
    char *to = (char *)y + y_first * size;
    // Its lowest bits say how many bytes one access may take.
    const size_t unit = (uintptr_t)from | (uintptr_t)to | bytes | x_pitch | y_pitch;
    if (rows == 0 || bytes == 0)
        return;
    if (unit % 16 == 0)
        copy_rows<uint4>(from, x_pitch, to, y_pitch, bytes, rows);
    else if (unit % 4 == 0)
        copy_rows<uint32_t>(from, x_pitch, to, y_pitch, bytes, rows);
    else if (unit % 2 == 0)
        copy_rows<uint16_t>(from, x_pitch, to, y_pitch, bytes, rows);
    else
        copy_rows<uint8_t>(from, x_pitch, to, y_pitch, bytes, rows);
}
