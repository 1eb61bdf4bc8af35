// RoIAlign (He et al. 2017). In the forward pass a thread computes a pack of channels of a bin. In
// the backward pass regions overlap, and sums must not depend on the order in which threads run. So
// a thread has a pack of channels of a pixel of a level, and gathers from all regions in order. One
// comparison skips most of them.

#include "nn/cuda/kernel.h"

// The sample points of a region along one axis. Sample k of bin i is at
// start + i * bin + offset + k * step, in cells of the level, which has `side` of them.
struct axis {
    float start, bin, offset, step;
    unsigned bins, samples, side;
    int crop; // 1: the rule is ROI_CROP
};

struct roi_rules {
    enum roi_rule rule;
    unsigned h, w, stride, out_h, out_w, samples, c; // h, w and stride of one level
};

__device__ static inline axis axis_of(const roi_rules &s, int vertical, float low, float high)
{
    const unsigned bins = vertical ? s.out_h : s.out_w, side = vertical ? s.h : s.w;
    if (s.rule == ROI_CROP) {
        // As if the box, whose far corner is one pixel further in, were scaled to 0-1 by the photo
        // and from there to the level's corner cells.
        const float photo = (float)((size_t)side * s.stride) - 1, at = (float)(side - 1) / photo;
        const float start = low * at, extent = (high - 1 - low) * at;
        return {bins > 1 ? start : start + extent / 2,
                bins > 1 ? extent / (float)(bins - 1) : 0,
                0,
                0,
                bins,
                1,
                side,
                1};
    }
    const float scale = 1 / (float)s.stride, shift = s.rule == ROI_ALIGN_HALF ? 0.5f : 0;
    float extent = (high - low) * scale;
    if (s.rule == ROI_ALIGN)
        extent = fmaxf(extent, 1);
    const float bin = extent / (float)bins, step = bin / (float)s.samples;
    return {__fsub_rn(__fmul_rn(low, scale), shift), bin, step / 2, step, bins, s.samples, side, 0};
}

// The neighbors of a sample point on an axis; `inside` is 0 if it is outside the level.
struct point {
    unsigned low, high;
    float weight; // of high
    int inside;
};

// Rounds after each operation, as the CPU does. A fused multiply-add would move points on an edge
// across it.
__device__ static inline point point_at(const axis &a, unsigned bin, unsigned sample)
{
    float at = __fadd_rn(a.start, __fmul_rn((float)bin, a.bin));
    at = __fadd_rn(__fadd_rn(at, a.offset), __fmul_rn((float)sample, a.step));
    const float last = (float)(a.side - 1);
    if (a.crop ? !(at >= 0 && at <= last) : !(at >= -1 && at <= last + 1))
        return {0, 0, 0, 0};
    at = fminf(fmaxf(at, 0), last);
    const unsigned low = (unsigned)at;
    return {low, min(low + 1, a.side - 1), at - (float)low, 1};
}

static roi_rules rules_of(const struct roi_shape *s, size_t level)
{
    return {s->rule,
            (unsigned)s->h[level],
            (unsigned)s->w[level],
            (unsigned)s->stride[level],
            (unsigned)s->out_h,
            (unsigned)s->out_w,
            (unsigned)s->samples,
            (unsigned)s->c};
}

template <typename T> struct levels_of {
    const T *x[ROI_LEVELS];
    roi_rules rules[ROI_LEVELS];
};

template <int N, typename T>
__global__ void roi_kernel(levels_of<T> levels, const float *rois, size_t count, T *y)
{
    const roi_rules &any = levels.rules[0];
    const unsigned packs = any.c / N;
    for (size_t i = grid_first(); i < count; i += grid_step()) {
        const unsigned bin = (unsigned)(i / packs), k = (unsigned)(i - (size_t)bin * packs) * N;
        const unsigned bx = bin % any.out_w, by = bin / any.out_w % any.out_h;
        const float *roi = rois + (size_t)(bin / any.out_w / any.out_h) * ROI_NUMBERS;
        float sum[N] = {0};
        if (roi[0] >= 0) {
            const unsigned level = (unsigned)roi[1];
            const roi_rules &s = levels.rules[level];
            const T *x = levels.x[level] + (size_t)roi[0] * s.h * s.w * s.c + k;
            const axis vertical = axis_of(s, 1, roi[3], roi[5]);
            const axis horizontal = axis_of(s, 0, roi[2], roi[4]);
            const float share = 1 / (float)(vertical.samples * horizontal.samples);
            for (unsigned iy = 0; iy < vertical.samples; iy++)
                for (unsigned ix = 0; ix < horizontal.samples; ix++) {
                    const point v = point_at(vertical, by, iy), u = point_at(horizontal, bx, ix);
                    float t[4][N];
                    if (!v.inside || !u.inside)
                        continue;
                    read<N>(x, ((size_t)v.low * s.w + u.low) * s.c, t[0]);
                    read<N>(x, ((size_t)v.low * s.w + u.high) * s.c, t[1]);
                    read<N>(x, ((size_t)v.high * s.w + u.low) * s.c, t[2]);
                    read<N>(x, ((size_t)v.high * s.w + u.high) * s.c, t[3]);
                    const float a = share * (1 - v.weight) * (1 - u.weight);
                    const float b = share * (1 - v.weight) * u.weight;
                    const float d = share * v.weight * (1 - u.weight);
                    const float e = share * v.weight * u.weight;
                    for (int j = 0; j < N; j++)
                        sum[j] += a * t[0][j] + b * t[1][j] + d * t[2][j] + e * t[3][j];
                }
        }
        write<N>(y, i * N, sum);
    }
}

void cuda_roi_align_forward(enum dtype dtype, const struct roi_shape *s, const void *const *levels,
                            const float *rois, void *y)
{
    const size_t numbers = s->rois * s->out_h * s->out_w * s->c;
    int aligned = is_aligned(y);
    for (size_t l = 0; l < s->levels; l++)
        aligned &= is_aligned(levels[l]);
    if (numbers > 0)
        WITH_PACKS(
            dtype, aligned && s->c % pack_size<T>() == 0, levels_of<T> all = {};
            for (size_t l = 0; l < s->levels; l++) {
                all.x[l] = (const T *)levels[l];
                all.rules[l] = rules_of(s, l);
            } launch(roi_kernel<N, T>, grid_for(numbers / N), BLOCK, all, rois, numbers / N,
                     (T *)y));
}

// The weight of cell `at` in a sample.
__device__ static inline float share_of(const point &p, unsigned at)
{
    return p.inside ? (p.low == at ? 1 - p.weight : 0) + (p.high == at ? p.weight : 0) : 0;
}

// 1 if a sample of the axis may read cell `at`. Such a sample is at most 1 away; 1 more is for
// rounding.
__device__ static inline int reaches(const axis &a, unsigned at)
{
    const float one = a.start, other = a.start + (float)a.bins * a.bin; // a box may have x2 < x1
    return fminf(one, other) - 2 <= (float)at && (float)at <= fmaxf(one, other) + 2;
}

template <int N, typename T>
__global__ void roi_backward_kernel(roi_rules s, unsigned level, const float *rois, size_t count,
                                    const T *dy, size_t numbers, T *dx)
{
    const unsigned packs = s.c / N;
    for (size_t i = grid_first(); i < numbers; i += grid_step()) {
        const unsigned pixel = (unsigned)(i / packs), k = (unsigned)(i - (size_t)pixel * packs) * N;
        const unsigned x = pixel % s.w, y = pixel / s.w % s.h, photo = pixel / s.w / s.h;
        float sum[N] = {0};
        for (size_t r = 0; r < count; r++) {
            const float *roi = rois + r * ROI_NUMBERS;
            if (!(roi[0] >= 0) || (unsigned)roi[0] != photo || (unsigned)roi[1] != level)
                continue;
            const axis vertical = axis_of(s, 1, roi[3], roi[5]);
            const axis horizontal = axis_of(s, 0, roi[2], roi[4]);
            if (!reaches(vertical, y) || !reaches(horizontal, x))
                continue;
            const float part = 1 / (float)(vertical.samples * horizontal.samples);
            for (unsigned by = 0; by < s.out_h; by++)
                for (unsigned iy = 0; iy < vertical.samples; iy++) {
                    const float down = share_of(point_at(vertical, by, iy), y) * part;
                    const size_t row = (r * s.out_h + by) * s.out_w;
                    for (unsigned bx = 0; down != 0 && bx < s.out_w; bx++) {
                        float right = 0, d[N];
                        for (unsigned ix = 0; ix < horizontal.samples; ix++)
                            right += share_of(point_at(horizontal, bx, ix), x);
                        if (right == 0)
                            continue;
                        read<N>(dy, (row + bx) * s.c + k, d);
                        for (int j = 0; j < N; j++)
                            sum[j] += down * right * d[j];
                    }
                }
        }
        write<N>(dx, i * N, sum);
    }
}

size_t cuda_roi_align_scratch(const struct roi_shape *)
{
    return 0;
}

void cuda_roi_align_backward(enum dtype dtype, const struct roi_shape *s, const float *rois,
                             const void *dy, void *const *dlevels, void *)
{
    for (size_t l = 0; l < s->levels; l++) {
        const size_t numbers = s->n * s->h[l] * s->w[l] * s->c;
        if (dlevels[l])
            WITH_PACKS(dtype, rows_aligned<T>(dy, s->c) && is_aligned(dlevels[l]),
                       launch(roi_backward_kernel<N, T>, grid_for(numbers / N), BLOCK,
                              rules_of(s, l), (unsigned)l, rois, s->rois, (const T *)dy,
                              numbers / N, (T *)dlevels[l]));
    }
}
