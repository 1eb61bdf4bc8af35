// Choosing the pixels to measure. The survivors are copied together first, so that the later passes
// cost what the region costs and not what the picture costs.
#include "color/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define GREY_SPREAD 8 // of the channels of a grey pixel, in sRGB levels
#define LUMINANCE_TOP 65535
#define RADIUS_MOST 32767 // of the erosion
// A pixel is a blend of its neighbours when these differ by more than this in some channel: more
// than the noise of photos, less than colors that must be told apart.
#define BLEND_STEP 40

static size_t count_set(const uint8_t *mask, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += mask[i] != 0;
    return count;
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
// of set pixels that end in each. `runs` (width) and `row` (width + 2 radius) are scratch.
static void erode(const uint8_t *mask, size_t height, size_t width, size_t radius, uint8_t *out,
                  uint16_t *runs, uint8_t *row)
{
    uint16_t full = (uint16_t)(2 * radius + 1);
    for (size_t x = 0; x < width; x++)
        runs[x] = (uint16_t)radius; // what lies before the border counts as set
    for (size_t y = 0; y < height + radius; y++) {
        if (y < height)
            erode_row(mask + y * width, width, radius, row);
        else
            memset(row, 1, width);
        for (size_t x = 0; x < width; x++) {
            uint16_t run = (uint16_t)(runs[x] + (runs[x] < full));
            runs[x] = row[x] ? run : 0;
        }
        if (y < radius)
            continue;
        uint8_t *to = out + (y - radius) * width;
        for (size_t x = 0; x < width; x++)
            to[x] = runs[x] == full;
    }
}

// Leaves in `out` the eroded mask, or the mask itself when too little would be left.
static int erode_mask(const uint8_t *mask, size_t height, size_t width, size_t radius, uint8_t *out,
                      swatch_error *error)
{
    size_t n = height * width, before = count_set(mask, n);
    int status = 0;
    if (radius > RADIUS_MOST)
        radius = RADIUS_MOST;
    uint16_t *runs = malloc(width * sizeof *runs);
    uint8_t *row = malloc(width + 2 * radius);
    if (!runs || !row) {
        status = error_memory(error);
        goto done;
    }
    erode(mask, height, width, radius, out, runs, row);
    if ((double)count_set(out, n) < 0.3 * (double)before)
        memcpy(out, mask, n);
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

// Copies the pixels of `kept` together into `pixels`. One on an edge, where two colors blend into a
// third that nobody dyed, is counted as the color two pixels away on the side it is more like. A
// thin line stays as it is: on its two sides lies the same color.
static void gather(const uint8_t *rgb, const uint8_t *mask, const uint8_t *kept, size_t height,
                   size_t width, uint8_t *pixels)
{
    for (size_t y = 0, i = 0; y < height; y++) {
        int inside_y = y >= 2 && y + 2 < height;
        for (size_t x = 0; x < width; x++, i++) {
            if (!kept[i])
                continue;
            const uint8_t *p = rgb + 3 * i;
            if (x >= 2 && x + 2 < width && differ(p - 3, p + 3))
                p = nearer(p, mask + i, 2);
            else if (inside_y && differ(p - 3 * width, p + 3 * width))
                p = nearer(p, mask + i, 2 * (ptrdiff_t)width);
            memcpy(pixels, p, 3);
            pixels += 3;
        }
    }
}

static int is_clipped(const uint8_t *p)
{
    return (p[0] >= 254 && p[1] >= 254 && p[2] >= 254) || (p[0] <= 1 && p[1] <= 1 && p[2] <= 1);
}

static int enough_unclipped(const uint8_t *rgb, const uint8_t *mask, size_t n)
{
    size_t good = 0;
    for (size_t i = 0; i < n && good < MEASURE_FEWEST; i++)
        good += mask[i] && !is_clipped(rgb + 3 * i);
    return good >= MEASURE_FEWEST;
}

// Clears keep (n) at the clipped ones of pixels (n, 3), unless most are; returns how many are left.
static size_t drop_clipped(const uint8_t *pixels, uint8_t *keep, size_t n)
{
    size_t clipped = 0;
    for (size_t i = 0; i < n; i++)
        clipped += (size_t)is_clipped(pixels + 3 * i);
    if (clipped == 0 || 2 * clipped > n)
        return n;
    for (size_t i = 0; i < n; i++)
        if (is_clipped(pixels + 3 * i))
            keep[i] = 0;
    return n - clipped;
}

static uint32_t luminance(uint32_t weights[3][256], const uint8_t *p)
{
    return weights[0][p[0]] + weights[1][p[1]] + weights[2][p[2]];
}

// Clears keep (n) at the pixels below the 2 % and above the 98 % point of luminance, which orders
// colors as L* does. Pixels that share the luminance of those points stay, so that one flat color
// stays whole.
static int trim_tails(const uint8_t *pixels, uint8_t *keep, size_t n, size_t kept,
                      swatch_error *error)
{
    uint32_t weights[3][256];
    for (int i = 0; i < 256; i++) {
        double linear = color_linear((uint8_t)i) * LUMINANCE_TOP;
        weights[0][i] = (uint32_t)lrint(0.2126729 * linear);
        weights[1][i] = (uint32_t)lrint(0.7151522 * linear);
        weights[2][i] = (uint32_t)lrint(0.0721750 * linear);
    }
    size_t *counts = calloc(LUMINANCE_TOP + 3, sizeof *counts); // three roundings may add up to 2
    if (!counts)
        return error_memory(error);
    for (size_t i = 0; i < n; i++)
        if (keep[i])
            counts[luminance(weights, pixels + 3 * i)]++;
    size_t each = kept / 50, low = 0, high = LUMINANCE_TOP + 2;
    for (size_t below = counts[low]; below <= each; below += counts[low])
        low++;
    for (size_t above = counts[high]; above <= each; above += counts[high])
        high--;
    for (size_t i = 0; i < n; i++) {
        uint32_t l = luminance(weights, pixels + 3 * i);
        if (l < low || l > high)
            keep[i] = 0;
    }
    free(counts);
    return 0;
}

int measure_region(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                   size_t erode_px, size_t most, struct cluster *clusters, size_t *count,
                   const char **reason, swatch_error *error)
{
    uint8_t *kept_mask = NULL, *pixels = NULL, *keep = NULL;
    const char *why = "nothing found";
    int status = 0;
    *count = 0;
    if (most < 1 || most > CLUSTER_MAX)
        return error_set(error, SWATCH_USAGE, "%zu main colors asked for, not 1 to %d", most,
                         CLUSTER_MAX);
    if (height == 0 || width == 0)
        goto done;
    if (width > INT32_MAX || height > INT32_MAX || width > SIZE_MAX / 3 / height)
        return error_set(error, SWATCH_USAGE, "a region of %zu x %zu pixels", width, height);
    size_t n = height * width, inside = count_set(mask, n);
    if (inside == 0)
        goto done;
    why = "too few pixels";
    if (inside < MEASURE_FEWEST)
        goto done;
    why = "all clipped";
    if (!enough_unclipped(rgb, mask, n))
        goto done;
    why = NULL;
    kept_mask = malloc(n);
    if (!kept_mask) {
        status = error_memory(error);
        goto done;
    }
    status = erode_mask(mask, height, width, erode_px, kept_mask, error);
    if (status)
        goto done;
    size_t used = count_set(kept_mask, n);
    pixels = malloc(3 * used);
    keep = malloc(used);
    if (!pixels || !keep) {
        status = error_memory(error);
        goto done;
    }
    memset(keep, 1, used);
    gather(rgb, mask, kept_mask, height, width, pixels);
    status = trim_tails(pixels, keep, used, drop_clipped(pixels, keep, used), error);
    if (!status)
        status = cluster_colors(pixels, keep, used, most, clusters, count, error);
done:
    if (reason)
        *reason = why;
    free(kept_mask);
    free(pixels);
    free(keep);
    return status;
}

int measure_is_grey(const uint8_t *rgb, size_t n)
{
    size_t colored = 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *p = rgb + 3 * i;
        int high = p[0] > p[1] ? p[0] : p[1], low = p[0] < p[1] ? p[0] : p[1];
        high = high > p[2] ? high : p[2];
        low = low < p[2] ? low : p[2];
        colored += high - low > GREY_SPREAD;
        if (colored > n / 1000)
            return 0;
    }
    return 1;
}
