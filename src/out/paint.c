// Draws on pictures. Outlines are drawn from coverage, which is how much of each pixel and of those
// around it belongs to a region. The border runs where the coverage is one half, and its slope
// tells how far away the border is.

#include "out/paint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define REACH 2      // pixels around, of which coverage is the mean
#define LINE 1.6f    // half the width of an outline, pixels
#define SHADOW 2.4f  // and of the darker one below it
#define INSIDE 0.62f // coverage along which it runs: just inside

const struct paint paint_of_region[SWATCH_REGIONS] = {
    [SWATCH_CLOTHES] = {{0, 200, 255}},
    [SWATCH_SKIN] = {{255, 190, 0}},
    [SWATCH_HAIR] = {{255, 70, 230}},
};

static uint8_t mix(uint8_t under, uint8_t over, unsigned alpha)
{
    return (uint8_t)((under * (255 - alpha) + over * alpha + 127) / 255);
}

void paint_rect(struct image *to, struct rect r, struct paint color)
{
    for (size_t y = r.top; y < r.top + r.height && y < to->height; y++)
        for (size_t x = r.left; x < r.left + r.width && x < to->width; x++)
            memcpy(to->pixels + 3 * (y * to->width + x), color.rgb, 3);
}

void paint_corners(struct image *to, struct rect r, size_t radius, struct paint color)
{
    for (size_t y = 0; y < radius; y++)
        for (size_t x = 0; x < radius; x++) {
            // How far the middle of the pixel lies beyond the arc.
            const double across = (double)radius - (double)x - 0.5;
            const double down = (double)radius - (double)y - 0.5;
            const double beyond = hypot(across, down) - (double)radius + 0.5;
            const unsigned alpha = (unsigned)lround(255 * fmin(1, fmax(0, beyond)));
            const size_t xs[] = {r.left + x, r.left + r.width - 1 - x};
            const size_t ys[] = {r.top + y, r.top + r.height - 1 - y};
            for (size_t i = 0; i < 4 && alpha; i++) {
                uint8_t *p = to->pixels + 3 * (ys[i / 2] * to->width + xs[i % 2]);
                for (size_t c = 0; c < 3; c++)
                    p[c] = mix(p[c], color.rgb[c], alpha);
            }
        }
}

// Cuts one character off the end of UTF-8 text.
static void drop_last(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
        ;
    text[length] = 0;
}

// Renders the text, shortened until it fits.
static int fit_text(const char *text, size_t size, int bold, size_t room, struct image *mask,
                    swatch_error *error)
{
    char *shorter = NULL;
    int status = image_text(text, size, bold, mask, error);
    while (!status && mask->width > room) {
        char *next;
        if (!shorter && !(shorter = strdup(text))) {
            status = error_memory(error);
            break;
        }
        // A guess from the width, then one by one.
        const size_t length = strlen(shorter);
        size_t drop = length * (mask->width - room) / mask->width;
        if (length == 0 || room == 0)
            break;
        for (drop = drop > 0 ? drop : 1; drop > 0 && *shorter; drop--)
            drop_last(shorter);
        image_free(mask);
        if (asprintf(&next, "%s\u2026", shorter) < 0) {
            status = error_memory(error);
            break;
        }
        status = image_text(next, size, bold, mask, error);
        free(next);
    }
    free(shorter);
    if (status)
        image_free(mask);
    return status;
}

int paint_text(struct image *to, const char *text, size_t size, int bold, struct paint color,
               size_t left, size_t top, size_t room, swatch_error *error)
{
    struct image mask = {0};
    if (fit_text(text, size, bold, room, &mask, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < mask.height && top + y < to->height; y++)
        for (size_t x = 0; x < mask.width && x < room && left + x < to->width; x++) {
            uint8_t *p = to->pixels + 3 * ((top + y) * to->width + left + x);
            for (size_t c = 0; c < 3; c++)
                p[c] = mix(p[c], color.rgb[c], mask.pixels[y * mask.width + x]);
        }
    image_free(&mask);
    return SWATCH_OK;
}

// Cuts `from` out of a picture. Whole rows are lent, and *own stays empty.
static int cut(const struct image *picture, struct rect from, struct image *own, struct image *view,
               swatch_error *error)
{
    const size_t bands = picture->bands, row = bands * picture->width;
    *own = (struct image){0};
    *view = (struct image){from.width, from.height, bands, picture->pixels + from.top * row};
    if (from.width == picture->width)
        return SWATCH_OK;
    if (image_new(own, from.width, from.height, bands, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < from.height; y++)
        memcpy(own->pixels + y * bands * from.width,
               picture->pixels + (from.top + y) * row + bands * from.left, bands * from.width);
    *view = *own;
    return SWATCH_OK;
}

int paint_picture(struct image *to, const struct image *picture, struct rect from,
                  struct rect where, swatch_error *error)
{
    struct image own, view, scaled = {0};
    int status = cut(picture, from, &own, &view, error);
    status = status ? status : image_resize(&view, where.width, where.height, &scaled, error);
    image_free(&own);
    if (status)
        return status;
    for (size_t y = 0; y < where.height; y++)
        for (size_t x = 0; x < where.width; x++) {
            const uint8_t *over = scaled.pixels + scaled.bands * (y * where.width + x);
            uint8_t *p = to->pixels + 3 * ((where.top + y) * to->width + where.left + x);
            for (size_t c = 0; c < 3; c++)
                p[c] = mix(p[c], over[c], scaled.bands == 4 ? over[3] : 255);
        }
    image_free(&scaled);
    return SWATCH_OK;
}

// First of the labels that pixel i of n on an axis covers, of `side`.
static size_t edge(size_t i, size_t n, size_t side)
{
    return i * side / n;
}

#define TAPS (2 * REACH + 1)

static void blur_row(const float *const rows[TAPS], size_t width, float *to)
{
    for (size_t x = 0; x < width; x++) {
        float sum = 0;
        for (size_t i = 0; i < TAPS; i++)
            sum += rows[i][x];
        to[x] = sum / TAPS;
    }
}

// Means over TAPS numbers across and then down; the ends go on beyond. `across` (height, width) and
// `line` (width + TAPS - 1) are scratch.
static void blur(float *numbers, size_t height, size_t width, float *across, float *line)
{
    const float *rows[TAPS];
    for (size_t y = 0; y < height; y++) {
        const float *from = numbers + y * width;
        for (size_t x = 0; x < REACH; x++) {
            line[x] = from[0];
            line[REACH + width + x] = from[width - 1];
        }
        memcpy(line + REACH, from, width * sizeof *line);
        for (size_t i = 0; i < TAPS; i++)
            rows[i] = line + i;
        blur_row(rows, width, across + y * width);
    }
    for (size_t y = 0; y < height; y++) {
        for (size_t i = 0; i < TAPS; i++) {
            const size_t at = y + i < REACH ? 0 : y + i - REACH;
            rows[i] = across + (at < height ? at : height - 1) * width;
        }
        blur_row(rows, width, numbers + y * width);
    }
}

// How much of each pixel of `where` is of the region.
static void cover(const swatch_result *r, size_t region, struct rect where, float *coverage)
{
    const struct image *labels = &r->labels;
    for (size_t y = 0; y < where.height; y++) {
        const size_t top = edge(y, where.height, labels->height);
        size_t bottom = edge(y + 1, where.height, labels->height);
        bottom = bottom > top ? bottom : top + 1;
        for (size_t x = 0; x < where.width; x++) {
            const size_t left = edge(x, where.width, labels->width);
            size_t right = edge(x + 1, where.width, labels->width);
            right = right > left ? right : left + 1;
            size_t inside = 0;
            for (size_t sy = top; sy < bottom; sy++)
                for (size_t sx = left; sx < right; sx++)
                    inside += r->region_of[labels->pixels[sy * labels->width + sx]] == region;
            coverage[y * where.width + x] =
                (float)inside / (float)((bottom - top) * (right - left));
        }
    }
}

static unsigned alpha_of(float distance, float half_width)
{
    const float a = half_width + 0.5f - distance;
    return a <= 0 ? 0 : a >= 1 ? 255 : (unsigned)(255 * a);
}

int paint_outlines(struct image *to, const swatch_result *r, struct rect where, swatch_error *error)
{
    const size_t count = where.width * where.height;
    float *coverage = malloc((2 * count + where.width + TAPS - 1) * sizeof *coverage);
    if (!coverage)
        return error_memory(error);
    for (size_t region = 0; region < SWATCH_REGIONS; region++) {
        const struct paint color = paint_of_region[region];
        if (r->pixels[region] == 0)
            continue;
        cover(r, region, where, coverage);
        blur(coverage, where.height, where.width, coverage + count, coverage + 2 * count);
        for (size_t i = 0; i < count; i++) {
            // Straight borders blur to a slope of 1 / (2 REACH + 1) a pixel.
            const float distance = fabsf(coverage[i] - INSIDE) * (2 * REACH + 1);
            const unsigned shadow = coverage[i] > 0 ? alpha_of(distance, SHADOW) / 2 : 0;
            const unsigned line = coverage[i] > 0 ? alpha_of(distance, LINE) : 0;
            if (coverage[i] >= 0.999f || !shadow)
                continue;
            uint8_t *p = to->pixels + 3 * ((where.top + i / where.width) * to->width + where.left +
                                           i % where.width);
            for (size_t c = 0; c < 3; c++)
                p[c] = mix(mix(p[c], 0, shadow), color.rgb[c], line);
        }
    }
    free(coverage);
    return SWATCH_OK;
}
