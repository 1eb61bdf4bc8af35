// Takes the pixels that region.c has chosen, drops clipped ones and the tails of luminance, and
// finds their colors. A color that was found among means of blocks is replaced by the nearest one
// that occurs in the picture.
#include "color/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/region.h"

#define GREY_SPREAD 8 // of the channels of a grey pixel, in sRGB levels
#define LUMINANCE_TOP 65535

static int is_clipped(const uint8_t *p)
{
    return (p[0] >= 254 && p[1] >= 254 && p[2] >= 254) || (p[0] <= 1 && p[1] <= 1 && p[2] <= 1);
}

// The pixels of the mask, counted up to MEASURE_FEWEST.
static size_t count_enough(const uint8_t *mask, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n && count < MEASURE_FEWEST; i++)
        count += mask[i] != 0;
    return count;
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

static uint64_t distance(const uint8_t *p, struct rgb c)
{
    int r = p[0] - c.r, g = p[1] - c.g, b = p[2] - c.b;
    return (uint64_t)(r * r + g * g + b * b);
}

// Moves each color to the nearest one among the pixels of the mask in every step-th row and column;
// of several the first in the order r, g, b. Returns 0 when there are no such pixels.
static int make_real(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                     size_t step, struct cluster *clusters, size_t count)
{
    uint64_t best[CLUSTER_MAX]; // distance, r, g, b
    for (size_t k = 0; k < count; k++)
        best[k] = UINT64_MAX;
#pragma omp parallel for schedule(dynamic, 16) reduction(min : best)
    for (size_t y = 0; y < height; y += step) {
        for (size_t i = y * width; i < (y + 1) * width; i += step) {
            if (!mask[i])
                continue;
            const uint8_t *p = rgb + 3 * i;
            const uint64_t color = (uint64_t)p[0] << 16 | (uint64_t)p[1] << 8 | p[2];
            for (size_t k = 0; k < count; k++) {
                const uint64_t key = distance(p, clusters[k].color) << 24 | color;
                best[k] = key < best[k] ? key : best[k];
            }
        }
    }
    if (count == 0 || best[0] == UINT64_MAX)
        return 0;
    for (size_t k = 0; k < count; k++)
        clusters[k].color =
            (struct rgb){(uint8_t)(best[k] >> 16), (uint8_t)(best[k] >> 8), (uint8_t)best[k]};
    return 1;
}

// Joins colors that make_real has brought together, as it does where a fine pattern of two colors
// shows several mixtures.
static void join_met(struct cluster *clusters, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        for (size_t j = i + 1; j < *count;) {
            if (color_ciede2000(color_cielab(clusters[i].color), color_cielab(clusters[j].color)) >=
                CLUSTER_DIFFERENCE) {
                j++;
                continue;
            }
            clusters[i].share += clusters[j].share;
            memmove(clusters + j, clusters + j + 1, (--*count - j) * sizeof *clusters);
        }
    for (size_t i = 1; i < *count; i++)
        for (size_t j = i; j > 0 && clusters[j].share > clusters[j - 1].share; j--) {
            const struct cluster less = clusters[j - 1];
            clusters[j - 1] = clusters[j];
            clusters[j] = less;
        }
}

int measure_region(const uint8_t *rgb, const uint8_t *mask, size_t height, size_t width,
                   size_t erode_px, size_t most, struct cluster *clusters, size_t *count,
                   const char **reason, swatch_error *error)
{
    struct region region = {0};
    uint8_t *keep = NULL;
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
    const size_t n = height * width;
    const size_t inside = count_enough(mask, n);
    if (inside == 0)
        goto done;
    why = "too few pixels";
    if (inside < MEASURE_FEWEST)
        goto done;
    why = "all clipped";
    if (!enough_unclipped(rgb, mask, n))
        goto done;
    why = NULL;
    status = region_gather(rgb, mask, height, width, erode_px, &region, error);
    if (status)
        goto done;
    keep = malloc(region.n);
    if (!keep) {
        status = error_memory(error);
        goto done;
    }
    memset(keep, 1, region.n);
    status = trim_tails(region.pixels, keep, region.n, drop_clipped(region.pixels, keep, region.n),
                        error);
    if (!status)
        status = cluster_colors(region.pixels, keep, region.doubt, region.n, most, clusters, count,
                                error);
    // One pixel of each block says enough, unless these lie all outside.
    if (!status && region.block > 1) {
        if (!make_real(rgb, mask, height, width, region.block, clusters, *count))
            make_real(rgb, mask, height, width, 1, clusters, *count);
        join_met(clusters, count);
    }
done:
    if (reason)
        *reason = why;
    region_free(&region);
    free(keep);
    return status;
}

size_t measure_colored(const uint8_t *rgb, size_t n, size_t enough)
{
    size_t colored = 0;
    for (size_t i = 0; i < n && colored <= enough; i++) {
        const uint8_t *p = rgb + 3 * i;
        int high = p[0] > p[1] ? p[0] : p[1], low = p[0] < p[1] ? p[0] : p[1];
        high = high > p[2] ? high : p[2];
        low = low < p[2] ? low : p[2];
        colored += high - low > GREY_SPREAD;
    }
    return colored;
}

int measure_is_grey(const uint8_t *rgb, size_t n)
{
    return measure_colored(rgb, n, n / MEASURE_GREY_PART) <= n / MEASURE_GREY_PART;
}
