// The card: the photo, then clothes, skin and hair, each cut out on white with its colors below.
//
//     +--------+--------+--------+--------+
//     | photo  |clothes | skin   | hair   |   panels of the photo's shape, at most PANEL_HEIGHT
//     high |        |        |        |        |
//     +--------+--------+--------+--------+
//     | name   | title, then a row for each color: patch, hex, share, name
//     +--------+--------------------------+

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/pipeline.h"

#define PANEL_HEIGHT 640
#define PANEL_WIDTH_MIN 300
#define PANEL_WIDTH_MAX 480
#define MARGIN 24
#define TITLE_SIZE 30
#define TEXT_SIZE 22
#define ROW_HEIGHT 52
#define PATCH 40

static const uint8_t white[3] = {255, 255, 255}, ink[3] = {34, 34, 34}, soft[3] = {110, 110, 110};

static void fill(struct image *card, size_t left, size_t top, size_t width, size_t height,
                 const uint8_t rgb[3])
{
    for (size_t y = top; y < top + height && y < card->height; y++)
        for (size_t x = left; x < left + width && x < card->width; x++)
            memcpy(card->pixels + 3 * (y * card->width + x), rgb, 3);
}

static uint8_t mix(uint8_t under, uint8_t over, unsigned alpha)
{
    return (uint8_t)((under * (255 - alpha) + over * alpha + 127) / 255);
}

// Draws one line of text with its top left corner there, cut off after `room` pixels.
static int write_text(struct image *card, const char *text, size_t size, int bold,
                      const uint8_t rgb[3], size_t left, size_t top, size_t room,
                      swatch_error *error)
{
    struct image mask;
    if (image_text(text, size, bold, &mask, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < mask.height && top + y < card->height; y++)
        for (size_t x = 0; x < mask.width && x < room && left + x < card->width; x++) {
            uint8_t *to = card->pixels + 3 * ((top + y) * card->width + left + x);
            for (size_t c = 0; c < 3; c++)
                to[c] = mix(to[c], rgb[c], mask.pixels[y * mask.width + x]);
        }
    image_free(&mask);
    return SWATCH_OK;
}

// A panel: the photo, or with region < SWATCH_REGIONS its pixels over white. Each pixel of the
// panel is the mean of those of the photo that it covers (the nearest one, when it enlarges).
static void draw_panel(struct image *card, const swatch_result *r, size_t region, size_t left,
                       size_t top, size_t width, size_t height)
{
    const struct image *photo = &r->photo;
#pragma omp parallel for schedule(dynamic, 16)
    for (long long row = 0; row < (long long)height; row++) {
        const size_t y = (size_t)row;
        const size_t first_y = y * photo->height / height;
        const size_t last_y =
            (size_t)fmax((double)((y + 1) * photo->height / height), (double)first_y + 1);
        for (size_t x = 0; x < width; x++) {
            const size_t first_x = x * photo->width / width;
            const size_t last_x =
                (size_t)fmax((double)((x + 1) * photo->width / width), (double)first_x + 1);
            unsigned long sums[3] = {0}, opaque = 0;
            for (size_t sy = first_y; sy < last_y; sy++)
                for (size_t sx = first_x; sx < last_x; sx++) {
                    const unsigned alpha = region < SWATCH_REGIONS
                                               ? cutout_alpha(r, (swatch_region)region, sx, sy)
                                               : 255;
                    if (!alpha)
                        continue;
                    const uint8_t *p = photo->pixels + 3 * (sy * photo->width + sx);
                    opaque += alpha;
                    for (size_t c = 0; c < 3; c++)
                        sums[c] += p[c] * alpha;
                }
            if (!opaque)
                continue;
            const unsigned long all = 255 * (last_y - first_y) * (last_x - first_x);
            uint8_t *to = card->pixels + 3 * ((top + y) * card->width + left + x);
            for (size_t c = 0; c < 3; c++)
                to[c] = (uint8_t)((sums[c] + (all - opaque) * 255 + all / 2) / all);
        }
    }
}

// The part of a path behind its last slash.
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static int draw_colors(struct image *card, const swatch_result *r, size_t region, size_t left,
                       size_t top, size_t width, swatch_error *error)
{
    static const uint8_t rim[3] = {200, 200, 200};
    char text[64];
    const double share = (double)r->pixels[region] / (double)(r->photo.width * r->photo.height);
    snprintf(text, sizeof text, share > 0 && share < 0.01 ? "%s  %.1f %%" : "%s  %.0f %%",
             region_names[region], 100 * share);
    if (write_text(card, text, TITLE_SIZE, 1, ink, left, top, width, error))
        return SWATCH_FAILED;
    top += TITLE_SIZE + MARGIN / 2;
    if (r->color_count[region] == 0)
        return write_text(card, r->pixels[region] ? "too few pixels" : "none found", TEXT_SIZE, 0,
                          soft, left, top, width, error);
    for (size_t i = 0; i < r->color_count[region]; i++, top += ROW_HEIGHT) {
        const swatch_color *c = &r->colors[region][i];
        fill(card, left, top, PATCH, PATCH, rim);
        fill(card, left + 1, top + 1, PATCH - 2, PATCH - 2, c->rgb);
        snprintf(text, sizeof text, "%s  %.0f %%", c->hex, 100 * c->share);
        const size_t beside = left + PATCH + 12, room = width - PATCH - 12;
        if (write_text(card, text, TEXT_SIZE, 0, ink, beside, top, room, error) ||
            write_text(card, c->css, TEXT_SIZE - 4, 0, soft, beside, top + TEXT_SIZE + 1, room,
                       error))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

int card_draw(const swatch_result *r, struct image *card, swatch_error *error)
{
    char size[64];
    size_t rows = 1;
    // The photo's shape inside PANEL_WIDTH_MAX x PANEL_HEIGHT, never enlarged above twice.
    const double scale = fmin(2, fmin((double)PANEL_WIDTH_MAX / (double)r->photo.width,
                                      (double)PANEL_HEIGHT / (double)r->photo.height));
    const size_t width = (size_t)fmax(1, round((double)r->photo.width * scale));
    const size_t height = (size_t)fmax(1, round((double)r->photo.height * scale));
    const size_t column = width < PANEL_WIDTH_MIN ? PANEL_WIDTH_MIN : width;
    for (size_t region = 0; region < SWATCH_REGIONS; region++)
        rows = r->color_count[region] > rows ? r->color_count[region] : rows;

    const size_t panels = 1 + SWATCH_REGIONS, below = MARGIN + height + MARGIN;
    if (image_new(card, MARGIN + panels * (column + MARGIN),
                  below + TITLE_SIZE + MARGIN / 2 + rows * ROW_HEIGHT + MARGIN / 2, 3, error))
        return SWATCH_FAILED;
    fill(card, 0, 0, card->width, card->height, white);
    for (size_t i = 0; i < panels; i++) {
        const size_t left = MARGIN + i * (column + MARGIN);
        draw_panel(card, r, i ? i - 1 : SWATCH_REGIONS, left, MARGIN, width, height);
        if (i && draw_colors(card, r, i - 1, left, below, column, error))
            goto failed;
    }
    snprintf(size, sizeof size, "%zu x %zu", r->photo.width, r->photo.height);
    if (write_text(card, file_name(r->name), TEXT_SIZE, 1, ink, MARGIN, below, column, error) ||
        write_text(card, size, TEXT_SIZE - 4, 0, soft, MARGIN, below + TEXT_SIZE + 8, column,
                   error))
        goto failed;
    return SWATCH_OK;
failed:
    image_free(card);
    return SWATCH_FAILED;
}
