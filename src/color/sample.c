// Chooses well-lit pixels. Skin and hair are not flat colors: deep shade, between strands, under
// the chin, behind an ear, shows how the light falls, and highlights show the light's own color.
// The color that a person would name lies between, so both ends of the luminance are dropped, more
// of the dark end.
#include "color/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "color/measure.h"

#define LEVELS 4096 // of luminance

// Whether the eight points at `rim` pixels around pixel (x, y) belong to the mask, too. Beyond the
// picture's border all does: it cuts the region off but adds no foreign color.
static int is_inner(const uint8_t *mask, size_t height, size_t width, size_t x, size_t y,
                    size_t rim)
{
    const size_t rows[3] = {y < rim ? y : y - rim, y, height - y <= rim ? y : y + rim};
    const size_t columns[3] = {x < rim ? x : x - rim, x, width - x <= rim ? x : x + rim};
    for (size_t i = 0; i < 9; i++)
        if (!mask[rows[i / 3] * width + columns[i % 3]])
            return 0;
    return 1;
}

static int is_clipped(const uint8_t *p)
{
    return p[0] >= 254 || p[1] >= 254 || p[2] >= 254 || (p[0] <= 1 && p[1] <= 1 && p[2] <= 1);
}

// Keeps the pixels between two quantiles of luminance.
static void keep_between(struct sample *s, double low, double high)
{
    uint32_t weights[3][256], from = 0, to = 0;
    size_t counts[LEVELS + 2] = {0}, kept = 0; // three roundings may add up to 2
    for (int i = 0; i < 256; i++) {
        const double linear = color_linear((uint8_t)i) * (LEVELS - 1);
        weights[0][i] = (uint32_t)lrint(0.2126729 * linear);
        weights[1][i] = (uint32_t)lrint(0.7151522 * linear);
        weights[2][i] = (uint32_t)lrint(0.0721750 * linear);
    }
    for (size_t i = 0; i < s->count; i++) {
        const uint8_t *p = s->pixels + 3 * i;
        counts[weights[0][p[0]] + weights[1][p[1]] + weights[2][p[2]]]++;
    }
    for (size_t below = 0; (double)(below += counts[from]) < low * (double)s->count;)
        from++;
    for (size_t below = 0; (double)(below += counts[to]) < high * (double)s->count;)
        to++;
    for (size_t i = 0; i < s->count; i++) {
        const uint8_t *p = s->pixels + 3 * i;
        const uint32_t level = weights[0][p[0]] + weights[1][p[1]] + weights[2][p[2]];
        if (level >= from && level <= to)
            memmove(s->pixels + 3 * kept++, p, 3);
    }
    s->count = kept;
}

// Sets the first row with a pixel of the mask and the one behind the last; returns the pixels.
static size_t count_mask(const uint8_t *mask, size_t height, size_t width, size_t *first,
                         size_t *end)
{
    size_t all = 0;
    *first = *end = 0;
    for (size_t y = 0; y < height; y++) {
        size_t row = 0;
        for (size_t x = 0; x < width; x++)
            row += mask[y * width + x] != 0;
        if (row) {
            *first = all ? *first : y;
            *end = y + 1;
        }
        all += row;
    }
    return all;
}

int sample_take(struct sample *s, const uint8_t *rgb, const uint8_t *mask, size_t height,
                size_t width, size_t rim, double low, double high, swatch_error *error)
{
    size_t first, end, inner = 0, n = 0;
    *s = (struct sample){0};
    const size_t all = count_mask(mask, height, width, &first, &end);
    if (all < MEASURE_FEWEST) {
        s->reason = all ? "too few pixels" : "nothing found";
        return SWATCH_OK;
    }
    s->pixels = malloc(3 * all);
    uint8_t *is_in = malloc(all); // whether each pixel lies away from the mask's edge
    if (!s->pixels || !is_in) {
        free(is_in);
        return error_memory(error);
    }
    for (size_t y = first, i = first * width; y < end; y++)
        for (size_t x = 0; x < width; x++, i++)
            if (mask[i]) {
                is_in[n] = (uint8_t)is_inner(mask, height, width, x, y, rim);
                inner += is_in[n];
                memcpy(s->pixels + 3 * n++, rgb + 3 * i, 3);
            }
    const int trimmed = (double)inner >= 0.3 * (double)all;
    for (size_t i = 0; i < all; i++)
        if ((is_in[i] || !trimmed) && !is_clipped(s->pixels + 3 * i))
            memmove(s->pixels + 3 * s->count++, s->pixels + 3 * i, 3);
    free(is_in);
    if (s->count < MEASURE_FEWEST) {
        s->reason = "all clipped";
        s->count = 0;
        return SWATCH_OK;
    }
    keep_between(s, low, high);
    return SWATCH_OK;
}

void sample_free(struct sample *s)
{
    free(s->pixels);
    *s = (struct sample){0};
}

struct rgb sample_median(const uint8_t *pixels, size_t count)
{
    size_t counts[3][256] = {{0}};
    uint8_t median[3] = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < 3; c++)
            counts[c][pixels[3 * i + c]]++;
    for (size_t c = 0; c < 3; c++)
        for (size_t below = counts[c][0]; 2 * below < count; below += counts[c][median[c]])
            median[c]++;
    return (struct rgb){median[0], median[1], median[2]};
}
