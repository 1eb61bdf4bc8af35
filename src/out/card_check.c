// Draws the card to check results by. It is made for phones: 1080 pixels wide, so at a width of 360
// its text is as large as a web page's.
//
//     +-------------------+---------+   The photo with the outlines of its regions, the cut-outs
//     |                   | clothes |   beside it, or below it for a landscape.
//     |       photo       +---------+
//     |                   |  skin   |
//     |                   +---------+
//     |                   |  hair   |
//     +-------------------+---------+
//     | name                        |
//     | Clothes          31 %       |   For each region a bar of its colors by share, and for each
//     | [====bar====][==][=]        |   color a patch, its name, its hex and its share.
//     | [] navy         [] white    |

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "out/card_check.h"
#include "out/card_part.h"
#include "out/doubt.h"
#include "out/word.h"

#define WIDTH 1080
#define MARGIN 36
#define GAP 16
#define PHOTO_WIDTH 648 // of a portrait; cut-outs take the rest
#define PHOTO_HEIGHT 960
#define LANDSCAPE_HEIGHT 720
#define TILE_HEIGHT 320 // of cut-outs below a landscape
#define TITLE 44
#define TEXT 34
#define SMALL 32
#define REMARK 360 // where what is said of a region begins
#define BAR 88
#define PATCH 76
#define ROW (PATCH + 20)

static int draw_cutout(struct image *card, const swatch_result *r, size_t region, struct rect room,
                       const struct card_look *look, swatch_error *error)
{
    const struct rect inner = {room.left + GAP, room.top + GAP, room.width - 2 * GAP,
                               room.height - 2 * GAP};
    char text[32];
    paint_rect(card, room, look->tile);
    if (r->pixels[region])
        return card_cutout(card, r, region, NULL, inner, error);
    snprintf(text, sizeof text, "no %s", region_names[region]);
    return paint_text(card, text, SMALL, 0, look->soft, inner.left,
                      room.top + room.height / 2 - SMALL / 2, inner.width, error);
}

// The photo with its cut-outs; *bottom gets where they end. Only measures when card is NULL.
static int draw_pictures(struct image *card, const swatch_result *r, size_t *bottom,
                         const struct card_look *look, swatch_error *error)
{
    const size_t width = r->photo.width, height = r->photo.height;
    const int landscape = width > height;
    struct rect room = {MARGIN, MARGIN, landscape ? WIDTH - 2 * MARGIN : PHOTO_WIDTH,
                        landscape ? LANDSCAPE_HEIGHT : PHOTO_HEIGHT};
    // No empty bands above and below: the room is as high as the photo in it, within reason.
    const struct rect first = card_fit(width, height, room, CARD_ENLARGE);
    const size_t least = landscape ? 1 : PHOTO_HEIGHT * 2 / 3;
    room.height = first.height > least ? first.height : least;
    const struct rect where = card_fit(width, height, room, CARD_ENLARGE);
    const size_t beside = MARGIN + PHOTO_WIDTH + GAP;
    const size_t below = MARGIN + room.height + GAP;
    *bottom = landscape ? below + TILE_HEIGHT : MARGIN + room.height;
    if (!card)
        return SWATCH_OK;
    paint_rect(card, room, look->tile);
    if (paint_picture(card, &r->photo, (struct rect){0, 0, width, height}, where, error) ||
        paint_outlines(card, r, where, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < SWATCH_REGIONS; i++) {
        const size_t tile_width = (WIDTH - 2 * MARGIN - 2 * GAP) / 3;
        const size_t tile_height = (room.height - 2 * GAP) / 3;
        const struct rect at = landscape ? (struct rect){MARGIN + i * (tile_width + GAP), below,
                                                         tile_width, TILE_HEIGHT}
                                         : (struct rect){beside, MARGIN + i * (tile_height + GAP),
                                                         WIDTH - MARGIN - beside, tile_height};
        if (draw_cutout(card, r, i, at, look, error))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

// What is said of a region besides its colors, or an empty text. A doubt goes before all else.
static void remark(const swatch_result *r, size_t region, char text[DOUBT_ROOM])
{
    if (doubt_text(r, region, text))
        return;
    if (region == SWATCH_SKIN && !r->skin.reason)
        snprintf(text, DOUBT_ROOM, "appears as %s", word_of_skin(&r->skin, (char[WORD_ROOM]){0}));
    if (region == SWATCH_HAIR && !r->hair.reason)
        snprintf(text, DOUBT_ROOM, "appears %s", r->hair.name);
}

static int draw_color(struct image *card, const swatch_color *color, const char *word, size_t left,
                      size_t top, const struct card_look *look, swatch_error *error)
{
    const size_t beside = left + PATCH + 18, room = (WIDTH - 2 * MARGIN) / 2 - PATCH - 18 - GAP;
    char text[64];
    card_color(card, color->rgb, (struct rect){left, top, PATCH, PATCH}, look);
    snprintf(text, sizeof text, "%s%s%s %%", *word ? color->hex : "", *word ? "  " : "",
             FIXED(100 * color->share, 0));
    return paint_text(card, *word ? word : color->hex, TEXT, 1, look->ink, beside, top, room,
                      error) ||
           paint_text(card, text, SMALL, 0, look->soft, beside, top + PATCH - SMALL, room, error);
}

// A region's colors from `top` on, which moves to where they end. Only measures when card is NULL.
static int draw_region(struct image *card, const swatch_result *r, size_t region, size_t *top,
                       const struct card_look *look, swatch_error *error)
{
    const size_t count = r->color_count[region], at = *top;
    const size_t list = at + TITLE + 2 * GAP + (count ? BAR + 2 * GAP : 0);
    *top = list + (count ? (count + 1) / 2 * ROW : TEXT + GAP) + GAP;
    if (!card)
        return SWATCH_OK;
    char title[48], about[DOUBT_ROOM];
    const double share =
        100 * (double)r->pixels[region] / (double)(r->photo.width * r->photo.height);
    if (r->pixels[region] == 0)
        snprintf(title, sizeof title, "%s", region_names[region]);
    else
        snprintf(title, sizeof title, "%s  %s %%", region_names[region],
                 share < 0.1 ? "< 0.1" : FIXED(share, share < 1 ? 1 : 0));
    title[0] = (char)toupper((unsigned char)title[0]);
    remark(r, region, about);
    paint_rect(card, (struct rect){MARGIN, at + 6, 12, TITLE - 8}, paint_of_region[region]);
    if (paint_text(card, title, TITLE, 1, look->ink, MARGIN + 28, at, REMARK - 28 - GAP, error) ||
        paint_text(card, about, SMALL, 0, look->soft, MARGIN + REMARK, at + TITLE - SMALL - 2,
                   WIDTH - 2 * MARGIN - REMARK, error))
        return SWATCH_FAILED;
    if (count == 0)
        return paint_text(card, r->reasons[region] ? r->reasons[region] : "not measured", TEXT, 0,
                          look->soft, MARGIN, list, WIDTH - 2 * MARGIN, error);
    card_bar(card, r->colors[region], count,
             (struct rect){MARGIN, at + TITLE + 2 * GAP, WIDTH - 2 * MARGIN, BAR}, look);
    for (size_t i = 0; i < count; i++)
        if (draw_color(card, &r->colors[region][i], word_of_color(r, region, &r->colors[region][i]),
                       i % 2 ? WIDTH / 2 + GAP / 2 : MARGIN, list + i / 2 * ROW, look, error))
            return SWATCH_FAILED;
    return SWATCH_OK;
}

// All that is written below the pictures, of the regions from `top` on.
static int draw_texts(struct image *card, const swatch_result *r, size_t pictures, size_t top,
                      const struct card_look *look, swatch_error *error)
{
    char size[64];
    snprintf(size, sizeof size, "%zu x %zu pixels", r->photo.width, r->photo.height);
    int status = paint_text(card, text_file_name(r->name), TEXT, 1, look->ink, MARGIN,
                            pictures + GAP, WIDTH - 2 * MARGIN, error) ||
                 paint_text(card, size, SMALL, 0, look->soft, MARGIN, pictures + GAP + TEXT + 4,
                            WIDTH - 2 * MARGIN, error);
    for (size_t region = 0; region < SWATCH_REGIONS && !status; region++)
        status = draw_region(card, r, region, &top, look, error);
    return status;
}

int card_check_draw(const swatch_result *r, const struct card_look *look, struct image *card,
                    swatch_error *error)
{
    swatch_error wrong[2];
    size_t pictures, drawn;
    int failed[2];
    draw_pictures(NULL, r, &pictures, look, error);
    const size_t regions = pictures + GAP + TEXT + SMALL + 3 * GAP;
    size_t bottom = regions;
    for (size_t region = 0; region < SWATCH_REGIONS; region++)
        draw_region(NULL, r, region, &bottom, look, error);
    if (image_new(card, WIDTH, bottom + MARGIN - GAP, 3, error))
        return SWATCH_FAILED;
    paint_rect(card, (struct rect){0, 0, card->width, card->height}, look->ground);
    // Both take about as long.
#pragma omp parallel sections
    {
#pragma omp section
        failed[0] = draw_pictures(card, r, &drawn, look, &wrong[0]);
#pragma omp section
        failed[1] = draw_texts(card, r, pictures, regions, look, &wrong[1]);
    }
    if (!failed[0] && !failed[1])
        return SWATCH_OK;
    image_free(card);
    const swatch_error *first = &wrong[failed[0] ? 0 : 1];
    return error_set(error, first->status, "%s", first->message);
}
