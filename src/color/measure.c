// Takes the pixels that region.c has chosen, drops the tails of luminance, and finds their colors.
#include "color/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/region.h"

#define GREY_SPREAD 8 // of the channels of a grey pixel, in sRGB levels
#define LUMINANCE_TOP 65535

// The pixels of the mask, counted up to MEASURE_FEWEST.
static size_t count_enough(const uint8_t *mask, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n && count < MEASURE_FEWEST; i++)
        count += mask[i] != 0;
    return count;
}

static uint32_t luminance(uint32_t weights[3][256], const uint8_t *p)
{
    return weights[0][p[0]] + weights[1][p[1]] + weights[2][p[2]];
}

// Clears keep (n) at the pixels below the 2 % and above the 98 % point of luminance, which orders
// colors as L* does. Pixels that share the luminance of those points stay, so that one flat color
// stays whole.
static int trim_tails(const uint8_t *pixels, uint8_t *keep, size_t n, swatch_error *error)
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
        counts[luminance(weights, pixels + 3 * i)]++;
    size_t each = n / 50, low = 0, high = LUMINANCE_TOP + 2;
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
    status = region_gather(rgb, mask, height, width, erode_px, &region, error);
    if (status || region.n == 0)
        goto done;
    why = NULL;
    keep = malloc(region.n);
    if (!keep) {
        status = error_memory(error);
        goto done;
    }
    memset(keep, 1, region.n);
    status = trim_tails(region.pixels, keep, region.n, error);
    if (!status)
        status = cluster_colors(region.pixels, keep, region.doubt, region.n, most, clusters, count,
                                error);
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
