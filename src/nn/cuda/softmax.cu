// Softmax, and the losses of class scores. `lanes` threads of one warp work on a row, a power of
// two. Short rows have few lanes, so that a warp takes many rows at once and all its threads have
// work. A row is not kept in registers but read again, from the cache.

#include "nn/cuda/kernel.h"

#define OWN 4 // channels of a thread, except in rows that are longer than WARP * OWN

static unsigned lanes_for(size_t channels)
{
    unsigned lanes = 1;
    while (lanes < WARP && lanes * OWN < channels)
        lanes *= 2;
    return lanes;
}

static_assert(DICE_CHANNELS_MAX <= WARP * OWN, "a thread has at most OWN channels for Dice");

// How a launch goes over the rows. The threads of a warp exchange numbers, so all take the same
// number of turns. Threads without a row read the last row and write nothing.
struct rows_walk {
    size_t rows;
    unsigned channels, lanes;
};

// The number of blocks for a walk, at most `most`.
static unsigned blocks_for(const rows_walk &w, size_t most)
{
    return (unsigned)lesser(divide_up(w.rows, BLOCK / w.lanes), most);
}

#define SUM_BLOCKS 512 // the most for sums, the same on every GPU

struct turn {
    size_t row;
    unsigned lane;
    int writes;
};

__device__ static inline turn turn_at(const rows_walk &w, size_t base)
{
    const size_t row = base + threadIdx.x / w.lanes;
    return {row < w.rows ? row : w.rows - 1, threadIdx.x % w.lanes, row < w.rows};
}

// Runs a statement for each turn t of a walk w.
#define FOR_ROWS(t, w)                                                                             \
    for (size_t base = blockIdx.x * (size_t)(BLOCK / (w).lanes); base < (w).rows;                  \
         base += gridDim.x * (size_t)(BLOCK / (w).lanes))                                          \
        if (const turn t = turn_at(w, base); true)

__device__ static inline float lanes_sum(float x, unsigned lanes)
{
    for (unsigned half = lanes / 2; half > 0; half /= 2)
        x += __shfl_xor_sync(0xffffffffu, x, half);
    return x;
}

// What the softmax of a row needs: its largest number `top`, and the sum of e^(x - top).
struct norm_of {
    float top, sum;
};

#define ALL_CLASSES (~(uint64_t)0)

// Whether a set has a class. Channels beyond its bits are in ALL_CLASSES alone.
__device__ static inline int set_has(uint64_t set, unsigned c)
{
    return set == ALL_CLASSES || (c < SET_CLASSES_MAX && (set >> c & 1));
}

// Does it for the classes of a set; ALL_CLASSES: for all.
template <typename T>
__device__ static inline norm_of row_norm(const rows_walk &w, const turn &t, const T *row,
                                          uint64_t set)
{
    float top = -INFINITY, sum = 0;
    for (unsigned c = t.lane; c < w.channels; c += w.lanes)
        top = set_has(set, c) ? fmaxf(top, to_f32(row[c])) : top;
    for (unsigned half = w.lanes / 2; half > 0; half /= 2)
        top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, half));
    for (unsigned c = t.lane; c < w.channels; c += w.lanes)
        sum += set_has(set, c) ? expf(to_f32(row[c]) - top) : 0;
    return {top, lanes_sum(sum, w.lanes)};
}

template <typename T> __global__ void softmax_kernel(rows_walk w, const T *x, T *y)
{
    FOR_ROWS(t, w)
    {
        const T *row = x + t.row * w.channels;
        const norm_of n = row_norm(w, t, row, ALL_CLASSES);
        const float share = 1 / n.sum;
        for (unsigned c = t.lane; t.writes && c < w.channels; c += w.lanes)
            y[t.row * w.channels + c] = from_f32<T>(expf(to_f32(row[c]) - n.top) * share);
    }
}

static rows_walk walk_of(size_t rows, size_t channels)
{
    return {rows, (unsigned)channels, lanes_for(channels)};
}

static size_t full_grid(void)
{
    return (size_t)cuda_device.processors * 16;
}

void cuda_softmax_forward(enum dtype dtype, const void *x, size_t rows, size_t channels, void *y)
{
    const rows_walk w = walk_of(rows, channels);
    if (rows > 0)
        WITH_TYPE(dtype, launch(softmax_kernel<T>, blocks_for(w, full_grid()), BLOCK, w,
                                (const T *)x, (T *)y));
}

template <typename T>
__global__ void softmax_backward_kernel(rows_walk w, const T *y, const T *dy, T *dx)
{
    FOR_ROWS(t, w)
    {
        const size_t first = t.row * w.channels;
        float dot = 0;
        for (unsigned c = t.lane; c < w.channels; c += w.lanes)
            dot += to_f32(y[first + c]) * to_f32(dy[first + c]);
        dot = lanes_sum(dot, w.lanes);
        for (unsigned c = t.lane; t.writes && c < w.channels; c += w.lanes)
            dx[first + c] = from_f32<T>(to_f32(y[first + c]) * (to_f32(dy[first + c]) - dot));
    }
}

void cuda_softmax_backward(enum dtype dtype, const void *y, const void *dy, size_t rows,
                           size_t channels, void *dx)
{
    const rows_walk w = walk_of(rows, channels);
    if (rows > 0)
        WITH_TYPE(dtype, launch(softmax_backward_kernel<T>, blocks_for(w, full_grid()), BLOCK, w,
                                (const T *)y, (const T *)dy, (T *)dx));
}

// ---- Cross-entropy -----------------------------------------------------------------------------

// Writes a sum of the rows' weights for each block. Labels of `known` and above do not count.
__global__ void weights_kernel(const uint8_t *labels, const float *weights, size_t rows,
                               unsigned known, double *sums)
{
    double sum = 0;
    for (size_t r = grid_first(); r < rows; r += grid_step())
        if (labels[r] < known)
            sum += weights ? (double)weights[labels[r]] : 1;
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        sums[blockIdx.x] = sum;
}

struct entropy {
    const uint8_t *labels;
    const float *weights;
    const uint64_t *sets;
    unsigned set_count;
    float factor;
    const double *totals; // (total_count): sums of the weights
    unsigned total_count;
    double *losses; // (blocks), sums of the losses; NULL: not wanted
};

template <typename T> __global__ void entropy_kernel(rows_walk w, entropy e, const T *x, T *dx)
{
    const double total = sum_of(e.totals, e.total_count);
    const float scale = total > 0 ? e.factor / (float)total : 0;
    double loss = 0;
    FOR_ROWS(t, w)
    {
        const T *row = x + t.row * w.channels;
        const norm_of n = row_norm(w, t, row, ALL_CLASSES);
        const unsigned label = e.labels[t.row];
        const int counts = label < w.channels + e.set_count;
        const float weight = !counts ? 0 : e.weights ? e.weights[label] : 1;
        const float share = 1 / n.sum;
        // All threads of a warp must exchange numbers alike, so rows without a set take part with
        // an empty one.
        const uint64_t set = counts && label >= w.channels ? e.sets[label - w.channels] : 0;
        const norm_of in = e.set_count ? row_norm(w, t, row, set) : norm_of{0, 0};
        if (counts && t.writes && t.lane == 0)
            loss += (double)(weight * (n.top + logf(n.sum) -
                                       (set ? in.top + logf(in.sum) : to_f32(row[label]))));
        for (unsigned c = t.lane; dx && t.writes && c < w.channels; c += w.lanes) {
            const float x_c = to_f32(row[c]), p = expf(x_c - n.top) * share;
            const float wanted = !set ? c == label : set >> c & 1 ? expf(x_c - in.top) / in.sum : 0;
            dx[t.row * w.channels + c] = from_f32<T>(scale * weight * (p - wanted));
        }
    }
    if (!e.losses)
        return;
    loss = block_sum(loss);
    if (threadIdx.x == 0)
        e.losses[blockIdx.x] = loss;
}

__global__ void entropy_value_kernel(const double *losses, unsigned count, const double *totals,
                                     unsigned total_count, double *value)
{
    const double loss = sum_of(losses, count), total = sum_of(totals, total_count);
    if (threadIdx.x == 0)
        *value = total > 0 ? loss / total : 0;
}

void cuda_cross_entropy(enum dtype dtype, const void *x, const uint8_t *labels,
                        const float *weights, const uint64_t *sets, size_t set_count, size_t rows,
                        size_t channels, float factor, void *dx, double *value)
{
    const rows_walk w = walk_of(rows, channels);
    const unsigned total_count = (unsigned)lesser(divide_up(rows, BLOCK), SUM_BLOCKS);
    const unsigned blocks = blocks_for(w, SUM_BLOCKS * 4);
    double *totals = cuda_device.sums, *losses = totals + SUM_BLOCKS;
    const entropy e = {labels, weights, sets,        (unsigned)set_count,
                       factor, totals,  total_count, value ? losses : NULL};
    if (rows == 0 || (!dx && !value))
        return;
    launch(weights_kernel, total_count, BLOCK, labels, weights, rows,
           (unsigned)(channels + set_count), totals);
    WITH_TYPE(dtype, launch(entropy_kernel<T>, blocks, BLOCK, w, e, (const T *)x, (T *)dx));
    if (value)
        launch(entropy_value_kernel, 1, BLOCK, losses, blocks, totals, total_count, value);
}

// ---- Dice --------------------------------------------------------------------------------------

// Adds over the threads of a block that have the same lane. The threads of the first row get the
// sums.
__device__ static inline double same_lane_sum(double mine, unsigned lanes)
{
    __shared__ double sums[BLOCK];
    __syncthreads();
    sums[threadIdx.x] = mine;
    for (unsigned half = BLOCK / 2; half >= lanes; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
    }
    return sums[threadIdx.x];
}

// Writes P, I and T of each class (see dice_sums) for each block: sums (blocks, 3, channels).
template <typename T>
__global__ void dice_kernel(rows_walk w, const T *x, const uint8_t *labels, double *sums)
{
    double probable[OWN] = {0}, inside[OWN] = {0}, own[OWN] = {0};
    FOR_ROWS(t, w)
    {
        const T *row = x + t.row * w.channels;
        const norm_of n = row_norm(w, t, row, ALL_CLASSES);
        const float share = 1 / n.sum;
        const unsigned label = labels[t.row];
        if (!t.writes || label >= w.channels)
            continue;
        for (unsigned k = 0, c = t.lane; k < OWN && c < w.channels; k++, c += w.lanes) {
            const double p = (double)(expf(to_f32(row[c]) - n.top) * share);
            probable[k] += p;
            inside[k] += c == label ? p : 0;
            own[k] += c == label;
        }
    }
    double *out = sums + (size_t)blockIdx.x * 3 * w.channels;
    for (unsigned k = 0; k < OWN; k++) {
        const unsigned c = threadIdx.x + k * w.lanes;
        const double three[3] = {same_lane_sum(probable[k], w.lanes),
                                 same_lane_sum(inside[k], w.lanes), same_lane_sum(own[k], w.lanes)};
        for (unsigned i = 0; i < 3; i++)
            if (threadIdx.x < w.lanes && c < w.channels)
                out[i * w.channels + c] = three[i];
    }
}

// Each block adds one number over the blocks of dice_kernel.
__global__ void dice_total_kernel(const double *sums, unsigned blocks, double *out)
{
    double sum = 0;
    for (unsigned b = threadIdx.x; b < blocks; b += BLOCK)
        sum += sums[(size_t)b * gridDim.x + blockIdx.x];
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        out[blockIdx.x] = sum;
}

void cuda_dice_sums(enum dtype dtype, const void *x, const uint8_t *labels, size_t rows,
                    size_t channels, double *sums)
{
    const rows_walk w = walk_of(rows, channels);
    const unsigned blocks = blocks_for(w, SUMS / (3 * channels));
    if (rows > 0)
        WITH_TYPE(dtype,
                  launch(dice_kernel<T>, blocks, BLOCK, w, (const T *)x, labels, cuda_device.sums));
    launch(dice_total_kernel, (unsigned)(3 * channels), BLOCK, cuda_device.sums, blocks, sums);
}

__global__ void dice_slopes_kernel(const double *sums, unsigned channels, float *slopes,
                                   double *value)
{
    const double *probable = sums, *inside = sums + channels, *own = sums + 2 * channels;
    const unsigned c = threadIdx.x;
    double present = 0, loss = 0;
    for (unsigned i = 0; i < channels; i++)
        present += own[i] > 0;
    if (c < channels) {
        const double all = probable[c] + own[c], share = own[c] > 0 ? 1 / present : 0;
        loss = share * (1 - 2 * inside[c] / fmax(all, 1.0));
        slopes[c] = (float)(share * 2 * inside[c] / fmax(all * all, 1.0));
        slopes[channels + c] = (float)(-share * 2 / fmax(all, 1.0));
    }
    loss = block_sum(loss);
    if (c == 0 && value)
        *value = loss;
}

void cuda_dice_slopes(const double *sums, size_t channels, float *slopes, double *value)
{
    launch(dice_slopes_kernel, 1, BLOCK, sums, (unsigned)channels, slopes, value);
}

template <typename T>
__global__ void dice_backward_kernel(rows_walk w, const T *x, const uint8_t *labels,
                                     const float *slopes, float factor, T *dx)
{
    FOR_ROWS(t, w)
    {
        const T *row = x + t.row * w.channels;
        const norm_of n = row_norm(w, t, row, ALL_CLASSES);
        const float share = 1 / n.sum;
        const unsigned label = labels[t.row];
        float mean = 0;
        for (unsigned c = t.lane; c < w.channels; c += w.lanes) {
            const float slope = slopes[c] + (c == label ? slopes[w.channels + c] : 0);
            mean += expf(to_f32(row[c]) - n.top) * share * slope;
        }
        mean = lanes_sum(mean, w.lanes);
        for (unsigned c = t.lane; t.writes && c < w.channels; c += w.lanes) {
            const float slope = slopes[c] + (c == label ? slopes[w.channels + c] : 0);
            const float p = expf(to_f32(row[c]) - n.top) * share;
            dx[t.row * w.channels + c] =
                from_f32<T>(label < w.channels ? factor * p * (slope - mean) : 0);
        }
    }
}

void cuda_dice_backward(enum dtype dtype, const void *x, const uint8_t *labels, const float *slopes,
                        size_t rows, size_t channels, float factor, void *dx)
{
    const rows_walk w = walk_of(rows, channels);
    if (rows > 0)
        WITH_TYPE(dtype, launch(dice_backward_kernel<T>, blocks_for(w, full_grid()), BLOCK, w,
                                (const T *)x, labels, slopes, factor, (T *)dx));
}
