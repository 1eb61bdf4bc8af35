// Choosing the pixels of a region. Everything works on the smallest window around the mask, so that
// a small region in a large photo costs little, and from the first step on by rows that do not
// depend on one another, so that the number of threads leaves no trace.
#include "color/region.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define RADIUS_MOST 32767 // of the erosion
#define LEFT_LEAST 0.3    // of a region after blocks and erosion, else these are not done
// A pixel is a blend of its neighbours when these differ by more than this in some channel: more
// than the noise of photos, less than colors that must be told apart.
#define BLEND_STEP 40
#define REACH 2 // how far away the unblended colors of an edge are looked for

struct view { // a picture and its mask, or a window in them
    const uint8_t *rgb, *mask;
    size_t height, width;
    size_t stride; // pixels from one row to the next
};

static size_t count_row(const uint8_t *mask, size_t width)
{
    size_t count = 0;
    for (size_t x = 0; x < width; x++)
        count += mask[x] != 0;
    return count;
}

static size_t count_set(const uint8_t *mask, size_t height, size_t width, size_t stride)
{
    size_t count = 0;
#pragma omp parallel for schedule(static) reduction(+ : count)
    for (size_t y = 0; y < height; y++)
        count += count_row(mask + y * stride, width);
    return count;
}

// The window that holds all of the mask and REACH + 1 pixels around it, as far as the picture goes.
// No pixels of the mask: a window of no rows.
static struct view find_window(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width)
{
    size_t top = height, bottom = 0, left = width, right = 0;
#pragma omp parallel for schedule(static) reduction(min : top, left) reduction(max : bottom, right)
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row = mask + y * width;
        if (count_row(row, width) == 0)
            continue;
        size_t first = 0, last = width - 1;
        while (!row[first])
            first++;
        while (!row[last])
            last--;
        top = y < top ? y : top;
        bottom = y > bottom ? y : bottom;
        left = first < left ? first : left;
        right = last > right ? last : right;
    }
    if (top == height)
        return (struct view){rgb, mask, 0, 0, width};
    const size_t more = REACH + 1;
    top = top > more ? top - more : 0;
    left = left > more ? left - more : 0;
    bottom = height - bottom > more ? bottom + more : height - 1;
    right = width - right > more ? right + more : width - 1;
    const size_t start = top * width + left;
    return (struct view){rgb + 3 * start, mask + start, bottom - top + 1, right - left + 1, width};
}

// One row of blocks: the means of each, and whether all of it is in the mask. `sums` (3 width) and
// `whole` (width) are scratch.
static void shrink_row(const struct view *from, size_t top, size_t block, uint8_t *rgb,
                       uint8_t *mask, uint16_t *sums, uint8_t *whole)
{
    const size_t rows = from->height - top < block ? from->height - top : block;
    memset(sums, 0, 3 * from->width * sizeof *sums);
    memset(whole, 1, from->width);
    for (size_t y = top; y < top + rows; y++) {
        const uint8_t *p = from->rgb + 3 * y * from->stride, *m = from->mask + y * from->stride;
        for (size_t i = 0; i < 3 * from->width; i++)
            sums[i] = (uint16_t)(sums[i] + p[i]);
        for (size_t x = 0; x < from->width; x++)
            whole[x] &= m[x] != 0;
    }
    for (size_t x = 0, left = 0; left < from->width; x++, left += block) {
        const size_t columns = from->width - left < block ? from->width - left : block;
        uint32_t r = 0, g = 0, b = 0, n = (uint32_t)(rows * columns);
        uint8_t all = 1;
        for (size_t i = left; i < left + columns; i++) {
            r += sums[3 * i];
            g += sums[3 * i + 1];
            b += sums[3 * i + 2];
            all &= whole[i];
        }
        mask[x] = all;
        rgb[3 * x] = (uint8_t)((r + n / 2) / n);
        rgb[3 * x + 1] = (uint8_t)((g + n / 2) / n);
        rgb[3 * x + 2] = (uint8_t)((b + n / 2) / n);
    }
}

// Means of block x block pixels in new memory, which `rgb` and `mask` own from here on.
static int shrink(const struct view *from, size_t block, uint8_t **rgb, uint8_t **mask,
                  struct view *to, swatch_error *error)
{
    const size_t height = (from->height + block - 1) / block;
    const size_t width = (from->width + block - 1) / block;
    int failed = 0;
    *rgb = malloc(3 * height * width);
    *mask = malloc(height * width);
    if (!*rgb || !*mask)
        return error_memory(error);
#pragma omp parallel reduction(| : failed)
    {
        uint16_t *sums = malloc(3 * from->width * sizeof *sums);
        uint8_t *whole = malloc(from->width);
        failed = !sums || !whole;
#pragma omp for schedule(static)
        for (size_t y = 0; y < height; y++)
            if (!failed)
                shrink_row(from, y * block, block, *rgb + 3 * y * width, *mask + y * width, sums,
                           whole);
        free(sums);
        free(whole);
    }
    *to = (struct view){*rgb, *mask, height, width, width};
    return failed ? error_memory(error) : 0;
}

// Sets row[x] (width) where all of mask[x - radius .. x + radius] that lies in the picture is set.
// `row` has room for width + 2 radius; its windows double: each step ands what holds for the next w
// pixels with what holds for the w after them.
static void erode_row(const uint8_t *mask, size_t width, size_t radius, uint8_t *row)
{
    size_t size = width + 2 * radius, full = 2 * radius + 1, w = 1;
    memset(row, 1, radius);
    for (size_t x = 0; x < width; x++)
        row[radius + x] = mask[x] != 0;
    memset(row + radius + width, 1, radius);
    for (; 2 * w <= full; w *= 2)
        for (size_t x = 0; x + w < size; x++)
            row[x] &= row[x + w];
    for (size_t x = 0; x < width; x++)
        row[x] &= row[x + full - w];
}

// Erosion by a square of side 2 radius + 1: the rows, then the columns by the lengths of the runs
// of set pixels that end in each. `runs` (width) and `row` (width + 2 radius) are scratch, `out` is
// (height, width).
static void erode(const struct view *v, size_t radius, uint8_t *out, uint16_t *runs, uint8_t *row)
{
    uint16_t full = (uint16_t)(2 * radius + 1);
    for (size_t x = 0; x < v->width; x++)
        runs[x] = (uint16_t)radius; // what lies before the border counts as set
    for (size_t y = 0; y < v->height + radius; y++) {
        if (y < v->height)
            erode_row(v->mask + y * v->stride, v->width, radius, row);
        else
            memset(row, 1, v->width);
        for (size_t x = 0; x < v->width; x++) {
            uint16_t run = (uint16_t)(runs[x] + (runs[x] < full));
            runs[x] = row[x] ? run : 0;
        }
        if (y < radius)
            continue;
        uint8_t *to = out + (y - radius) * v->width;
        for (size_t x = 0; x < v->width; x++)
            to[x] = runs[x] == full;
    }
}

// Leaves in `kept` (height, width) the eroded mask, or the mask itself when too little would be
// left.
static int erode_mask(const struct view *v, size_t radius, uint8_t *kept, swatch_error *error)
{
    const size_t before = count_set(v->mask, v->height, v->width, v->stride);
    int status = 0;
    if (radius > RADIUS_MOST)
        radius = RADIUS_MOST;
    uint16_t *runs = malloc(v->width * sizeof *runs);
    uint8_t *row = malloc(v->width + 2 * radius);
    if (!runs || !row) {
        status = error_memory(error);
        goto done;
    }
    erode(v, radius, kept, runs, row);
    const size_t after = count_set(kept, v->height, v->width, v->width);
    if ((double)after < LEFT_LEAST * (double)before)
        for (size_t y = 0; y < v->height; y++)
            memcpy(kept + y * v->width, v->mask + y * v->stride, v->width);
done:
    free(runs);
    free(row);
    return status;
}

static int differ(const uint8_t *p, const uint8_t *q)
{
    return abs(p[0] - q[0]) > BLEND_STEP || abs(p[1] - q[1]) > BLEND_STEP ||
           abs(p[2] - q[2]) > BLEND_STEP;
}

static int distance(const uint8_t *p, const uint8_t *q)
{
    return abs(p[0] - q[0]) + abs(p[1] - q[1]) + abs(p[2] - q[2]);
}

// Of the pixels `step` (an offset) before and behind p the one that p is more like, if the mask
// holds it; else p itself. A blend is never further from both than half their own distance.
static const uint8_t *nearer(const uint8_t *p, const uint8_t *mask, ptrdiff_t step)
{
    const uint8_t *best = p;
    int least = distance(p - 3 * step, p + 3 * step) / 2;
    for (int side = -1; side <= 1; side += 2) {
        const uint8_t *q = p + 3 * side * step;
        int d = distance(p, q);
        if (mask[side * step] && d <= least) {
            least = d;
            best = q;
        }
    }
    return best;
}

// Copies the kept pixels of row y together. One on an edge, where two colors blend into a third
// that nobody dyed, is counted as the color two pixels away on the side it is more like. A thin
// line stays as it is: on its two sides lies the same color.
static void gather_row(const struct view *v, const uint8_t *kept, size_t y, uint8_t *pixels)
{
    const int inside_y = y >= REACH && y + REACH < v->height;
    const size_t down = 3 * v->stride;
    for (size_t x = 0; x < v->width; x++) {
        if (!kept[y * v->width + x])
            continue;
        const size_t i = y * v->stride + x;
        const uint8_t *p = v->rgb + 3 * i;
        if (x >= REACH && x + REACH < v->width && differ(p - 3, p + 3))
            p = nearer(p, v->mask + i, REACH);
        else if (inside_y && differ(p - down, p + down))
            p = nearer(p, v->mask + i, REACH * (ptrdiff_t)v->stride);
        memcpy(pixels, p, 3);
        pixels += 3;
    }
}

static int gather(const struct view *v, const uint8_t *kept, struct region *region,
                  swatch_error *error)
{
    int status = 0;
    size_t *starts = malloc(v->height * sizeof *starts); // of each row, in pixels
    if (!starts)
        return error_memory(error);
    for (size_t y = 0; y < v->height; y++) {
        starts[y] = region->n;
        region->n += count_row(kept + y * v->width, v->width);
    }
    region->pixels = malloc(3 * region->n);
    if (!region->pixels) {
        status = error_memory(error);
        goto done;
    }
#pragma omp parallel for schedule(static)
    for (size_t y = 0; y < v->height; y++)
        gather_row(v, kept, y, region->pixels + 3 * starts[y]);
done:
    free(starts);
    return status;
}

int region_gather(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                  size_t erode_px, struct region *region, swatch_error *error)
{
    uint8_t *small_rgb = NULL, *small_mask = NULL, *kept = NULL;
    int status = 0;
    *region = (struct region){.block = 1};
    struct view view = find_window(rgb, mask, height, width);
    if (view.height == 0)
        return 0;
    const size_t inside = count_set(view.mask, view.height, view.width, view.stride);
    while (inside / region->block / region->block > REGION_ENOUGH)
        region->block++;
    if (region->block > 1) {
        struct view small;
        status = shrink(&view, region->block, &small_rgb, &small_mask, &small, error);
        if (status)
            goto done;
        const size_t left = count_set(small_mask, small.height, small.width, small.width);
        if ((double)left * (double)region->block * (double)region->block <
            LEFT_LEAST * (double)inside) {
            region->block = 1; // a web of threads
        } else {
            view = small;
            erode_px = (erode_px + region->block / 2) / region->block;
        }
    }
    kept = malloc(view.height * view.width);
    if (!kept) {
        status = error_memory(error);
        goto done;
    }
    status = erode_mask(&view, erode_px, kept, error);
    if (!status)
        status = gather(&view, kept, region, error);
done:
    free(small_rgb);
    free(small_mask);
    free(kept);
    if (status)
        region_free(region);
    return status;
}

void region_free(struct region *region)
{
    free(region->pixels);
    *region = (struct region){0};
}
