// The gradient of the weights of depthwise convolutions of 3x3 and 5x5, which oneDNN computes
// slowly (docs/decisions.md, "Depthwise gradients"):
//
//     dw[c][i][j] = sum over n, y, x of dy[n][y][x][c] * x[n][y s + i - top][x s + j - left][c]
//
// A task is one photo and BLOCK channels. It keeps the rows of x that the kernel covers as f32 in a
// ring. Each task has its own sums, which are added in order, so that one thread and many give the
// same bits.

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <omp.h>
#include <string.h>

#define LANES 8
#define SLICES 4 // of LANES channels; together one cache line of bf16
#define BLOCK (LANES * SLICES)
#define KERNEL_MAX 5
#define AHEAD 8 // columns that are fetched before they are read, since they lie far from each other

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

int cpu_depthwise_fits(const struct conv_shape *s)
{
    return s->groups > 1 && s->groups == s->c && s->c == s->out_c && s->dilation == 1 &&
           s->kernel_h == s->kernel_w && (s->kernel_h == 3 || s->kernel_h == KERNEL_MAX);
}

static size_t blocks_of(const struct conv_shape *s)
{
    return (s->c + BLOCK - 1) / BLOCK;
}

// The columns of x that a row of dy reads, with the padding.
static size_t reach_of(const struct conv_shape *s)
{
    return (s->out_w - 1) * s->stride + s->kernel_w;
}

// The lanes that the sums of a task take.
static size_t sums_of(const struct conv_shape *s)
{
    return SLICES * s->kernel_h * s->kernel_w;
}

// The lanes that a thread works in.
static size_t room_of(const struct conv_shape *s)
{
    return SLICES * (s->kernel_h * reach_of(s) + s->out_w);
}

size_t cpu_depthwise_scratch(const struct conv_shape *s)
{
    const size_t tasks = s->n * blocks_of(s);
    return (tasks * sums_of(s) + (size_t)omp_get_max_threads() * room_of(s)) * sizeof(lanes);
}

// The number of threads that cpu_depthwise_scratch counted.
static int threads_for(const struct conv_shape *s, size_t scratch_bytes)
{
    const size_t sums = s->n * blocks_of(s) * sums_of(s);
    return (int)((scratch_bytes / sizeof(lanes) - sums) / room_of(s));
}

// Converts `channels` numbers of each of `count` columns of a row to f32. Columns are `stride`
// numbers apart. Slice i of column j goes to out[i * pitch + j]; lanes without a channel become 0.
static inline __attribute__((always_inline)) void read_columns(enum dtype dtype, const void *row,
                                                               size_t stride, size_t channels,
                                                               size_t count, size_t pitch,
                                                               lanes *out)
{
    const size_t element = dtype_size(dtype);
    for (size_t j = 0; j < count; j++) {
        const char *ahead = (const char *)row + size_least(j + AHEAD, count - 1) * stride * element;
        for (size_t byte = 0; byte < BLOCK * element; byte += 64)
            __builtin_prefetch(ahead + byte);
        for (size_t i = 0; i < SLICES; i++) {
            float *to = (float *)(out + i * pitch + j);
            const size_t first = j * stride + i * LANES;
            if (channels >= (i + 1) * LANES) {
                if (dtype == DTYPE_BF16)
                    for (size_t c = 0; c < LANES; c++)
                        to[c] = bf16_to_f32(((const uint16_t *)row)[first + c]);
                else
                    memcpy(to, (const float *)row + first, sizeof(lanes));
                continue;
            }
            memset(to, 0, sizeof(lanes));
            for (size_t c = 0; i * LANES + c < channels; c++)
                to[c] = dtype == DTYPE_BF16 ? bf16_to_f32(((const uint16_t *)row)[first + c])
                                            : ((const float *)row)[first + c];
        }
    }
}

// sums[j] += sum over o of x[o stride + j] dy[o], for j < k, of two slices. They lie `pitch` lanes
// apart in x, `count` in dy, and k k in sums.
static inline __attribute__((always_inline)) void add_row(size_t k, const lanes *x, size_t pitch,
                                                          const lanes *dy, size_t count,
                                                          size_t stride, lanes *sums)
{
    lanes sum[KERNEL_MAX][2] = {{{0}}};
    for (size_t o = 0; o < count; o++)
#pragma GCC unroll 5
        for (size_t j = 0; j < k; j++) {
            sum[j][0] += x[o * stride + j] * dy[o];
            sum[j][1] += x[pitch + o * stride + j] * dy[count + o];
        }
#pragma GCC unroll 5
    for (size_t j = 0; j < k; j++) {
        sums[j] += sum[j][0];
        sums[k * k + j] += sum[j][1];
    }
}

// Adds one photo's part of the sums.
static inline __attribute__((always_inline)) void
add_image(size_t k, enum dtype dtype, const struct conv_shape *s, const char *x, const char *dy,
          size_t channels, lanes *room, lanes *sums)
{
    const size_t reach = reach_of(s), element = dtype_size(dtype);
    const size_t copied = size_least(s->w, reach > s->left ? reach - s->left : 0);
    lanes *ring = room, *dy_row = room + SLICES * k * reach;
    memset(ring, 0, SLICES * k * reach * sizeof *ring); // the padding stays 0
    size_t next = 0;                                    // row of x, without the padding
    for (size_t o = 0; o < s->out_h; o++) {
        const size_t end = o * s->stride + k > s->top ? o * s->stride + k - s->top : 0;
        for (; next < s->h && next < end; next++)
            if (next + k >= end) // else no row of dy needs it
                read_columns(dtype, x + next * s->w * s->c * element, s->c, channels, copied, reach,
                             ring + next % k * SLICES * reach + s->left);
        read_columns(dtype, dy + o * s->out_w * s->c * element, s->c, channels, s->out_w, s->out_w,
                     dy_row);
        for (size_t i = 0; i < k; i++) {
            const size_t row = o * s->stride + i; // with the padding
            if (row < s->top || row - s->top >= s->h)
                continue;
            for (size_t pair = 0; pair < SLICES; pair += 2)
                add_row(k, ring + ((row - s->top) % k * SLICES + pair) * reach, reach,
                        dy_row + pair * s->out_w, s->out_w, s->stride, sums + (pair * k + i) * k);
        }
    }
}

KERNEL static void task_run(enum dtype dtype, const struct conv_shape *s, const void *x,
                            const void *dy, size_t image, size_t block, lanes *room, lanes *sums)
{
    const size_t element = dtype_size(dtype), first = block * BLOCK;
    const size_t channels = size_least(BLOCK, s->c - first);
    const char *from = (const char *)x + (image * s->h * s->w * s->c + first) * element;
    const char *to = (const char *)dy + (image * s->out_h * s->out_w * s->c + first) * element;
    memset(sums, 0, sums_of(s) * sizeof *sums);
    if (s->kernel_h == 3 && dtype == DTYPE_BF16)
        add_image(3, DTYPE_BF16, s, from, to, channels, room, sums);
    else if (s->kernel_h == 3)
        add_image(3, DTYPE_F32, s, from, to, channels, room, sums);
    else if (dtype == DTYPE_BF16)
        add_image(KERNEL_MAX, DTYPE_BF16, s, from, to, channels, room, sums);
    else
        add_image(KERNEL_MAX, DTYPE_F32, s, from, to, channels, room, sums);
}

void cpu_depthwise_weights(enum dtype dtype, const struct conv_shape *s, size_t scratch_bytes,
                           const void *x, const void *dy, float *dweights, int add, void *scratch)
{
    const size_t blocks = blocks_of(s), tasks = s->n * blocks, area = s->kernel_h * s->kernel_w;
    lanes *sums = scratch, *rooms = sums + tasks * sums_of(s);
#pragma omp parallel for schedule(dynamic) num_threads(threads_for(s, scratch_bytes))
    for (loop_index t = 0; t < (loop_index)tasks; t++)
        task_run(dtype, s, x, dy, (size_t)t / blocks, (size_t)t % blocks,
                 rooms + (size_t)omp_get_thread_num() * room_of(s), sums + (size_t)t * sums_of(s));
    for (size_t c = 0; c < s->c; c++)
        for (size_t i = 0; i < area; i++) {
            const float *sum = (const float *)sums + c / BLOCK * sums_of(s) * LANES +
                               (c % BLOCK / LANES * area + i) * LANES + c % LANES;
            double total = 0;
            for (size_t n = 0; n < s->n; n++)
                total += (double)sum[n * blocks * sums_of(s) * LANES];
            dweights[c * area + i] = (add ? dweights[c * area + i] : 0) + (float)total;
        }
}
