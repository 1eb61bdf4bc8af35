// The gradient of the weights of convolutions of 3x3 and stride 1 in f32, by minimal filtering
// (winograd.h): the forward pass has the output A' (V U) A, so dU is the sum over all tiles of
// V (A dy A') at each place, and dw = G' dU G.
//
// Each of `parts` threads sums its own tiles, in their order, and the sums are added in order. So
// the same number of threads gives the same bits.

#include "nn/cpu/winograd.h"

#include <string.h>

#define SUMS_MOST ((size_t)64 << 20) // bytes of all parts

// How scratch is used.
struct plan {
    size_t parts, tiles;  // tiles: that a part transforms at once
    size_t rows, columns; // of a place's sums: the channels of x and dy, rounded up
    size_t sums;          // numbers of a part's sums
    size_t x_pitch, dy_pitch, room;
};

static struct plan plan_for(const struct conv_shape *s, size_t threads)
{
    struct plan p = {.rows = (s->c + ROWS - 1) / ROWS * ROWS, .columns = columns_of(s->out_c)};
    p.sums = PLACES * p.rows * p.columns;
    p.parts = size_least(threads, SUMS_MOST / (p.sums * sizeof(float)) + 1);
    p.parts = size_least(p.parts, tiles_of(s));
    for (p.tiles = TILES_MOST;; p.tiles -= ROWS) {
        p.x_pitch = p.tiles * s->c + PAD;
        p.dy_pitch = p.tiles * p.columns + PAD;
        p.room = PLACES * (p.x_pitch + p.dy_pitch) + s->c; // and zeros: a pixel outside the photo
        if (p.tiles == ROWS || p.room <= ROOM_MOST)
            return p;
    }
}

size_t cpu_winograd_weights_scratch(const struct conv_shape *s, size_t threads)
{
    const struct plan p = plan_for(s, threads);
    return p.parts * (p.sums + p.room) * sizeof(float);
}

// A dy A' of the 2x2 pixels of a tile; NULL: outside the photo.
static inline __attribute__((always_inline)) void
read_gradient(const float *const pixels[4], size_t channels, size_t pitch, float *to)
{
    for (size_t k = 0; k < channels; k += LANES) {
        lanes d[4], t[SIDE][2];
#pragma GCC unroll 4
        for (size_t i = 0; i < 4; i++)
            d[i] = pixels[i] ? READ(pixels[i] + k) : (loose){0};
#pragma GCC unroll 2
        for (size_t j = 0; j < 2; j++) {
            t[0][j] = d[j];
            t[1][j] = d[j] + d[2 + j];
            t[2][j] = d[j] - d[2 + j];
            t[3][j] = -d[2 + j];
        }
#pragma GCC unroll 4
        for (size_t i = 0; i < SIDE; i++) {
            float *row = to + i * SIDE * pitch + k;
            AT(row) = t[i][0];
            AT(row + pitch) = t[i][0] + t[i][1];
            AT(row + 2 * pitch) = t[i][0] - t[i][1];
            AT(row + 3 * pitch) = -t[i][1];
        }
    }
}

static inline __attribute__((always_inline)) void read_gradients(const struct conv_shape *s,
                                                                 const struct plan *p,
                                                                 const float *dy, size_t first,
                                                                 size_t count, float *to)
{
    struct tile at = tile_at(s, first);
    for (size_t t = 0; t < count; t++, to += p->columns, at = tile_after(s, at)) {
        const float *pixels[4];
        for (size_t i = 0; i < 4; i++) {
            const size_t y = at.y + i / 2, x = at.x + i % 2;
            pixels[i] =
                y < s->h && x < s->w ? dy + ((at.photo * s->h + y) * s->w + x) * s->out_c : NULL;
        }
        read_gradient(pixels, s->out_c, p->dy_pitch, to);
    }
}

// c (ROWS, slices * LANES) += a' (ROWS, k) b (k, slices * LANES), where a is (k, ROWS).
static inline __attribute__((always_inline)) void add_product(size_t slices, const float *a,
                                                              size_t a_pitch, const float *b,
                                                              size_t b_pitch, size_t k, float *c,
                                                              size_t c_pitch)
{
    lanes sum[ROWS][2] = {{{0}}};
#pragma GCC unroll 6
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < slices; i++)
            sum[r][i] = READ(c + r * c_pitch + i * LANES);
    for (size_t t = 0; t < k; t++, a += a_pitch, b += b_pitch) {
#pragma GCC unroll 6
        for (size_t r = 0; r < ROWS; r++)
            for (size_t i = 0; i < slices; i++)
                sum[r][i] += a[r] * READ(b + i * LANES);
    }
#pragma GCC unroll 6
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < slices; i++)
            AT(c + r * c_pitch + i * LANES) = sum[r][i];
}

// Adds one place's products. The last rows may reach into the next tile; nobody reads their sums.
static inline __attribute__((always_inline)) void
add_place(const struct conv_shape *s, const struct plan *p, size_t slices, size_t place,
          size_t count, const float *x, const float *dy, float *sums)
{
    const size_t none = is_empty_place(place) ? s->doubled / ROWS * ROWS : 0;
    for (size_t r = none; r < p->rows; r += ROWS)
        for (size_t o = 0; o < p->columns; o += slices * LANES)
            add_product(slices, x + r, s->c, dy + o, p->columns, count, sums + r * p->columns + o,
                        p->columns);
}

// Sums the tiles first .. last - 1.
KERNEL static void run_part(const struct conv_shape *s, const struct plan *p, const float *x,
                            const float *skip, const float *dy, size_t first, size_t last,
                            float *sums, float *room)
{
    float *xs = room, *dys = xs + PLACES * p->x_pitch, *zeros = dys + PLACES * p->dy_pitch;
    memset(sums, 0, p->sums * sizeof *sums);
    memset(room, 0, p->room * sizeof *room); // columns without a channel, and empty places
    for (; first < last; first += p->tiles) {
        const size_t count = size_least(p->tiles, last - first);
        read_tiles(s, s->c, s->doubled, x, skip, zeros, first, count, p->x_pitch, xs);
        read_gradients(s, p, dy, first, count, dys);
        for (size_t i = 0; i < PLACES; i++) {
            float *place = sums + i * p->rows * p->columns;
            if (p->columns == LANES)
                add_place(s, p, 1, i, count, xs + i * p->x_pitch, dys + i * p->dy_pitch, place);
            else
                add_place(s, p, 2, i, count, xs + i * p->x_pitch, dys + i * p->dy_pitch, place);
        }
    }
}

// G' u: four numbers become three. See read_doubled for `twice`.
static void gather(const float *u, size_t step, float twice, float *to, size_t to_step)
{
    const float second = twice * u[step], third = u[2 * step];
    to[0] = u[0] + 0.5f * (second + third);
    to[to_step] = 0.5f * (second - third);
    to[2 * to_step] = 0.5f * (second + third) + u[3 * step];
}

// dw of one output channel.
static void write_gradient(const struct conv_shape *s, const struct plan *p, const float *sums,
                           size_t o, int add, float *dweights)
{
    for (size_t c = 0; c < s->c; c++) {
        const float twice = c < s->doubled ? 2 : 1;
        float whole[SIDE][SIDE] = {{0}}, half[3][SIDE], dw[3][3];
        for (size_t i = 0; i < PLACES; i++)
            for (size_t part = 0; part < p->parts && (c >= s->doubled || !is_empty_place(i));
                 part++)
                whole[i / SIDE][i % SIDE] +=
                    sums[part * p->sums + (i * p->rows + c) * p->columns + o];
        for (size_t j = 0; j < SIDE; j++)
            gather(whole[0] + j, SIDE, twice, half[0] + j, SIDE);
        for (size_t i = 0; i < 3; i++)
            gather(half[i], 1, twice, dw[i], 1);
        for (size_t k = 0; k < 9; k++) {
            float *to = dweights + (o * s->c + c) * 9 + k;
            *to = (add ? *to : 0) + dw[k / 3][k % 3];
        }
    }
}

void cpu_winograd_weights(const struct conv_shape *s, size_t threads, const float *x,
                          const float *skip, const float *dy, float *dweights, int add,
                          float *scratch)
{
    const struct plan p = plan_for(s, threads);
    const size_t tiles = tiles_of(s);
#pragma omp parallel for schedule(static, 1) num_threads((int)p.parts)
    for (loop_index i = 0; i < (loop_index)p.parts; i++) {
        const size_t part = (size_t)i;
        run_part(s, &p, x, skip, dy, tiles * part / p.parts, tiles * (part + 1) / p.parts,
                 scratch + part * p.sums, scratch + p.parts * p.sums + part * p.room);
    }
#pragma omp parallel for schedule(static)
    for (loop_index o = 0; o < (loop_index)s->out_c; o++)
        write_gradient(s, &p, scratch, (size_t)o, add, dweights);
}
