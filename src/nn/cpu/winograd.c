// Convolutions of 3x3 and stride 1 in f32 at inference, by minimal filtering: Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks" (arXiv 1509.09308), F(2x2, 3x3). docs/decisions.md
// ("Convolutions of 3x3") has what it gains.
//
// A tile is 4x4 pixels of the input, which give 2x2 of the output. A tile d becomes 16 numbers for
// each channel, B' d B; the weights g become 16, too, G g G', once. At each of these 16 places a
// product of matrices sums over the channels. The sums m become the output, A' m A. So four outputs
// take 16 multiplications in place of 36.
//
// Channels that come doubled (struct conv_shape) need fewer still: of the 4x4 pixels of a tile only
// 3x3 differ, and at 7 of the 16 places the numbers are 0.

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define LANES 8
#define ROWS 6 // tiles that it computes at once
#define SIDE 4 // of a tile
#define PLACES (SIDE * SIDE)
#define TILES_MOST (4 * ROWS)       // that a task transforms at once
#define ROOM_MOST ((size_t)3 << 15) // numbers that it works in: they stay in the second-level cache
#define PAD 16                      // numbers between places, which else would share cache sets
#define ALIGNMENT 64

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef lanes loose __attribute__((aligned(sizeof(float)), may_alias)); // anywhere in memory
#define AT(p) (*(loose *)(p))
#define READ(p) (*(const loose *)(p))

struct winograd {
    struct conv_shape shape;
    enum activation activation;
    size_t wide;         // output channels that a product computes at once: LANES or twice as many
    size_t columns;      // output channels, rounded up to that
    size_t down, across; // tiles of a photo
    size_t tiles;        // that a task transforms at once
    size_t threads;      // that scratch has room for
    float *weights;      // (PLACES, columns / wide, c, wide)
    float *zeros;        // (c): a pixel outside the photo
};

static size_t wide_of(const struct conv_shape *s)
{
    return s->out_c <= LANES ? LANES : 2 * LANES;
}

static size_t columns_of(const struct conv_shape *s)
{
    return (s->out_c + wide_of(s) - 1) / wide_of(s) * wide_of(s);
}

int cpu_winograd_fits(const struct conv_shape *s)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 0;
#endif
    return s->kernel_h == 3 && s->kernel_w == 3 && s->stride == 1 && s->dilation == 1 &&
           s->groups == 1 && s->top == 1 && s->left == 1 && s->bottom == 1 && s->right == 1 &&
           s->c % LANES == 0 && s->doubled % LANES == 0 && 2 * s->out_c >= columns_of(s);
}

void cpu_winograd_free(struct winograd *w)
{
    if (!w)
        return;
    free(w->weights);
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

int cpu_winograd_new(const struct conv_shape *s, enum activation activation, size_t *scratch,
                     struct winograd **winograd, swatch_error *error)
{
    struct winograd *w = calloc(1, sizeof *w);
    if (!w)
        return error_memory(error);
    w->shape = *s;
    w->activation = activation;
    w->wide = wide_of(s);
    w->columns = columns_of(s);
    w->down = (s->h + 1) / 2;
    w->across = (s->w + 1) / 2;
    w->tiles = TILES_MOST;
    while (w->tiles > ROWS && room_of(w) > ROOM_MOST)
        w->tiles -= ROWS;
    w->threads = (size_t)omp_get_max_threads();
    w->weights = aligned_alloc(ALIGNMENT, PLACES * w->columns * s->c * sizeof(float));
    w->zeros = calloc(s->c, sizeof *w->zeros);
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
static void spread(const float *g, size_t step, float twice, float *to, size_t to_step)
{
    const float a = g[0], b = g[step], c = g[2 * step];
    to[0] = a;
    to[to_step] = twice * 0.5f * (a + b + c);
    to[2 * to_step] = 0.5f * (a - b + c);
    to[3 * to_step] = c;
}

void cpu_winograd_pack(struct winograd *w, const float *weights)
{
    const struct conv_shape *s = &w->shape;
    const size_t wide = w->wide, blocks = w->columns / wide;
    memset(w->weights, 0, PLACES * w->columns * s->c * sizeof(float));
#pragma omp parallel for schedule(static)
    for (loop_index o = 0; o < (loop_index)s->out_c; o++)
        for (size_t c = 0; c < s->c; c++) {
            const float twice = c < s->doubled ? 2 : 1;
            float half[SIDE][3], whole[SIDE][SIDE];
            for (size_t j = 0; j < 3; j++)
                spread(weights + ((size_t)o * s->c + c) * 9 + j, 3, twice, half[0] + j, 3);
            for (size_t i = 0; i < SIDE; i++)
                spread(half[i], 1, twice, whole[i], 1);
            for (size_t p = 0; p < PLACES; p++)
                w->weights[((p * blocks + (size_t)o / wide) * s->c + c) * wide + (size_t)o % wide] =
                    whole[p / SIDE][p % SIDE];
        }
}

// B' d B of `channels` channels of a tile; pixels: of its 4x4, row by row.
static inline __attribute__((always_inline)) void
read_tile(const float *const pixels[PLACES], size_t channels, size_t pitch, float *to)
{
    for (size_t k = 0; k < channels; k += LANES) {
        lanes d[SIDE][SIDE];
#pragma GCC unroll 4
        for (size_t j = 0; j < SIDE; j++) {
            const lanes a = READ(pixels[j] + k), b = READ(pixels[SIDE + j] + k);
            const lanes c = READ(pixels[2 * SIDE + j] + k), e = READ(pixels[3 * SIDE + j] + k);
            d[0][j] = a - c;
            d[1][j] = b + c;
            d[2][j] = c - b;
            d[3][j] = b - e;
        }
#pragma GCC unroll 4
        for (size_t i = 0; i < SIDE; i++) {
            float *row = to + i * SIDE * pitch + k;
            AT(row) = d[i][0] - d[i][2];
            AT(row + pitch) = d[i][1] + d[i][2];
            AT(row + 2 * pitch) = d[i][2] - d[i][1];
            AT(row + 3 * pitch) = d[i][1] - d[i][3];
        }
    }
}

// The same of doubled channels: a tile covers 3x3 pixels of half the sides, the middle ones twice.
// Halves of what the second place would have; see spread.
static inline __attribute__((always_inline)) void
read_doubled(const float *const pixels[9], size_t channels, size_t pitch, float *to)
{
    for (size_t k = 0; k < channels; k += LANES) {
        lanes d[3][3];
#pragma GCC unroll 3
        for (size_t j = 0; j < 3; j++) {
            const lanes a = READ(pixels[j] + k), b = READ(pixels[3 + j] + k);
            const lanes c = READ(pixels[6 + j] + k);
            d[0][j] = a - b;
            d[1][j] = b;
            d[2][j] = b - c;
        }
#pragma GCC unroll 3
        for (size_t i = 0; i < 3; i++) {
            float *row = to + (i < 2 ? i : 3) * SIDE * pitch + k;
            AT(row) = d[i][0] - d[i][1];
            AT(row + pitch) = d[i][1];
            AT(row + 3 * pitch) = d[i][1] - d[i][2];
        }
    }
}

// The pixels of (h, w, channels), side x side of them from row `top` and column `left` on.
static inline __attribute__((always_inline)) void
find_pixels(const float *photo, size_t h, size_t w, size_t channels, ptrdiff_t top, ptrdiff_t left,
            ptrdiff_t side, const float *zeros, const float **pixels)
{
    const ptrdiff_t rows = (ptrdiff_t)h, columns = (ptrdiff_t)w, step = (ptrdiff_t)channels;
    const int inside = top >= 0 && left >= 0 && top + side <= rows && left + side <= columns;
    for (ptrdiff_t i = 0; i < side; i++)
        for (ptrdiff_t j = 0; j < side; j++) {
            const ptrdiff_t y = top + i, x = left + j;
            const int there = inside || (y >= 0 && y < rows && x >= 0 && x < columns);
            pixels[i * side + j] = there ? photo + (y * columns + x) * step : zeros;
        }
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
    // Here doubled channels are 0.
    const size_t none = place / SIDE == 2 || place % SIDE == 2 ? s->doubled : 0;
    for (size_t b = 0; b < blocks; b++)
        for (size_t t = 0; t < count; t += ROWS)
            multiply(slices, a + t * s->c + none, s->c,
                     w->weights + ((place * blocks + b) * s->c + none) * wide, s->c - none,
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

struct tile {
    size_t photo, y, x; // y, x: of its first output
};

static struct tile tile_at(const struct winograd *w, size_t number)
{
    const size_t photo = number / (w->down * w->across), rest = number % (w->down * w->across);
    return (struct tile){photo, 2 * (rest / w->across), 2 * (rest % w->across)};
}

static struct tile tile_after(const struct winograd *w, struct tile t)
{
    t.x += 2;
    if (t.x < w->shape.w)
        return t;
    t.x = 0;
    t.y += 2;
    if (t.y < w->shape.h)
        return t;
    return (struct tile){t.photo + 1, 0, 0};
}

// Computes `count` tiles.
KERNEL static void run_tiles(const struct winograd *w, const float *x, const float *skip,
                             const float *bias, float *y, size_t first, size_t count, float *room)
{
    const struct conv_shape *s = &w->shape;
    const size_t doubled = s->doubled, own = s->c - doubled;
    const size_t in = input_pitch(w), out = product_pitch(w);
    const float *from = doubled ? skip : x, *pixels[PLACES];
    float *products = room + PLACES * in;
    struct tile at = tile_at(w, first);
    for (size_t t = 0; t < count; t++, at = tile_after(w, at)) {
        const ptrdiff_t top = (ptrdiff_t)at.y - 1, left = (ptrdiff_t)at.x - 1;
        float *to = room + t * s->c;
        if (doubled) {
            find_pixels(x + at.photo * (s->h / 2) * (s->w / 2) * doubled, s->h / 2, s->w / 2,
                        doubled, (ptrdiff_t)at.y / 2 - 1, (ptrdiff_t)at.x / 2 - 1, 3, w->zeros,
                        pixels);
            read_doubled(pixels, doubled, in, to);
        }
        find_pixels(from + at.photo * s->h * s->w * own, s->h, s->w, own, top, left, SIDE, w->zeros,
                    pixels);
        read_tile(pixels, own, in, to + doubled);
    }
    for (size_t p = 0; p < PLACES; p++)
        if (w->wide == LANES)
            multiply_place(w, 1, p, count, room + p * in, products + p * out);
        else
            multiply_place(w, 2, p, count, room + p * in, products + p * out);
    at = tile_at(w, first);
    for (size_t t = 0; t < count; t++, at = tile_after(w, at)) {
        float *to[4];
        for (size_t i = 0; i < 4; i++) {
            const size_t oy = at.y + i / 2, ox = at.x + i % 2;
            to[i] =
                oy < s->h && ox < s->w ? y + ((at.photo * s->h + oy) * s->w + ox) * s->out_c : NULL;
        }
        write_tile(products + t * w->columns, out, bias, s->out_c, to);
        for (size_t i = 0; i < 4; i++)
            if (to[i] && w->activation != ACTIVATION_NONE)
                activation_apply(w->activation, to[i], to[i], s->out_c);
    }
}

void cpu_winograd_forward(const struct winograd *w, const float *x, const float *skip,
                          const float *bias, float *y, float *scratch)
{
    const size_t tiles = w->shape.n * w->down * w->across;
    const size_t tasks = (tiles + w->tiles - 1) / w->tiles;
#pragma omp parallel num_threads((int)size_least(w->threads, (size_t)omp_get_max_threads()))
    {
        float *room = scratch + (size_t)omp_get_thread_num() * room_of(w);
        memset(room, 0, room_of(w) * sizeof *room); // the last tiles may be fewer than ROWS
#pragma omp for schedule(static)
        for (loop_index t = 0; t < (loop_index)tasks; t++) {
            const size_t first = (size_t)t * w->tiles;
            run_tiles(w, x, skip, bias, y, first, size_least(w->tiles, tiles - first), room);
        }
    }
}
