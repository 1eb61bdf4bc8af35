// RoIAlign (He et al. 2017). In the forward pass threads share the regions. In the backward pass
// regions overlap, so threads share the levels and photos instead. Each of these one thread sums in
// the order of the regions, so the sums do not depend on the number of threads.

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <string.h>

// The sample points of a region along one axis. Sample k of bin i is at
// start + i * bin + offset + k * step, in cells of the level.
struct axis {
    float start, bin, offset, step;
    size_t samples;
};

static struct axis axis_of(const struct roi_shape *s, size_t level, int vertical, float low,
                           float high)
{
    const float scale = 1 / (float)s->stride[level];
    const size_t bins = vertical ? s->out_h : s->out_w;
    const size_t side = vertical ? s->h[level] : s->w[level];
    if (s->rule == ROI_CROP) {
        // As if the box, whose far corner is one pixel further in, were scaled to 0-1 by the photo
        // and from there to the level's corner cells.
        const float photo = (float)(side * s->stride[level]) - 1, at = (float)(side - 1) / photo;
        const float start = low * at, extent = (high - 1 - low) * at;
        return (struct axis){.start = bins > 1 ? start : start + extent / 2,
                             .bin = bins > 1 ? extent / (float)(bins - 1) : 0,
                             .samples = 1};
    }
    const float shift = s->rule == ROI_ALIGN_HALF ? 0.5f : 0;
    float extent = (high - low) * scale;
    if (s->rule == ROI_ALIGN)
        extent = fmaxf(extent, 1);
    const float bin = extent / (float)bins, step = bin / (float)s->samples;
    return (struct axis){.start = low * scale - shift,
                         .bin = bin,
                         .offset = step / 2,
                         .step = step,
                         .samples = s->samples};
}

// The neighbors of a sample point on an axis.
struct point {
    size_t low, high;
    float weight; // of high
};

// Finds a sample point on an axis of `side` cells. Returns 0 if it is outside.
static int point_at(const struct roi_shape *s, const struct axis *a, size_t bin, size_t sample,
                    size_t side, struct point *p)
{
    float at = a->start + (float)bin * a->bin + a->offset + (float)sample * a->step;
    const float last = (float)(side - 1);
    if (s->rule == ROI_CROP ? !(at >= 0 && at <= last) : !(at >= -1 && at <= last + 1))
        return 0;
    at = fminf(fmaxf(at, 0), last);
    p->low = (size_t)at;
    p->high = size_least(p->low + 1, side - 1);
    p->weight = at - (float)p->low;
    return 1;
}

KERNEL static void region_forward(enum dtype dtype, const struct roi_shape *s, const void *x,
                                  size_t level, const float *roi, size_t photo, void *y,
                                  size_t region)
{
    const struct axis vertical = axis_of(s, level, 1, roi[3], roi[5]);
    const struct axis horizontal = axis_of(s, level, 0, roi[2], roi[4]);
    const size_t h = s->h[level], w = s->w[level], c = s->c;
    const float share = 1 / (float)(vertical.samples * horizontal.samples);
    float sum[SPAN], t[4][SPAN];
    for (size_t by = 0; by < s->out_h; by++)
        for (size_t bx = 0; bx < s->out_w; bx++)
            for (size_t k = 0; k < c; k += SPAN) {
                const size_t n = size_least(SPAN, c - k);
                memset(sum, 0, n * sizeof *sum);
                for (size_t iy = 0; iy < vertical.samples; iy++)
                    for (size_t ix = 0; ix < horizontal.samples; ix++) {
                        struct point v, u;
                        if (!point_at(s, &vertical, by, iy, h, &v) ||
                            !point_at(s, &horizontal, bx, ix, w, &u))
                            continue;
                        const size_t top = (photo * h + v.low) * w, low = (photo * h + v.high) * w;
                        const float *p = span_read(dtype, x, (top + u.low) * c + k, n, t[0]);
                        const float *q = span_read(dtype, x, (top + u.high) * c + k, n, t[1]);
                        const float *r = span_read(dtype, x, (low + u.low) * c + k, n, t[2]);
                        const float *z = span_read(dtype, x, (low + u.high) * c + k, n, t[3]);
                        const float a = share * (1 - v.weight) * (1 - u.weight);
                        const float b = share * (1 - v.weight) * u.weight;
                        const float d = share * v.weight * (1 - u.weight);
                        const float e = share * v.weight * u.weight;
                        for (size_t i = 0; i < n; i++)
                            sum[i] += a * p[i] + b * q[i] + d * r[i] + e * z[i];
                    }
                const size_t to = ((region * s->out_h + by) * s->out_w + bx) * c + k;
                if (dtype == DTYPE_F32)
                    memcpy((float *)y + to, sum, n * sizeof *sum);
                else
                    span_write(dtype, y, to, n, sum);
            }
}

void cpu_roi_align_forward(enum dtype dtype, const struct roi_shape *s, const void *const *levels,
                           const float *rois, void *y)
{
    const size_t bytes = s->out_h * s->out_w * s->c * dtype_size(dtype);
#pragma omp parallel for schedule(dynamic, 4)
    for (loop_index r = 0; r < (loop_index)s->rois; r++) {
        const float *roi = rois + (size_t)r * ROI_NUMBERS;
        if (roi[0] < 0) {
            memset((char *)y + (size_t)r * bytes, 0, bytes);
            continue;
        }
        const size_t level = (size_t)roi[1];
        region_forward(dtype, s, levels[level], level, roi, (size_t)roi[0], y, (size_t)r);
    }
}

KERNEL static void region_backward(enum dtype dtype, const struct roi_shape *s, size_t level,
                                   const float *roi, const void *dy, size_t region, float *dx)
{
    const struct axis vertical = axis_of(s, level, 1, roi[3], roi[5]);
    const struct axis horizontal = axis_of(s, level, 0, roi[2], roi[4]);
    const size_t h = s->h[level], w = s->w[level], c = s->c;
    const float share = 1 / (float)(vertical.samples * horizontal.samples);
    float t[SPAN];
    for (size_t by = 0; by < s->out_h; by++)
        for (size_t bx = 0; bx < s->out_w; bx++)
            for (size_t k = 0; k < c; k += SPAN) {
                const size_t n = size_least(SPAN, c - k);
                const float *d =
                    span_read(dtype, dy, ((region * s->out_h + by) * s->out_w + bx) * c + k, n, t);
                for (size_t iy = 0; iy < vertical.samples; iy++)
                    for (size_t ix = 0; ix < horizontal.samples; ix++) {
                        struct point v, u;
                        if (!point_at(s, &vertical, by, iy, h, &v) ||
                            !point_at(s, &horizontal, bx, ix, w, &u))
                            continue;
                        float *corners[4] = {
                            dx + (v.low * w + u.low) * c + k, dx + (v.low * w + u.high) * c + k,
                            dx + (v.high * w + u.low) * c + k, dx + (v.high * w + u.high) * c + k};
                        const float weights[4] = {share * (1 - v.weight) * (1 - u.weight),
                                                  share * (1 - v.weight) * u.weight,
                                                  share * v.weight * (1 - u.weight),
                                                  share * v.weight * u.weight};
                        for (size_t q = 0; q < 4; q++)
                            for (size_t i = 0; i < n; i++)
                                corners[q][i] += weights[q] * d[i];
                    }
            }
}

size_t cpu_roi_align_scratch(const struct roi_shape *s)
{
    size_t count = 0;
    for (size_t l = 0; l < s->levels; l++)
        count += s->n * s->h[l] * s->w[l] * s->c;
    return count * sizeof(float);
}

void cpu_roi_align_backward(enum dtype dtype, const struct roi_shape *s, const float *rois,
                            const void *dy, void *const *dlevels, void *scratch)
{
    size_t first[ROI_LEVELS], count = 0;
    for (size_t l = 0; l < s->levels; l++) {
        first[l] = count;
        count += s->n * s->h[l] * s->w[l] * s->c;
    }
#pragma omp parallel for schedule(dynamic, 1)
    for (loop_index job = 0; job < (loop_index)(s->levels * s->n); job++) {
        const size_t level = (size_t)job / s->n, photo = (size_t)job % s->n;
        const size_t size = s->h[level] * s->w[level] * s->c;
        if (!dlevels[level])
            continue;
        float *sum = (float *)scratch + first[level] + photo * size;
        memset(sum, 0, size * sizeof *sum);
        for (size_t r = 0; r < s->rois; r++) {
            const float *roi = rois + r * ROI_NUMBERS;
            if (roi[0] >= 0 && (size_t)roi[0] == photo && (size_t)roi[1] == level)
                region_backward(dtype, s, level, roi, dy, r, sum);
        }
    }
    for (size_t l = 0; l < s->levels; l++)
        if (dlevels[l])
            cpu_upload(dtype, (const float *)scratch + first[l], dlevels[l],
                       s->n * s->h[l] * s->w[l] * s->c);
}
