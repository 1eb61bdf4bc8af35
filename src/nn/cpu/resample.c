// Upsampling and max pooling. Bilinear sampling has half-pixel centers and repeats the edges
// (PyTorch's align_corners = False, TensorFlow 2's default).

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <string.h>

// Where an output position samples an axis: two neighbors, and the weight of the high one.
struct tap {
    size_t low, high;
    float weight;
};

// Output position `o` of `out` positions on an axis of `in`.
static struct tap tap_at(size_t o, size_t in, size_t out)
{
    const float at = ((float)o + 0.5f) * (float)in / (float)out - 0.5f;
    const float clamped = at < 0 ? 0 : at;
    const size_t low = size_least((size_t)clamped, in - 1);
    return (struct tap){low, size_least(low + 1, in - 1), clamped - (float)low};
}

// Computes row `oy` of a photo. c: the shape's channels.
static inline __attribute__((always_inline)) void
bilinear_pixels(enum dtype dtype, size_t c, const struct upsample_shape *shape, const void *x,
                size_t photo, size_t oy, void *y)
{
    const struct tap v = tap_at(oy, shape->h, shape->out_h);
    const size_t w = shape->w, row = (photo * shape->out_h + oy) * shape->out_w;
    const size_t top = (photo * shape->h + v.low) * w, bottom = (photo * shape->h + v.high) * w;
    const float down = v.weight;
    float t[4][SPAN], out_buffer[SPAN];
    for (size_t ox = 0; ox < shape->out_w; ox++) {
        const struct tap h = tap_at(ox, w, shape->out_w);
        const float a = (1 - down) * (1 - h.weight), b = (1 - down) * h.weight;
        const float d = down * (1 - h.weight), e = down * h.weight;
        for (size_t k = 0; k < c; k += SPAN) {
            const size_t count = size_least(SPAN, c - k);
            const float *p = span_read(dtype, x, (top + h.low) * c + k, count, t[0]);
            const float *q = span_read(dtype, x, (top + h.high) * c + k, count, t[1]);
            const float *r = span_read(dtype, x, (bottom + h.low) * c + k, count, t[2]);
            const float *s = span_read(dtype, x, (bottom + h.high) * c + k, count, t[3]);
            float *out = span_target(dtype, y, (row + ox) * c + k, out_buffer);
            for (size_t i = 0; i < count; i++)
                out[i] = a * p[i] + b * q[i] + d * r[i] + e * s[i];
            span_write(dtype, y, (row + ox) * c + k, count, out);
        }
    }
}

KERNEL static void bilinear_row(enum dtype dtype, const struct upsample_shape *shape, const void *x,
                                size_t photo, size_t oy, void *y)
{
    // The scores of four classes, in one vector.
    if (dtype == DTYPE_F32 && shape->c == 4)
        bilinear_pixels(DTYPE_F32, 4, shape, x, photo, oy, y);
    else
        bilinear_pixels(dtype, shape->c, shape, x, photo, oy, y);
}

void cpu_upsample_forward(enum dtype dtype, const struct upsample_shape *s, const void *x, void *y)
{
    const size_t pixel = s->c * dtype_size(dtype);
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)(s->n * s->out_h); r++) {
        const size_t photo = (size_t)r / s->out_h, oy = (size_t)r % s->out_h;
        if (s->bilinear) {
            bilinear_row(dtype, s, x, photo, oy, y);
            continue;
        }
        const char *from = (const char *)x + (photo * s->h + oy * s->h / s->out_h) * s->w * pixel;
        char *to = (char *)y + (size_t)r * s->out_w * pixel;
        for (size_t ox = 0; ox < s->out_w; ox++)
            memcpy(to + ox * pixel, from + ox * s->w / s->out_w * pixel, pixel);
    }
}

// The weight of input position `i` in output position `o`.
static float share(int bilinear, size_t o, size_t i, size_t in, size_t out)
{
    if (!bilinear)
        return o * in / out == i ? 1 : 0;
    const struct tap t = tap_at(o, in, out);
    return (t.low == i ? 1 - t.weight : 0) + (t.high == i ? t.weight : 0);
}

// The output positions that may read input position `i`: first .. last - 1.
static void reach(size_t i, size_t in, size_t out, size_t *first, size_t *last)
{
    const size_t factor = (out + in - 1) / in;
    *first = i > 1 ? (i - 1) * out / in : 0;
    *last = size_least((i + 2) * out / in + factor, out);
}

// Computes row `iy` of a photo's dx. Each input gathers from the outputs that read it, so that
// threads never write to the same place.
KERNEL static void upsample_backward_row(enum dtype dtype, const struct upsample_shape *s,
                                         const void *dy, size_t photo, size_t iy, void *dx)
{
    const int bilinear = s->bilinear;
    const size_t h = s->h, w = s->w, c = s->c, oh = s->out_h, ow = s->out_w;
    float sum[SPAN], t[SPAN];
    size_t top, bottom, left, right;
    reach(iy, h, oh, &top, &bottom);
    for (size_t ix = 0; ix < w; ix++) {
        reach(ix, w, ow, &left, &right);
        for (size_t k = 0; k < c; k += SPAN) {
            const size_t count = size_least(SPAN, c - k);
            memset(sum, 0, count * sizeof *sum);
            for (size_t oy = top; oy < bottom; oy++) {
                const float down = share(bilinear, oy, iy, h, oh);
                for (size_t ox = left; down != 0 && ox < right; ox++) {
                    const float weight = down * share(bilinear, ox, ix, w, ow);
                    if (weight == 0)
                        continue;
                    const float *in =
                        span_read(dtype, dy, ((photo * oh + oy) * ow + ox) * c + k, count, t);
                    for (size_t i = 0; i < count; i++)
                        sum[i] += weight * in[i];
                }
            }
            const size_t to = ((photo * h + iy) * w + ix) * c + k;
            if (dtype == DTYPE_F32)
                memcpy((float *)dx + to, sum, count * sizeof *sum);
            else
                span_write(dtype, dx, to, count, sum);
        }
    }
}

void cpu_upsample_backward(enum dtype dtype, const struct upsample_shape *s, const void *dy,
                           void *dx)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)(s->n * s->h); r++)
        upsample_backward_row(dtype, s, dy, (size_t)r / s->h, (size_t)r % s->h, dx);
}

static float value_at(enum dtype dtype, const void *x, size_t i)
{
    return dtype == DTYPE_F32 ? ((const float *)x)[i] : bf16_to_f32(((const uint16_t *)x)[i]);
}

static void value_set(enum dtype dtype, void *x, size_t i, float value)
{
    if (dtype == DTYPE_F32)
        ((float *)x)[i] = value;
    else
        ((uint16_t *)x)[i] = bf16_from_f32(value);
}

void cpu_pool_forward(enum dtype dtype, const struct conv_shape *s, const void *x, void *y,
                      uint8_t *winner)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)(s->n * s->out_h); r++) {
        const size_t photo = (size_t)r / s->out_h, oy = (size_t)r % s->out_h;
        for (size_t ox = 0; ox < s->out_w; ox++)
            for (size_t c = 0; c < s->c; c++) {
                float best = -INFINITY;
                uint8_t at = 0;
                for (size_t ky = 0; ky < s->kernel_h; ky++)
                    for (size_t kx = 0; kx < s->kernel_w; kx++) {
                        const size_t iy = oy * s->stride + ky - s->top;
                        const size_t ix = ox * s->stride + kx - s->left;
                        if (iy >= s->h || ix >= s->w) // below 0 it wraps to a huge number
                            continue;
                        const float v =
                            value_at(dtype, x, ((photo * s->h + iy) * s->w + ix) * s->c + c);
                        if (v > best || isnan(v)) {
                            best = v;
                            at = (uint8_t)(ky * s->kernel_w + kx);
                        }
                    }
                const size_t to = ((size_t)r * s->out_w + ox) * s->c + c;
                value_set(dtype, y, to, best);
                winner[to] = at;
            }
    }
}

// Each input adds up dy of the windows in which it was the largest.
void cpu_pool_backward(enum dtype dtype, const struct conv_shape *s, const uint8_t *winner,
                       const void *dy, void *dx)
{
#pragma omp parallel for schedule(static)
    for (loop_index r = 0; r < (loop_index)(s->n * s->h); r++) {
        const size_t photo = (size_t)r / s->h, iy = (size_t)r % s->h + s->top;
        const size_t first_y = iy < s->kernel_h ? 0 : (iy - s->kernel_h) / s->stride + 1;
        const size_t last_y = size_least(iy / s->stride + 1, s->out_h);
        for (size_t column = 0; column < s->w; column++) {
            const size_t ix = column + s->left;
            const size_t first_x = ix < s->kernel_w ? 0 : (ix - s->kernel_w) / s->stride + 1;
            const size_t last_x = size_least(ix / s->stride + 1, s->out_w);
            for (size_t c = 0; c < s->c; c++) {
                float sum = 0;
                for (size_t oy = first_y; oy < last_y; oy++)
                    for (size_t ox = first_x; ox < last_x; ox++) {
                        const size_t o = ((photo * s->out_h + oy) * s->out_w + ox) * s->c + c;
                        if (winner[o] ==
                            (iy - oy * s->stride) * s->kernel_w + (ix - ox * s->stride))
                            sum += value_at(dtype, dy, o);
                    }
                value_set(dtype, dx, ((size_t)r * s->w + column) * s->c + c, sum);
            }
        }
    }
}
