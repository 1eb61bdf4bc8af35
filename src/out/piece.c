#include "out/piece.h"

#include <string.h>

#include "base/error.h"
#include "extract/cutout.h"
#include "out/card.h"

#define COMPRESSION 2 // zlib level: cut-outs are mostly empty, and users wait

static int draw_segmentation(const swatch_result *r, struct image *map, swatch_error *error)
{
    if (image_new(map, r->labels.width, r->labels.height, 3, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < map->width * map->height; i++)
        memcpy(map->pixels + 3 * i, r->classes.colors[r->labels.pixels[i]], 3);
    return SWATCH_OK;
}

static int draw_cutout(const swatch_result *r, swatch_region region, struct image *cutout,
                       swatch_error *error)
{
    if (image_new(cutout, r->photo.width, r->photo.height, 4, error))
        return SWATCH_FAILED;
    cutout_region(r, region, cutout->pixels);
    return SWATCH_OK;
}

static int draw_person(const swatch_result *r, unsigned how, struct image *mask,
                       swatch_error *error)
{
    const size_t pixels = r->person.width * r->person.height;
    if (!r->person.pixels)
        return error_set(error, SWATCH_USAGE, "%s: there was no person mask", r->name);
    if (image_new(mask, r->person.width, r->person.height, 1, error))
        return SWATCH_FAILED;
    memcpy(mask->pixels, r->person.pixels, pixels);
    for (size_t i = 0; i < pixels && !(how & SWATCH_SAVE_SOFT_PERSON); i++)
        mask->pixels[i] = mask->pixels[i] >= PERSON_INSIDE ? 255 : 0;
    return SWATCH_OK;
}

static int draw(const swatch_result *r, swatch_piece piece, unsigned how, struct image *picture,
                swatch_error *error)
{
    switch (piece) {
    case SWATCH_PIECE_SEGMENTATION:
        return draw_segmentation(r, picture, error);
    case SWATCH_PIECE_CLOTHES:
        return draw_cutout(r, SWATCH_CLOTHES, picture, error);
    case SWATCH_PIECE_SKIN:
        return draw_cutout(r, SWATCH_SKIN, picture, error);
    case SWATCH_PIECE_HAIR:
        return draw_cutout(r, SWATCH_HAIR, picture, error);
    case SWATCH_PIECE_PERSON:
        return draw_person(r, how, picture, error);
    case SWATCH_PIECE_CARD:
        return card_draw(r, picture, error);
    default:
        return error_set(error, SWATCH_USAGE, "%s: there is no piece %d", r->name, (int)piece);
    }
}

int piece_encode_drawn(const struct image *picture, void **data, size_t *size, swatch_error *error)
{
    return image_encode_png(picture, COMPRESSION, data, size, error);
}

int piece_encode(const swatch_result *r, swatch_piece piece, swatch_picture_format format,
                 unsigned how, void **data, size_t *size, swatch_error *error)
{
    struct image picture = {0};
    if ((unsigned)format > SWATCH_WEBP)
        return error_set(error, SWATCH_USAGE, "%s: there is no picture format %d", r->name,
                         (int)format);
    if (piece == SWATCH_PIECE_LABELS && format != SWATCH_PNG)
        return error_set(error, SWATCH_USAGE, "%s: labels are written as PNG alone", r->name);
    if (piece == SWATCH_PIECE_LABELS)
        return image_encode_palette(&r->labels, r->classes.colors[0], r->classes.count, data, size,
                                    error);
    int status = draw(r, piece, how, &picture, error);
    if (!status)
        status = format == SWATCH_WEBP ? image_encode_webp(&picture, data, size, error)
                                       : piece_encode_drawn(&picture, data, size, error);
    image_free(&picture);
    return status;
}

int piece_encode_garment(const swatch_result *r, size_t index, void **data, size_t *size,
                         swatch_error *error)
{
    const swatch_garment *g = &r->garments[index];
    struct image cutout;
    if (image_new(&cutout, g->width, g->height, 4, error))
        return SWATCH_FAILED;
    cutout_garment(r, index, cutout.pixels);
    const int status = piece_encode_drawn(&cutout, data, size, error);
    image_free(&cutout);
    return status;
}
