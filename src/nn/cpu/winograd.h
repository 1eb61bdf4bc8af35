// Minimal filtering, shared by the passes of convolutions of 3x3 and stride 1 in f32: Lavin and
// Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308), F(2x2, 3x3).
//
// A tile is 4x4 pixels of the input, which give 2x2 of the output. A tile d becomes 16 numbers for
// each channel, V = B' d B; the weights g become 16, too, U = G g G'. At each of these 16 places a
// product of matrices sums V U over the channels. The sums m become the output, A' m A. So four
// outputs take 16 multiplications in place of 36.
//
// With a dilation of d the pixels of a tile, and its outputs, lie d apart.
//
// Channels that come doubled (struct conv_shape) need fewer still: of the 4x4 pixels of a tile only
// 3x3 differ, and at 7 of the 16 places V is 0.
#ifndef NN_CPU_WINOGRAD_H
#define NN_CPU_WINOGRAD_H

#include "nn/cpu/cpu.h"
#include "nn/cpu/span.h"

#include <omp.h>

#define LANES 8
#define ROWS 6 // of a product that it computes at once
#define SIDE 4 // of a tile
#define PLACES (SIDE * SIDE)
#define TILES_MOST (4 * ROWS)       // that a task transforms at once
#define ROOM_MOST ((size_t)3 << 15) // numbers that it works in: they stay in the second-level cache
#define PAD 16                      // numbers between places, which else would share cache sets

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef lanes loose __attribute__((aligned(sizeof(float)), may_alias)); // anywhere in memory
#define AT(p) (*(loose *)(p))
#define READ(p) (*(const loose *)(p))

// 1 if doubled channels need nothing at this place.
static inline int is_empty_place(size_t place)
{
    return place / SIDE == 2 || place % SIDE == 2;
}

// Channels that a product computes at once: LANES or twice as many.
static inline size_t wide_of(size_t channels)
{
    return channels <= LANES ? LANES : 2 * LANES;
}

// Channels, rounded up to that.
static inline size_t columns_of(size_t channels)
{
    return (channels + wide_of(channels) - 1) / wide_of(channels) * wide_of(channels);
}

struct tile {
    size_t photo, y, x; // y, x: of its first output
};

// Tiles along a side. They come in groups of as many as the dilation, which lie within each other.
static inline size_t tiles_along(const struct conv_shape *s, size_t side)
{
    const size_t group = 2 * s->dilation;
    return (side + group - 1) / group * s->dilation;
}

// Where the tile with this number along a side begins.
static inline size_t tile_start(const struct conv_shape *s, size_t number)
{
    return number / s->dilation * 2 * s->dilation + number % s->dilation;
}

static inline size_t tiles_of(const struct conv_shape *s)
{
    return s->n * tiles_along(s, s->h) * tiles_along(s, s->w);
}

static inline struct tile tile_at(const struct conv_shape *s, size_t number)
{
    const size_t across = tiles_along(s, s->w), all = tiles_along(s, s->h) * across;
    return (struct tile){number / all, tile_start(s, number % all / across),
                         tile_start(s, number % all % across)};
}

static inline struct tile tile_after(const struct conv_shape *s, struct tile t)
{
    const size_t d = s->dilation;
    t.x += t.x % d + 1 < d ? 1 : d + 1;
    if (t.x < 2 * tiles_along(s, s->w))
        return t;
    t.x = 0;
    t.y += t.y % d + 1 < d ? 1 : d + 1;
    if (t.y < 2 * tiles_along(s, s->h))
        return t;
    return (struct tile){t.photo + 1, 0, 0};
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
// It writes V / 2 to the second row and column of places, and nothing to the empty ones.
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

// The pixels of (h, w, channels), side x side of them from row `top` and column `left` on, each
// `apart` from the next.
static inline __attribute__((always_inline)) void
find_pixels(const float *photo, size_t h, size_t w, size_t channels, ptrdiff_t top, ptrdiff_t left,
            ptrdiff_t side, ptrdiff_t apart, const float *zeros, const float **pixels)
{
    const ptrdiff_t rows = (ptrdiff_t)h, columns = (ptrdiff_t)w, step = (ptrdiff_t)channels;
    const ptrdiff_t last = (side - 1) * apart;
    const int inside = top >= 0 && left >= 0 && top + last < rows && left + last < columns;
    for (ptrdiff_t i = 0; i < side; i++)
        for (ptrdiff_t j = 0; j < side; j++) {
            const ptrdiff_t y = top + i * apart, x = left + j * apart;
            const int there = inside || (y >= 0 && y < rows && x >= 0 && x < columns);
            pixels[i * side + j] = there ? photo + (y * columns + x) * step : zeros;
        }
}

// V of `count` tiles: to (PLACES, tiles, channels), with `pitch` numbers from one place to the
// next. x: of the `doubled` channels, if there are any, else of all; skip: of the others. zeros
// (channels): a pixel outside the photo.
static inline __attribute__((always_inline)) void read_tiles(const struct conv_shape *s,
                                                             size_t channels, size_t doubled,
                                                             const float *x, const float *skip,
                                                             const float *zeros, size_t first,
                                                             size_t count, size_t pitch, float *to)
{
    const size_t own = channels - doubled;
    const ptrdiff_t apart = (ptrdiff_t)s->dilation;
    const float *from = doubled ? skip : x, *pixels[PLACES];
    struct tile at = tile_at(s, first);
    for (size_t t = 0; t < count; t++, to += channels, at = tile_after(s, at)) {
        if (doubled) {
            find_pixels(x + at.photo * (s->h / 2) * (s->w / 2) * doubled, s->h / 2, s->w / 2,
                        doubled, (ptrdiff_t)at.y / 2 - 1, (ptrdiff_t)at.x / 2 - 1, 3, 1, zeros,
                        pixels);
            read_doubled(pixels, doubled, pitch, to);
        }
        find_pixels(from + at.photo * s->h * s->w * own, s->h, s->w, own, (ptrdiff_t)at.y - apart,
                    (ptrdiff_t)at.x - apart, SIDE, apart, zeros, pixels);
        read_tile(pixels, own, pitch, to + doubled);
    }
}

#endif
