// The forward pass of convolutions of 3x3 and stride 1 in f32, and their backward pass to the data,
// by minimal filtering (winograd.h). docs/decisions.md ("Convolutions of 3x3") has what it gains.
//
// The backward pass to the data is a convolution of 3x3, too: of dy, by the weights turned by half
// a turn, with input and output channels exchanged. Of doubled channels it gives the sums over 2x2
// pixels, which are the outputs of a tile.

#include "nn/cpu/winograd.h"
#include "nn/cpu/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct winograd {
    struct conv_shape shape; // of what runs: c channels are read, out_c are written
    enum activation activation;
    int backward;
    size_t doubled_in, doubled_out; // channels
    size_t wide;                    // output channels that a product computes at once
    size_t columns;                 // output channels, rounded up to that
    size_t tiles;                   // that a task transforms at once
    size_t threads;                 // that scratch has room for
    struct packed *weights;         // (PLACES, columns / wide, c, wide)
    float *zeros;                   // (c): a pixel outside the photo
};

int cpu_winograd_fits(const struct conv_shape *s, int training)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 0;
#endif
    const size_t d = s->dilation;
    return s->kernel_h == 3 && s->kernel_w == 3 && s->stride == 1 && s->groups == 1 &&
           s->top == d && s->left == d && s->bottom == d && s->right == d &&
           (d == 1 || (!training && !s->doubled)) && s->c % LANES == 0 && s->doubled % LANES == 0 &&
           2 * s->out_c >= columns_of(s->out_c) && (!training || s->out_c % LANES == 0);
}

void cpu_winograd_free(struct winograd *w)
{
    if (!w)
        return;
    cpu_packed_free(w->weights);
    free(w->zeros);
    free(w);
}

// Numbers from one place of the transformed input to the next, and of the products.
static size_t input_pitch(const struct winograd *w)
{
    return w->tiles * w->shape.c + PAD;
}
static size_t product_pitch(const struct winograd *w)
{
    return w->tiles * w->columns + PAD;
}
static size_t room_of(const struct winograd *w)
{
    return PLACES * (input_pitch(w) + product_pitch(w));
}

int cpu_winograd_new(const struct conv_shape *s, int backward, enum activation activation,
                     size_t *scratch, struct winograd **winograd, swatch_error *error)
{
    struct winograd *w = calloc(1, sizeof *w);
    if (!w)
        return error_memory(error);
    w->shape = *s;
    w->backward = backward;
    if (backward) {
        w->shape.c = s->out_c;
        w->shape.out_c = s->c;
    }
    w->doubled_in = backward ? 0 : s->doubled;
    w->doubled_out = backward ? s->doubled : 0;
    w->activation = activation;
    w->wide = wide_of(w->shape.out_c);
    w->columns = columns_of(w->shape.out_c);
    w->tiles = TILES_MOST;
    while (w->tiles > ROWS && room_of(w) > ROOM_MOST)
        w->tiles -= ROWS;
    w->threads = (size_t)omp_get_max_threads();
    w->weights = cpu_packed_new(PLACES * w->columns * w->shape.c * sizeof(float));
    w->zeros = calloc(w->shape.c, sizeof *w->zeros);
    if (!w->weights || !w->zeros) {
        cpu_winograd_free(w);
        return error_memory(error);
    }
    const size_t bytes = w->threads * room_of(w) * sizeof(float);
    *scratch = bytes > *scratch ? bytes : *scratch;
    *winograd = w;
    return SWATCH_OK;
}

// G g: a column of three weights becomes four. Of doubled channels the second has both of the equal
// pixels' weights; the third is not used.
static void spread(const float *g, ptrdiff_t step, float twice, float *to, size_t to_step)
{
    const float a = g[0], b = g[step], c = g[2 * step];
    to[0] = a;
    to[to_step] = twice * 0.5f * (a + b + c);
    to[2 * to_step] = 0.5f * (a - b + c);
    to[3 * to_step] = c;
}

// The 3x3 weights from input channel i to output channel o, of the pass that runs. Going backward
// they are read from the last to the first: *step is -1.
static const float *weights_of(const struct winograd *w, const float *weights, size_t o, size_t i,
                               ptrdiff_t *step)
{
    *step = w->backward ? -1 : 1;
    return w->backward ? weights + (i * w->shape.out_c + o) * 9 + 8
                       : weights + (o * w->shape.c + i) * 9;
}

void cpu_winograd_pack(struct winograd *w, const float *weights)
{
    const struct conv_shape *s = &w->shape;
    const size_t wide = w->wide, blocks = w->columns / wide;
    memset(w->weights->data, 0, PLACES * w->columns * s->c * sizeof(float));
#pragma omp parallel for schedule(static)
    for (loop_index o = 0; o < (loop_index)s->out_c; o++)
        for (size_t c = 0; c < s->c; c++) {
            const float twice = c < w->doubled_in ? 2 : 1;
            float half[SIDE][3], whole[SIDE][SIDE];
            ptrdiff_t step;
            const float *g = weights_of(w, weights, (size_t)o, c, &step);
            for (ptrdiff_t j = 0; j < 3; j++)
                spread(g + j * step, 3 * step, twice, half[0] + j, 3);
            for (size_t i = 0; i < SIDE; i++)
                spread(half[i], 1, twice, whole[i], 1);
            for (size_t p = 0; p < PLACES; p++)
                w->weights
                    ->data[((p * blocks + (size_t)o / wide) * s->c + c) * wide + (size_t)o % wide] =
                    whole[p / SIDE][p % SIDE];
        }
}

int cpu_winograd_share(struct winograd *w, const struct winograd *from)
{
    const struct conv_shape *s = &w->shape, *t = &from->shape;
    if (s->c != t->c || s->doubled != t->doubled || s->out_c != t->out_c)
        return 0;
    cpu_packed_share(&w->weights, from->weights);
    return 1;
}

// c (ROWS, wide) = a (ROWS, k) b (k, wide), with wide = slices * LANES.
static inline __attribute__((always_inline)) void multiply(size_t slices, const float *a,
                                                           size_t a_pitch, const float *b, size_t k,
                                                           float *c, size_t c_pitch)
{
    lanes sum[ROWS][2] = {{{0}}};
    for (size_t i = 0; i < k; i++, b += slices * LANES) {
#pragma GCC unroll 6
        for (size_t r = 0; r < ROWS; r++) {
            sum[r][0] += a[r * a_pitch + i] * READ(b);
            if (slices == 2)
                sum[r][1] += a[r * a_pitch + i] * READ(b + LANES);
        }
    }
#pragma GCC unroll 6
    for (size_t r = 0; r < ROWS; r++) {
        AT(c + r * c_pitch) = sum[r][0];
        if (slices == 2)
            AT(c + r * c_pitch + LANES) = sum[r][1];
    }
}

// The products at one place of `count` tiles. Rows behind them are computed, too.
static inline __attribute__((always_inline)) void multiply_place(const struct winograd *w,
                                                                 size_t slices, size_t place,
                                                                 size_t count, const float *a,
                                                                 float *c)
{
    const struct conv_shape *s = &w->shape;
    const size_t wide = slices * LANES, blocks = w->columns / wide;
    const size_t none = is_empty_place(place) ? w->doubled_in : 0;
    for (size_t b = is_empty_place(place) ? w->doubled_out / wide : 0; b < blocks; b++)
        for (size_t t = 0; t < count; t += ROWS)
            multiply(slices, a + t * s->c + none, s->c,
                     w->weights->data + ((place * blocks + b) * s->c + none) * wide, s->c - none,
                     c + t * w->columns + b * wide, w->columns);
}

// A' m A of one tile, and the bias.
static inline __attribute__((always_inline)) void
write_tile(const float *m, size_t pitch, const float *bias, size_t channels, float *const y[4])
{
    for (size_t k = 0; k < channels; k += LANES) {
        const size_t count = size_least(channels - k, LANES);
        lanes t[2][SIDE], b = {0};
        if (bias && count == LANES)
            b = READ(bias + k);
        else if (bias)
            memcpy(&b, bias + k, count * sizeof(float));
#pragma GCC unroll 4
        for (size_t j = 0; j < SIDE; j++) {
            const lanes p = READ(m + j * pitch + k), q = READ(m + (SIDE + j) * pitch + k);
            const lanes r = READ(m + (2 * SIDE + j) * pitch + k);
            const lanes s = READ(m + (3 * SIDE + j) * pitch + k);
            t[0][j] = p + q + r;
            t[1][j] = q - r - s;
        }
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++) {
            const lanes *u = t[i / 2];
            const lanes out = i % 2 ? u[1] - u[2] - u[3] + b : u[0] + u[1] + u[2] + b;
            if (!y[i])
                continue;
            if (count == LANES)
                AT(y[i] + k) = out;
            else if (count == LANES / 2)
                memcpy(y[i] + k, &out, sizeof out / 2);
            else
                memcpy(y[i] + k, &out, count * sizeof(float));
        }
    }
}

// The sum of A' m A of one tile: what doubled channels get.
static inline __attribute__((always_inline)) void write_doubled(const float *m, size_t pitch,
                                                                size_t channels, float *y)
{
    static const size_t places[3] = {0, 1, 3};
    for (size_t k = 0; k < channels; k += LANES) {
        lanes t[3];
#pragma GCC unroll 3
        for (size_t j = 0; j < 3; j++) {
            const float *column = m + places[j] * pitch + k;
            t[j] = READ(column) + 2 * READ(column + SIDE * pitch) - READ(column + 3 * SIDE * pitch);
        }
        AT(y + k) = t[0] + 2 * t[1] - t[2];
    }
}

// Writes `count` tiles: the doubled channels to y, if there are any, and the others to `others`.
static inline __attribute__((always_inline)) void
write_tiles(const struct winograd *w, const float *products, size_t pitch, const float *bias,
            float *y, float *others, size_t first, size_t count)
{
    const struct conv_shape *s = &w->shape;
    const size_t doubled = w->doubled_out, own = s->out_c - doubled;
    float *const whole = doubled ? others : y;
    struct tile at = tile_at(s, first);
    for (size_t t = 0; t < count; t++, products += w->columns, at = tile_after(s, at)) {
        float *to[4];
        if (doubled && y)
            write_doubled(products, pitch, doubled,
                          y + ((at.photo * (s->h / 2) + at.y / 2) * (s->w / 2) + at.x / 2) *
                                  doubled);
        if (!whole)
            continue;
        for (size_t i = 0; i < 4; i++) {
            const size_t oy = at.y + i / 2 * s->dilation, ox = at.x + i % 2 * s->dilation;
            to[i] =
                oy < s->h && ox < s->w ? whole + ((at.photo * s->h + oy) * s->w + ox) * own : NULL;
        }
        write_tile(products + doubled, pitch, bias, own, to);
        for (size_t i = 0; i < 4; i++)
            if (to[i] && w->activation != ACTIVATION_NONE)
                activation_apply(w->activation, to[i], to[i], own);
    }
}

// Computes `count` tiles.
KERNEL static void run_tiles(const struct winograd *w, const float *x, const float *skip,
                             const float *bias, float *y, float *others, size_t first, size_t count,
                             float *room)
{
    const struct conv_shape *s = &w->shape;
    const size_t in = input_pitch(w), out = product_pitch(w);
    float *products = room + PLACES * in;
    read_tiles(s, s->c, w->doubled_in, x, skip, w->zeros, first, count, in, room);
    for (size_t p = 0; p < PLACES; p++)
        if (w->wide == LANES)
            multiply_place(w, 1, p, count, room + p * in, products + p * out);
        else
            multiply_place(w, 2, p, count, room + p * in, products + p * out);
    write_tiles(w, products, out, bias, y, others, first, count);
}

void cpu_winograd_run(const struct winograd *w, const float *x, const float *skip,
                      const float *bias, float *y, float *others, float *scratch)
{
    const size_t tiles = tiles_of(&w->shape), tasks = (tiles + w->tiles - 1) / w->tiles;
#pragma omp parallel num_threads((int)size_least(w->threads, (size_t)omp_get_max_threads()))
    {
        float *room = scratch + (size_t)omp_get_thread_num() * room_of(w);
        memset(room, 0, room_of(w) * sizeof *room); // the last tiles may be fewer than ROWS
#pragma omp for schedule(static)
        for (loop_index t = 0; t < (loop_index)tasks; t++) {
            const size_t first = (size_t)t * w->tiles;
            run_tiles(w, x, skip, bias, y, others, first, size_least(w->tiles, tiles - first),
                      room);
        }
    }
}
