// Chooses the pixels of a region. All steps work on the smallest part of the picture around the
// mask, so a small region in a large photo costs little. They go by rows and windows that do not
// depend on one another, so the result does not depend on the number of threads.
#include "color/region.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "color/color.h"

#define RADIUS_MOST 32767 // of the erosion
#define LEFT_LEAST 0.3    // of a region after the erosion, else it is not done
#define REACH 2           // pixels over which slopes are taken
#define TILE 16           // side of the squares in which pixels are calm or not, 128 at most
#define CALM 24           // slopes that always pass as calm: folds and a little noise
#define NEAR 4            // how far away the unblended colors of an edge are looked for
#define WINDOW 32         // side of the squares that are looked at in a large region

struct view { // a picture and its mask, or a window in them
    const uint8_t *rgb, *mask;
    size_t height, width;
    size_t stride, mask_stride; // pixels from one row to the next in each
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
#pragma omp parallel for schedule(dynamic, 16) reduction(+ : count)
    for (size_t y = 0; y < height; y++)
        count += count_row(mask + y * stride, width);
    return count;
}

// The part that holds all of the mask and REACH + 1 pixels around it, as far as the picture goes.
// No pixels of the mask: a part of no rows.
static struct view find_part(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width)
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
        return (struct view){rgb, mask, 0, 0, width, width};
    const size_t more = REACH + 1;
    top = top > more ? top - more : 0;
    left = left > more ? left - more : 0;
    bottom = height - bottom > more ? bottom + more : height - 1;
    right = width - right > more ? right + more : width - 1;
    const size_t start = top * width + left;
    return (struct view){rgb + 3 * start,  mask + start, bottom - top + 1,
                         right - left + 1, width,        width};
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
            erode_row(v->mask + y * v->mask_stride, v->width, radius, row);
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
    const size_t before = count_set(v->mask, v->height, v->width, v->mask_stride);
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
            memcpy(kept + y * v->width, v->mask + y * v->mask_stride, v->width);
done:
    free(runs);
    free(row);
    return status;
}

// How likely each pixel of row y is a blend of neighbouring colors: how much the picture slopes
// there, or how much it is a saddle, as where four squares meet. On a thin line, with the same
// color on its two sides, both are small. Differences are taken over REACH pixels, of the channel
// where they are greatest; with f for the picture, the slope is the greater of f(x + 2) - f(x - 2)
// and f(y + 2) - f(y - 2), the saddle half the root of what the determinant of the second
// differences is below zero. `scratch` (3 width).
static void find_slopes(const struct view *v, size_t y, uint8_t *slopes, uint8_t *scratch)
{
    const size_t above = y < REACH ? 0 : y - REACH, side = 3 * REACH, n = 3 * v->width;
    const size_t below = v->height - y > REACH ? y + REACH : v->height - 1;
    const uint8_t *p = v->rgb + 3 * above * v->stride, *q = v->rgb + 3 * y * v->stride;
    const uint8_t *r = v->rgb + 3 * below * v->stride;
    for (size_t i = 0; i < n; i++)
        scratch[i] = (uint8_t)abs(p[i] - r[i]);
    for (size_t i = side; i + side < n; i++) {
        const int xx = q[i - side] + q[i + side] - 2 * q[i], yy = p[i] + r[i] - 2 * q[i];
        const int xy = p[i - side] - p[i + side] - r[i - side] + r[i + side];
        const float hollow = (float)(xy * xy - 16 * xx * yy) / 16; // of 16 times xy: it is 4 times
        const float saddle = sqrtf(hollow > 0 ? hollow : 0);
        const int slope = abs(q[i - side] - q[i + side]);
        int most = saddle > (float)slope ? (int)saddle : slope;
        most = most > 255 ? 255 : most;
        scratch[i] = most > scratch[i] ? (uint8_t)most : scratch[i];
    }
    for (size_t x = 0; x < v->width; x++) {
        uint8_t most = scratch[3 * x];
        most = scratch[3 * x + 1] > most ? scratch[3 * x + 1] : most;
        slopes[x] = scratch[3 * x + 2] > most ? scratch[3 * x + 2] : most;
    }
}

// Clears in `calm` (height, width), which holds the mask's pixels, those of the tile at (left, top)
// with more slope than the calmest quarter of its pixels and than CALM.
static void find_calm(const struct view *v, const uint8_t *slopes, size_t left, size_t top,
                      uint8_t *calm)
{
    const size_t right = v->width - left < TILE ? v->width : left + TILE;
    const size_t bottom = v->height - top < TILE ? v->height : top + TILE;
    uint16_t counts[256] = {0}, total = 0;
    for (size_t y = top; y < bottom; y++) {
        for (size_t x = left; x < right; x++) {
            const size_t i = y * v->width + x;
            counts[slopes[i]] = (uint16_t)(counts[slopes[i]] + calm[i]);
            total = (uint16_t)(total + calm[i]);
        }
    }
    int limit = 0;
    for (uint16_t below = counts[0]; 4 * below < total; below = (uint16_t)(below + counts[limit]))
        limit++;
    limit = limit < CALM ? CALM : limit;
    for (size_t y = top; y < bottom; y++)
        for (size_t x = left; x < right; x++)
            calm[y * v->width + x] &= slopes[y * v->width + x] <= limit;
}

// Between two colors in linear light, in which blends are as far from each color as it has little
// part in them. levels (256): the linear light of each level.
static int distance(const uint16_t *levels, const uint8_t *p, const uint8_t *q)
{
    return abs(levels[p[0]] - levels[q[0]]) + abs(levels[p[1]] - levels[q[1]]) +
           abs(levels[p[2]] - levels[q[2]]);
}

// Of the calm pixels next to (x, y) in the eight directions the one most like it; itself when there
// is none near by.
static const uint8_t *most_alike(const struct view *v, const uint16_t *levels, const uint8_t *calm,
                                 size_t x, size_t y)
{
    const uint8_t *p = v->rgb + 3 * (y * v->stride + x), *best = p;
    const uint8_t *c = calm + y * v->width + x;
    int least = INT_MAX;
    for (int side = 0; side < 9; side++) {
        const int dx = side % 3 - 1, dy = side / 3 - 1;
        const size_t room_x = dx > 0 ? v->width - 1 - x : dx < 0 ? x : NEAR;
        const size_t room_y = dy > 0 ? v->height - 1 - y : dy < 0 ? y : NEAR;
        const size_t room = room_x < room_y ? room_x : room_y;
        const ptrdiff_t step = dy * (ptrdiff_t)v->stride + dx, go = dy * (ptrdiff_t)v->width + dx;
        for (ptrdiff_t k = 1; k <= NEAR && (size_t)k <= room; k++) {
            if (!c[k * go])
                continue;
            const int d = distance(levels, p, p + 3 * k * step);
            if (d < least) {
                least = d;
                best = p + 3 * k * step;
            }
            break;
        }
    }
    return best;
}

// Copies the pixels of the mask in row y together. One that is not calm may be a blend of two
// colors that nobody dyed: it is in doubt, and counted as the calm color near by that it is most
// like.
static void gather_row(const struct view *v, const uint16_t *levels, const uint8_t *calm, size_t y,
                       uint8_t *pixels, uint8_t *doubt)
{
    for (size_t x = 0; x < v->width; x++) {
        const size_t i = y * v->width + x;
        if (!v->mask[y * v->mask_stride + x])
            continue;
        memcpy(pixels,
               calm[i] ? v->rgb + 3 * (y * v->stride + x) : most_alike(v, levels, calm, x, y), 3);
        *doubt++ = !calm[i];
        pixels += 3;
    }
}

// Copies row y of `calm` (height, width) to `to` (width) without pixels that have fewer than two
// calm ones among their eight neighbours: on an edge a few are calm by chance.
static void drop_specks(const uint8_t *calm, size_t height, size_t width, size_t y, uint8_t *to)
{
    const uint8_t *here = calm + y * width;
    const uint8_t *above = y > 0 ? here - width : here,
                  *below = y + 1 < height ? here + width : here;
    to[0] = here[0];
    to[width - 1] = here[width - 1];
    for (size_t x = 1; x + 1 < width; x++) {
        const int around = above[x - 1] + above[x] + above[x + 1] + here[x - 1] + here[x + 1] +
                           below[x - 1] + below[x] + below[x + 1];
        to[x] = here[x] & (around >= 2);
    }
}

// Sets `calm` (height, width) at the pixels of the mask whose surroundings have about one color.
static int mark_calm(const struct view *v, uint8_t *calm, swatch_error *error)
{
    int failed = 0;
    uint8_t *slopes = malloc(v->height * v->width);
    if (!slopes)
        return error_memory(error);
#pragma omp parallel reduction(| : failed)
    {
        uint8_t *scratch = malloc(3 * v->width);
        failed = !scratch;
#pragma omp for schedule(dynamic, 16)
        for (size_t y = 0; y < v->height; y++)
            if (!failed)
                find_slopes(v, y, slopes + y * v->width, scratch);
        free(scratch);
    }
    if (!failed) {
        for (size_t y = 0; y < v->height; y++)
            for (size_t x = 0; x < v->width; x++)
                calm[y * v->width + x] = v->mask[y * v->mask_stride + x] != 0;
#pragma omp parallel for schedule(dynamic)
        for (size_t top = 0; top < v->height; top += TILE)
            for (size_t left = 0; left < v->width; left += TILE)
                find_calm(v, slopes, left, top, calm);
#pragma omp parallel for schedule(dynamic, 16)
        for (size_t y = 0; y < v->height; y++)
            drop_specks(calm, v->height, v->width, y, slopes + y * v->width);
        memcpy(calm, slopes, v->height * v->width);
    }
    free(slopes);
    return failed ? error_memory(error) : 0;
}

// Gathers all pixels of the mask in a window, in the order of the rows.
static int gather_window(const struct view *v, const uint16_t *levels, uint8_t *pixels,
                         uint8_t *doubt, swatch_error *error)
{
    size_t *starts = malloc(v->height * sizeof *starts); // of each row, in pixels
    uint8_t *calm = malloc(v->height * v->width);
    const int status = starts && calm ? mark_calm(v, calm, error) : error_memory(error);
    if (status)
        goto done;
    for (size_t y = 0, n = 0; y < v->height; y++) {
        starts[y] = n;
        n += count_row(v->mask + y * v->mask_stride, v->width);
    }
#pragma omp parallel for schedule(dynamic, 16)
    for (size_t y = 0; y < v->height; y++)
        gather_row(v, levels, calm, y, pixels + 3 * starts[y], doubt + starts[y]);
done:
    free(starts);
    free(calm);
    return status;
}

// The squares of `cell` pixels that the view is cut into, and how much of each is looked at.
struct grid {
    size_t cell, side; // of a window in it: `cell` if it is all
    size_t columns, count;
};

static struct grid grid_of(const struct view *v, size_t inside)
{
    const size_t most = v->height > v->width ? v->height : v->width;
    struct grid grid = {.cell = most, .side = most};
    if (inside > REGION_ENOUGH) {
        grid.side = WINDOW;
        grid.cell = (size_t)ceil(WINDOW * sqrt((double)inside / REGION_ENOUGH));
    }
    grid.columns = (v->width + grid.cell - 1) / grid.cell;
    grid.count = grid.columns * ((v->height + grid.cell - 1) / grid.cell);
    return grid;
}

// The i-th window: at a random place of its square, or windows could keep step with a pattern. It
// may have no pixels where the square goes beyond the view.
static struct view window_at(const struct view *v, const struct grid *grid, size_t i)
{
    const uint64_t random = rng_at(0, 0, i), room = grid->cell - grid->side + 1;
    const size_t top = i / grid->columns * grid->cell + (size_t)((random >> 32) % room);
    const size_t left = i % grid->columns * grid->cell + (size_t)((uint32_t)random % room);
    struct view w = {.stride = v->stride, .mask_stride = v->mask_stride};
    if (top >= v->height || left >= v->width)
        return w;
    w.rgb = v->rgb + 3 * (top * v->stride + left);
    w.mask = v->mask + top * v->mask_stride + left;
    w.height = v->height - top < grid->side ? v->height - top : grid->side;
    w.width = v->width - left < grid->side ? v->width - left : grid->side;
    return w;
}

// Gathers the i-th window; `starts` has where its pixels go.
static int gather_at(const struct view *v, const struct grid *grid, const size_t *starts,
                     const uint16_t *levels, size_t i, const struct region *region)
{
    const struct view w = window_at(v, grid, i);
    return starts[i + 1] > starts[i] && gather_window(&w, levels, region->pixels + 3 * starts[i],
                                                      region->doubt + starts[i], NULL);
}

static int gather(const struct view *v, const struct grid *grid, struct region *region,
                  swatch_error *error)
{
    uint16_t levels[256];
    int failed = 0;
    for (int i = 0; i < 256; i++)
        levels[i] = (uint16_t)lrint(65535 * color_linear((uint8_t)i));
    size_t *starts = malloc((grid->count + 1) * sizeof *starts); // of each window, in pixels
    if (!starts)
        return error_memory(error);
    for (size_t i = 0; i < grid->count; i++) {
        const struct view w = window_at(v, grid, i);
        starts[i] = region->n;
        region->n += count_set(w.mask, w.height, w.width, w.mask_stride);
    }
    starts[grid->count] = region->n;
    region->pixels = malloc(3 * region->n);
    region->doubt = malloc(region->n);
    if (!region->pixels || !region->doubt) {
        free(starts);
        return error_memory(error);
    }
    // A single window has its own threads. It stays out of the loop's team: inside a team, even one
    // of a single thread, OpenMP starts new threads for each loop.
    if (grid->count == 1)
        failed = gather_at(v, grid, starts, levels, 0, region);
    else
#pragma omp parallel for schedule(dynamic) reduction(| : failed)
        for (size_t i = 0; i < grid->count; i++)
            failed |= gather_at(v, grid, starts, levels, i, region);
    free(starts);
    return failed ? error_memory(error) : 0;
}

int region_gather(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                  size_t erode_px, struct region *region, swatch_error *error)
{
    *region = (struct region){0};
    struct view view = find_part(rgb, mask, height, width);
    if (view.height == 0)
        return 0;
    const struct grid grid =
        grid_of(&view, count_set(view.mask, view.height, view.width, view.mask_stride));
    uint8_t *kept = malloc(view.height * view.width);
    int status = kept ? erode_mask(&view, erode_px, kept, error) : error_memory(error);
    if (!status) {
        view.mask = kept;
        view.mask_stride = view.width;
        status = gather(&view, &grid, region, error);
    }
    free(kept);
    if (status)
        region_free(region);
    return status;
}

void region_free(struct region *region)
{
    free(region->pixels);
    free(region->doubt);
    *region = (struct region){0};
}
