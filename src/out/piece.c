#include "out/piece.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "base/threads.h"
#include "extract/cutout.h"
#include "extract/garments.h"
#include "out/card.h"
#include "out/result_json.h"

#define COMPRESSION 2 // zlib level: cut-outs are mostly empty, and users wait
#define QUALITY 90    // of lossy formats

// How large a picture of these sides may be.
static void limit(size_t most, size_t *width, size_t *height)
{
    const size_t longer = size_most(*width, *height);
    if (!most || longer <= most)
        return;
    const double scale = (double)most / (double)longer;
    *width = size_most(1, (size_t)lround((double)*width * scale));
    *height = size_most(1, (size_t)lround((double)*height * scale));
}

// The labels at the size at which they are written: each pixel is the nearest one's.
static int draw_labels(const swatch_result *r, size_t most, struct image *labels,
                       swatch_error *error)
{
    size_t width = r->labels.width, height = r->labels.height;
    limit(most, &width, &height);
    if (image_new(labels, width, height, 1, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row =
            r->labels.pixels + (2 * y + 1) * r->labels.height / (2 * height) * r->labels.width;
        for (size_t x = 0; x < width; x++)
            labels->pixels[y * width + x] = row[(2 * x + 1) * r->labels.width / (2 * width)];
    }
    return SWATCH_OK;
}

// ---- Drawing -----------------------------------------------------------------------------------

struct drawing {
    const swatch_result *r;
    swatch_piece piece;
    unsigned how;
    const swatch_save_options *options;
};

static int draw_segmentation(const struct drawing *d, struct image *map, swatch_error *error)
{
    struct image labels = {0};
    if (draw_labels(d->r, d->options->max_side, &labels, error))
        return SWATCH_FAILED;
    const int status = image_new(map, labels.width, labels.height, 3, error);
    for (size_t i = 0; !status && i < map->width * map->height; i++)
        memcpy(map->pixels + 3 * i, d->r->classes.colors[labels.pixels[i]], 3);
    image_free(&labels);
    return status;
}

// Made smaller by piece_encode_drawn.
static int draw_map(const struct drawing *d, struct image *map, swatch_error *error)
{
    const struct image *from = &d->r->map;
    if (!from->pixels)
        return error_set(error, SWATCH_USAGE, "%s: the model paints no map", d->r->name);
    if (image_new(map, from->width, from->height, 3, error))
        return SWATCH_FAILED;
    memcpy(map->pixels, from->pixels, 3 * from->width * from->height);
    return SWATCH_OK;
}

static int draw_person(const struct drawing *d, struct image *mask, swatch_error *error)
{
    const struct image *person = &d->r->person;
    size_t width = person->width, height = person->height;
    if (!person->pixels)
        return error_set(error, SWATCH_USAGE, "%s: there was no person mask", d->r->name);
    limit(d->options->max_side, &width, &height);
    if (image_resize(person, width, height, mask, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < width * height && !(d->how & SWATCH_SAVE_SOFT_PERSON); i++)
        mask->pixels[i] = mask->pixels[i] >= PERSON_INSIDE ? 255 : 0;
    return SWATCH_OK;
}

// Paints the ground under a cut-out, which loses its alpha.
static void paint_ground(struct image *cutout, const uint8_t ground[3])
{
    for (size_t i = 0; i < cutout->width * cutout->height; i++) {
        const unsigned alpha = cutout->pixels[4 * i + 3];
        for (size_t c = 0; c < 3; c++)
            cutout->pixels[3 * i + c] =
                (uint8_t)((cutout->pixels[4 * i + c] * alpha + ground[c] * (255 - alpha) + 127) /
                          255);
    }
    cutout->bands = 3;
}

// Takes the alpha of a cut-out that is drawn away, where the options or the format ask for it.
static void end_cutout(const swatch_save_options *o, struct image *cutout)
{
    static const uint8_t white[3] = {255, 255, 255};
    if (o->has_ground || o->format == SWATCH_JPEG)
        paint_ground(cutout, o->has_ground ? o->ground : white);
}

int piece_draw_cutout(const swatch_result *r, swatch_region region, const swatch_save_options *o,
                      struct rect *from, struct image *cutout, swatch_error *error)
{
    *from = (struct rect){0, 0, r->photo.width, r->photo.height};
    if (o->crop && r->pixels[region])
        *from = cutout_with_margin(r, cutout_box(r, region));
    if (image_new(cutout, from->width, from->height, 4, error))
        return SWATCH_FAILED;
    const int status = cutout_region(r, region, *from, o->edges, cutout->pixels, error);
    if (status)
        image_free(cutout);
    return status;
}

static int draw_region(const struct drawing *d, struct image *cutout, swatch_error *error)
{
    const swatch_region region = (swatch_region)(d->piece - SWATCH_PIECE_CLOTHES);
    struct rect from;
    const int status = piece_draw_cutout(d->r, region, d->options, &from, cutout, error);
    if (!status)
        end_cutout(d->options, cutout);
    return status;
}

static int draw_card(const struct drawing *d, struct image *card, swatch_error *error)
{
    return card_draw(d->r, d->options->card, d->options->card_dark, NULL, card, error);
}

// ---- Encoding ----------------------------------------------------------------------------------

static int encode_labels(const struct drawing *d, void **data, size_t *size, swatch_error *error)
{
    struct image labels = {0};
    if (draw_labels(d->r, d->options->max_side, &labels, error))
        return SWATCH_FAILED;
    const int status = image_encode_palette(&labels, d->r->classes.colors[0], d->r->classes.count,
                                            data, size, error);
    image_free(&labels);
    return status;
}

static int encode_colors(const struct drawing *d, void **data, size_t *size, swatch_error *error)
{
    char *text = result_json_text(d->r, piece_extension(d->options->format)), *line = NULL;
    const int length = text ? asprintf(&line, "%s\n", text) : -1;
    free(text);
    if (length < 0)
        return error_memory(error);
    *data = line;
    *size = (size_t)length;
    return SWATCH_OK;
}

static int encode_garments(const struct drawing *d, void **data, size_t *size, swatch_error *error)
{
    (void)data;
    (void)size;
    return error_set(error, SWATCH_USAGE, "%s: garments are files of their own", d->r->name);
}

// A piece is drawn and then encoded as the options say, or encoded in its own way.
static const struct piece {
    const char *name;
    const char *ending; // of its file; NULL: that of the options' format
    int map;            // 1: its values mean something, so it is lossless where the format can
    int (*draw)(const struct drawing *drawing, struct image *picture, swatch_error *error);
    int (*encode)(const struct drawing *drawing, void **data, size_t *size, swatch_error *error);
} pieces[SWATCH_PIECES] = {
    [SWATCH_PIECE_LABELS] = {"labels", "png", .encode = encode_labels},
    [SWATCH_PIECE_SEGMENTATION] = {"segmentation", .map = 1, .draw = draw_segmentation},
    [SWATCH_PIECE_CLOTHES] = {"clothes", .draw = draw_region},
    [SWATCH_PIECE_SKIN] = {"skin", .draw = draw_region},
    [SWATCH_PIECE_HAIR] = {"hair", .draw = draw_region},
    [SWATCH_PIECE_PERSON] = {"person", .map = 1, .draw = draw_person},
    [SWATCH_PIECE_CARD] = {"card", .draw = draw_card},
    [SWATCH_PIECE_COLORS] = {"colors", "json", .encode = encode_colors},
    [SWATCH_PIECE_GARMENTS] = {"garments", .encode = encode_garments},
    [SWATCH_PIECE_MAP] = {"map", .map = 1, .draw = draw_map},
};

static int encode_png(const struct image *picture, int quality, void **data, size_t *size,
                      swatch_error *error)
{
    (void)quality;
    return image_encode_png(picture, COMPRESSION, data, size, error);
}

static const struct format {
    const char *extension;
    int (*encode)(const struct image *picture, int quality, void **data, size_t *size,
                  swatch_error *error);
} formats[SWATCH_PICTURE_FORMATS] = {
    [SWATCH_PNG] = {"png", encode_png},
    [SWATCH_WEBP] = {"webp", image_encode_webp},
    [SWATCH_AVIF] = {"avif", image_encode_avif},
    [SWATCH_JPEG] = {"jpg", image_encode_jpeg},
};

const char *piece_name(swatch_piece piece)
{
    return (unsigned)piece < SWATCH_PIECES ? pieces[piece].name : NULL;
}

const char *piece_extension(swatch_picture_format format)
{
    return (unsigned)format < SWATCH_PICTURE_FORMATS ? formats[format].extension : NULL;
}

const char *piece_wrong(const swatch_save_options *o)
{
    if (o->pieces >> SWATCH_PIECES)
        return "pieces has a bit that is no swatch_piece";
    if ((unsigned)o->format >= SWATCH_PICTURE_FORMATS)
        return "format is no swatch_picture_format";
    if ((unsigned)o->edges > SWATCH_EDGES_HARD)
        return "edges is no swatch_edges";
    if ((unsigned)o->card >= SWATCH_CARDS)
        return "card is no swatch_card";
    if (o->quality > 100)
        return "quality must be 0 to 100";
    if (o->threads > THREADS_MAX)
        return "threads must be 0 to 1024";
    return NULL;
}

int piece_wanted(const swatch_result *r, swatch_piece piece, const swatch_save_options *o)
{
    if (o->pieces && !(o->pieces & SWATCH_ONLY(piece)))
        return 0;
    return piece == SWATCH_PIECE_PERSON ? r->person.pixels != NULL
           : piece == SWATCH_PIECE_MAP  ? r->map.pixels != NULL
                                        : piece != SWATCH_PIECE_GARMENTS;
}

void piece_file(swatch_piece piece, const swatch_save_options *o, char name[64])
{
    const struct piece *p = &pieces[piece];
    snprintf(name, 64, "%s.%s", p->name, p->ending ? p->ending : formats[o->format].extension);
}

int piece_is_file(const char *name)
{
    const char *dot = strrchr(name, '.');
    const size_t length = dot ? (size_t)(dot - name) : 0;
    int picture = 0;
    for (int i = 0; dot && i < SWATCH_PICTURE_FORMATS; i++)
        picture |= strcmp(dot + 1, formats[i].extension) == 0;
    for (int i = 0; dot && i < SWATCH_PIECES; i++)
        if (strlen(pieces[i].name) == length && strncmp(pieces[i].name, name, length) == 0 &&
            (pieces[i].ending ? strcmp(dot + 1, pieces[i].ending) == 0 : picture))
            return 1;
    return picture && garments_is_file(name);
}

int piece_encode_drawn(const struct image *picture, const swatch_save_options *o, void **data,
                       size_t *size, swatch_error *error)
{
    struct image smaller = {0};
    const int quality = o->quality ? (int)o->quality : QUALITY;
    size_t width = picture->width, height = picture->height;
    limit(o->max_side, &width, &height);
    if (width == picture->width && height == picture->height)
        return formats[o->format].encode(picture, quality, data, size, error);
    int status = image_resize(picture, width, height, &smaller, error);
    status = status ? status : formats[o->format].encode(&smaller, quality, data, size, error);
    image_free(&smaller);
    return status;
}

int piece_encode_cutout(struct image *cutout, const swatch_save_options *o, void **data,
                        size_t *size, swatch_error *error)
{
    end_cutout(o, cutout);
    return piece_encode_drawn(cutout, o, data, size, error);
}

int piece_encode(const swatch_result *r, swatch_piece piece, unsigned how,
                 const swatch_save_options *o, void **data, size_t *size, swatch_error *error)
{
    struct image picture = {0};
    const struct drawing d = {r, piece, how, o};
    if ((unsigned)piece >= SWATCH_PIECES)
        return error_set(error, SWATCH_USAGE, "%s: there is no piece %d", r->name, (int)piece);
    if (!pieces[piece].draw)
        return pieces[piece].encode(&d, data, size, error);
    swatch_save_options own = *o;
    if (pieces[piece].map && o->format == SWATCH_WEBP)
        own.quality = 100;
    int status = pieces[piece].draw(&d, &picture, error);
    status = status ? status : piece_encode_drawn(&picture, &own, data, size, error);
    image_free(&picture);
    return status;
}

int piece_encode_garment(const swatch_result *r, size_t index, const swatch_save_options *o,
                         void **data, size_t *size, swatch_error *error)
{
    struct rect from = cutout_garment_box(r, index);
    struct image cutout;
    if (o->crop)
        from = cutout_with_margin(r, from);
    if (image_new(&cutout, from.width, from.height, 4, error))
        return SWATCH_FAILED;
    int status = cutout_garment(r, index, from, o->edges, cutout.pixels, error);
    status = status ? status : piece_encode_cutout(&cutout, o, data, size, error);
    image_free(&cutout);
    return status;
}
