// Writes all files of a photo, in a folder that appears whole or not at all.

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "extract/garments.h"
#include "out/card.h"
#include "out/files.h"
#include "out/palette_groups.h"
#include "out/piece.h"
#include "out/save.h"
#include "out/step.h"

// Writes encoded bytes as a file of the folder and frees them.
static int save_bytes(void *data, size_t size, const char *folder, const char *name,
                      swatch_error *error)
{
    char path[PATH_MAX];
    int status = file_join(path, folder, name, error);
    status = status ? status : file_write_quick(path, data, size, error);
    free(data);
    return status;
}

static int save_garment(const swatch_result *r, size_t index, const swatch_save_options *o,
                        const char *folder, swatch_error *error)
{
    char name[64];
    void *data = NULL;
    size_t size = 0;
    garments_file(r, index, piece_extension(o->format), name);
    const int status = piece_encode_garment(r, index, o, &data, &size, error);
    return status ? status : save_bytes(data, size, folder, name, error);
}

// If `how` asks for it and it is there.
static int save_step(const swatch_result *r, size_t index, unsigned how,
                     const swatch_save_options *o, const char *folder, swatch_error *error)
{
    char name[64];
    void *data = NULL;
    size_t size = 0;
    if (!(how & SWATCH_SAVE_STEPS) || !step_is_there(r, index))
        return SWATCH_OK;
    step_file(index, o, name);
    const int status = step_encode(r, index, how, o, &data, &size, error);
    return status ? status : save_bytes(data, size, folder, name, error);
}

// If `how` asks for it.
static int save_palette(const swatch_result *r, swatch_palette_format format, unsigned how,
                        const char *folder, swatch_error *error)
{
    char path[PATH_MAX], name[32];
    if (!(how & SWATCH_SAVE_PALETTE(format)))
        return SWATCH_OK;
    files_palette(format, name);
    if (file_join(path, folder, name, error))
        return SWATCH_FAILED;
    void *data = NULL;
    size_t size = 0;
    int status = palette_of_result(r, format, &data, &size, error);
    if (!status)
        status = file_put(path, data, size, 0, error);
    free(data);
    return status;
}

// What files are made of and is drawn before: a card, and the cut-outs that it shares with files.
struct drawn {
    struct image card; // if it is wanted
    struct card_drawn cutouts;
};

#define KEPT_MOST 2000000 // pixels of a photo whose cut-outs are kept until they are written

static int has_cutout(const struct drawn *d, swatch_piece piece)
{
    return piece >= SWATCH_PIECE_CLOTHES && piece <= SWATCH_PIECE_HAIR &&
           d->cutouts.pictures[piece - SWATCH_PIECE_CLOTHES].pixels;
}

// If it is wanted.
static int save_piece(const swatch_result *r, swatch_piece piece, struct drawn *drawn, unsigned how,
                      const swatch_save_options *o, const char *folder, swatch_error *error)
{
    char name[64];
    void *data = NULL;
    size_t size = 0;
    if (!piece_wanted(r, piece, o))
        return SWATCH_OK;
    piece_file(piece, o, name);
    const int status =
        piece == SWATCH_PIECE_CARD ? piece_encode_drawn(&drawn->card, o, &data, &size, error)
        : has_cutout(drawn, piece)
            ? piece_encode_cutout(&drawn->cutouts.pictures[piece - SWATCH_PIECE_CLOTHES], o, &data,
                                  &size, error)
            : piece_encode(r, piece, how, o, &data, &size, error);
    return status ? status : save_bytes(data, size, folder, name, error);
}

// Draws the cut-outs that both the card and files show. Those of large photos are drawn twice in
// place of being kept.
static int draw_shared(const swatch_result *r, const swatch_save_options *o,
                       struct card_drawn *drawn, swatch_error *error)
{
    int status = SWATCH_OK;
    if (o->edges != SWATCH_EDGES_SOFT || r->photo.width * r->photo.height > KEPT_MOST)
        return SWATCH_OK;
    for (int i = 0; !status && i < SWATCH_REGIONS; i++)
        if (piece_wanted(r, (swatch_piece)(SWATCH_PIECE_CLOTHES + i), o) && r->pixels[i])
            status = piece_draw_cutout(r, (swatch_region)i, o, &drawn->from[i], &drawn->pictures[i],
                                       error);
    return status;
}

static void free_drawn(struct drawn *d)
{
    image_free(&d->card);
    for (size_t i = 0; i < SWATCH_REGIONS; i++)
        image_free(&d->cutouts.pictures[i]);
}

int result_write(const swatch_result *r, const char *folder, unsigned how,
                 const swatch_save_options *o, swatch_error *error)
{
    swatch_error first = {.status = SWATCH_OK};
    const int palettes = SWATCH_PIECES + SWATCH_PALETTE_FORMATS, steps = palettes + STEPS;
    const int garments = !o->pieces || o->pieces & SWATCH_ONLY(SWATCH_PIECE_GARMENTS);
    const int files = steps + (garments ? (int)r->garment_count : 0);
    struct drawn drawn = {.card = {0}};
    // By two threads, which inside the loop it would not have.
    if (piece_wanted(r, SWATCH_PIECE_CARD, o) &&
        (draw_shared(r, o, &drawn.cutouts, error) ||
         card_draw(r, o->card, o->card_dark, &drawn.cutouts, &drawn.card, error))) {
        free_drawn(&drawn);
        return SWATCH_FAILED;
    }
    // The card takes longest and goes first.
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < files; i++) {
        swatch_error wrong = {.status = SWATCH_FAILED};
        const int status =
            i < SWATCH_PIECES ? save_piece(r, (swatch_piece)(SWATCH_PIECES - 1 - i), &drawn, how, o,
                                           folder, &wrong)
            : i < palettes
                ? save_palette(r, (swatch_palette_format)(i - SWATCH_PIECES), how, folder, &wrong)
            : i < steps ? save_step(r, (size_t)(i - palettes), how, o, folder, &wrong)
                        : save_garment(r, (size_t)(i - steps), o, folder, &wrong);
#pragma omp critical
        if (status && !first.status)
            first = wrong;
    }
    free_drawn(&drawn);
    if (first.status && error)
        *error = first;
    return first.status;
}

int save_check(const char *folder, unsigned how, const swatch_save_options *o, swatch_error *error)
{
    const char *wrong = piece_wrong(o);
    return wrong ? error_set(error, SWATCH_USAGE, "%s: %s", folder, wrong)
                 : files_check_how(folder, how, SAVE_KNOWN, error);
}

int result_save(const swatch_result *r, const char *folder, unsigned how,
                const swatch_save_options *o, swatch_error *error)
{
    struct folder made;
    swatch_error wrong;
    int status = save_check(folder, how, o, error);
    if (!status)
        status = folder_begin(&made, folder, &files_of_result, how & SWATCH_REPLACE, error);
    if (status)
        return status;
    return folder_end(&made, result_write(r, made.draft.path, how, o, &wrong), &wrong, error);
}
