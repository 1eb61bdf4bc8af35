#include "out/step.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "out/card_part.h"
#include "out/piece.h"

// Of the picture of colors, in pixels.
#define WIDTH 920
#define MARGIN 32
#define GAP 12
#define TITLE 32
#define BAR 64
#define PATCH 30
#define TEXT 26
#define COLUMNS 5

enum kind {
    STEP_PIECE,  // a piece of the result
    STEP_IMAGE,  // a picture that the result keeps
    STEP_COLORS, // the main colors, drawn here
};

static const struct step {
    const char *name;
    enum kind kind;
    swatch_piece piece;
    size_t offset; // of the picture in the result
} steps[STEPS] = {
    {"map-of-photo", STEP_IMAGE, .offset = offsetof(swatch_result, first_map)},
    {"person", STEP_PIECE, .piece = SWATCH_PIECE_PERSON},
    {"view", STEP_IMAGE, .offset = offsetof(swatch_result, view)},
    {"map", STEP_PIECE, .piece = SWATCH_PIECE_MAP},
    {"segmentation", STEP_PIECE, .piece = SWATCH_PIECE_SEGMENTATION},
    {"clothes", STEP_PIECE, .piece = SWATCH_PIECE_CLOTHES},
    {"skin", STEP_PIECE, .piece = SWATCH_PIECE_SKIN},
    {"hair", STEP_PIECE, .piece = SWATCH_PIECE_HAIR},
    {"colors", .kind = STEP_COLORS},
};

static const struct image *image_of(const swatch_result *r, const struct step *step)
{
    const void *image = (const char *)r + step->offset;
    return image;
}

int step_is_there(const swatch_result *r, size_t index)
{
    static const swatch_save_options all = SWATCH_SAVE_OPTIONS_INIT;
    const struct step *step = &steps[index];
    return step->kind == STEP_PIECE   ? piece_wanted(r, step->piece, &all)
           : step->kind == STEP_IMAGE ? image_of(r, step)->pixels != NULL
                                      : 1;
}

void step_file(size_t index, const swatch_save_options *o, char name[64])
{
    snprintf(name, 64, "step-%zu-%s.%s", index + 1, steps[index].name, piece_extension(o->format));
}

int step_is_file(const char *name)
{
    for (size_t i = 0; i < STEPS; i++)
        for (int f = 0; f < SWATCH_PICTURE_FORMATS; f++) {
            const swatch_save_options o = {.format = (swatch_picture_format)f};
            char file[64];
            step_file(i, &o, file);
            if (strcmp(name, file) == 0)
                return 1;
        }
    return 0;
}

// ---- Colors ------------------------------------------------------------------------------------

// A region's name, a bar of its colors by share, and each color with its hex, from `top` on, which
// moves to where they end. Only measures when `to` is NULL.
static int draw_region(const swatch_result *r, size_t region, size_t *top, struct image *to,
                       swatch_error *error)
{
    const struct card_look *look = &card_looks[0];
    const size_t count = r->color_count[region], inner = WIDTH - 2 * MARGIN;
    const size_t bar = *top + TITLE + GAP, list = bar + BAR + GAP;
    *top = (count ? list + (count + COLUMNS - 1) / COLUMNS * (PATCH + GAP) : bar + TEXT) + MARGIN;
    if (!to)
        return SWATCH_OK;
    int status = paint_text(to, region_names[region], TITLE, 1, look->ink, MARGIN,
                            bar - GAP - TITLE, inner, error);
    if (!status && !count)
        return paint_text(to, r->reasons[region], TEXT, 0, look->soft, MARGIN, bar, inner, error);
    card_bar(to, r->colors[region], count, (struct rect){MARGIN, bar, inner, BAR}, look);
    for (size_t i = 0; i < count && !status; i++) {
        const swatch_color *color = &r->colors[region][i];
        const size_t left = MARGIN + i % COLUMNS * inner / COLUMNS;
        const size_t y = list + i / COLUMNS * (PATCH + GAP);
        card_color(to, color->rgb, (struct rect){left, y, PATCH, PATCH}, look);
        status = paint_text(to, color->hex, TEXT, 0, look->ink, left + PATCH + GAP,
                            y + (PATCH - TEXT) / 2, inner / COLUMNS - PATCH - GAP, error);
    }
    return status;
}

static int draw_colors(const swatch_result *r, struct image *to, swatch_error *error)
{
    size_t top = MARGIN;
    int status = SWATCH_OK;
    for (size_t i = 0; i < SWATCH_REGIONS; i++)
        draw_region(r, i, &top, NULL, error);
    if (image_new(to, WIDTH, top, 3, error))
        return SWATCH_FAILED;
    paint_rect(to, (struct rect){0, 0, WIDTH, top}, card_looks[0].ground);
    top = MARGIN;
    for (size_t i = 0; i < SWATCH_REGIONS && !status; i++)
        status = draw_region(r, i, &top, to, error);
    return status;
}

int step_encode(const swatch_result *r, size_t index, unsigned how, const swatch_save_options *o,
                void **data, size_t *size, swatch_error *error)
{
    const struct step *step = &steps[index];
    struct image colors = {0};
    if (step->kind == STEP_PIECE)
        return piece_encode(r, step->piece, how, o, data, size, error);
    if (step->kind == STEP_IMAGE)
        return piece_encode_drawn(image_of(r, step), o, data, size, error);
    int status = draw_colors(r, &colors, error);
    status = status ? status : piece_encode_drawn(&colors, o, data, size, error);
    image_free(&colors);
    return status;
}
