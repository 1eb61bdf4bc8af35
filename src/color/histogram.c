// Counts colors in one pass over the pixels; all later passes go over the cells that occur. A
// photographed garment fills some thousands of the 262144 cells and some hundreds of bins.
#include "color/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

// counts (HISTOGRAM_CELLS, 2): all pixels, those not in doubt.
static void count_pixels(uint32_t (*counts)[2], const uint8_t *rgb, const uint8_t *mask,
                         const uint8_t *doubt, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!mask[i])
            continue;
        uint32_t *count = counts[histogram_place(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2])];
        count[0]++;
        count[1] += !doubt || !doubt[i];
    }
}

static int32_t to_fixed(double x)
{
    return (int32_t)lrint(x * HISTOGRAM_UNIT);
}

static uint32_t grid_place(struct fixed c)
{
    int l = c.l / HISTOGRAM_SIDE + 1;
    int a = (c.a + 13 * HISTOGRAM_SIDE) / HISTOGRAM_SIDE;
    int b = (c.b + 17 * HISTOGRAM_SIDE) / HISTOGRAM_SIDE;
    return (uint32_t)((l * HISTOGRAM_A + a) * HISTOGRAM_B + b);
}

static void fill_cells(struct histogram *h, uint32_t (*counts)[2])
{
    double linear[64];
    for (int i = 0; i < 64; i++)
        linear[i] = color_linear((uint8_t)(4 * i + 2));
    size_t used = 0;
    for (uint32_t place = 0; place < HISTOGRAM_CELLS; place++) {
        if (!counts[place][0])
            continue;
        struct lab lab =
            color_oklab_linear(linear[place >> 12], linear[place >> 6 & 63], linear[place & 63]);
        struct fixed color = {to_fixed(lab.l), to_fixed(lab.a), to_fixed(lab.b)};
        h->cells[used++] =
            (struct histogram_cell){color, counts[place][0], counts[place][1], place, 0};
        h->total += counts[place][0];
        h->sure += counts[place][1];
    }
}

// Gives every cell its bin; returns the number of bins.
static size_t place_cells(struct histogram *h)
{
    size_t bins = 0;
    for (size_t i = 0; i < HISTOGRAM_PLACES; i++)
        h->grid[i] = HISTOGRAM_NONE;
    for (size_t i = 0; i < h->cell_count; i++) {
        uint32_t *bin = &h->grid[grid_place(h->cells[i].color)];
        if (*bin == HISTOGRAM_NONE)
            *bin = (uint32_t)bins++;
        h->cells[i].bin = *bin;
    }
    return bins;
}

static int32_t mean(int64_t sum, uint64_t count)
{
    return (int32_t)(sum / (int64_t)count);
}

static int fill_bins(struct histogram *h, swatch_error *error)
{
    struct sum {
        int64_t l, a, b;
    } *sums = calloc(h->bin_count, sizeof *sums);
    if (!sums)
        return error_memory(error);
    for (size_t i = 0; i < h->cell_count; i++) {
        const struct histogram_cell *cell = &h->cells[i];
        struct sum *sum = &sums[cell->bin];
        sum->l += (int64_t)cell->count * cell->color.l;
        sum->a += (int64_t)cell->count * cell->color.a;
        sum->b += (int64_t)cell->count * cell->color.b;
        h->bins[cell->bin].count += cell->count;
        h->bins[cell->bin].sure += cell->sure;
        h->bins[cell->bin].place = grid_place(cell->color);
    }
    for (size_t i = 0; i < h->bin_count; i++) {
        struct histogram_bin *bin = &h->bins[i];
        bin->color = (struct fixed){mean(sums[i].l, bin->count), mean(sums[i].a, bin->count),
                                    mean(sums[i].b, bin->count)};
        for (int k = 0; k < 27; k++) {
            uint32_t other = h->grid[histogram_neighbour(bin->place, k)];
            if (other != HISTOGRAM_NONE) {
                int shift = (k / 9 == 1) + (k / 3 % 3 == 1) + (k % 3 == 1);
                bin->density += h->bins[other].sure << shift;
            }
        }
    }
    free(sums);
    return 0;
}

int histogram_make(struct histogram *h, const uint8_t *rgb, const uint8_t *mask,
                   const uint8_t *doubt, size_t n, swatch_error *error)
{
    int status;
    memset(h, 0, sizeof *h);
    if (n > UINT32_MAX)
        return error_set(error, SWATCH_USAGE, "colors of more than 4294967295 pixels");
    uint32_t(*counts)[2] = calloc(HISTOGRAM_CELLS, sizeof *counts);
    if (!counts)
        return error_memory(error);
    count_pixels(counts, rgb, mask, doubt, n);
    for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
        h->cell_count += counts[i][0] != 0;
    if (h->cell_count == 0) {
        free(counts);
        return 0;
    }
    h->cells = malloc(h->cell_count * sizeof *h->cells);
    h->grid = malloc(HISTOGRAM_PLACES * sizeof *h->grid);
    if (!h->cells || !h->grid) {
        status = error_memory(error);
        goto done;
    }
    fill_cells(h, counts);
    h->bin_count = place_cells(h);
    h->bins = calloc(h->bin_count, sizeof *h->bins);
    status = h->bins ? fill_bins(h, error) : error_memory(error);
done:
    free(counts);
    if (status)
        histogram_free(h);
    return status;
}

void histogram_free(struct histogram *h)
{
    free(h->cells);
    free(h->bins);
    free(h->grid);
    memset(h, 0, sizeof *h);
}
