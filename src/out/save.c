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

// If it is wanted. card: drawn already, where that is.
static int save_piece(const swatch_result *r, swatch_piece piece, const struct image *card,
                      unsigned how, const swatch_save_options *o, const char *folder,
                      swatch_error *error)
{
    char name[64];
    void *data = NULL;
    size_t size = 0;
    if (!piece_wanted(r, piece, o))
        return SWATCH_OK;
    piece_file(piece, o, name);
    const int status = piece == SWATCH_PIECE_CARD
                           ? piece_encode_drawn(card, o, &data, &size, error)
                           : piece_encode(r, piece, how, o, &data, &size, error);
    return status ? status : save_bytes(data, size, folder, name, error);
}

int result_write(const swatch_result *r, const char *folder, unsigned how,
                 const swatch_save_options *o, swatch_error *error)
{
    swatch_error first = {.status = SWATCH_OK};
    const int palettes = SWATCH_PIECES + SWATCH_PALETTE_FORMATS, steps = palettes + STEPS;
    const int garments = !o->pieces || o->pieces & SWATCH_ONLY(SWATCH_PIECE_GARMENTS);
    const int files = steps + (garments ? (int)r->garment_count : 0);
    struct image card = {0};
    // By two threads, which inside the loop it would not have.
    if (piece_wanted(r, SWATCH_PIECE_CARD, o) && card_draw(r, o->card, o->card_dark, &card, error))
        return SWATCH_FAILED;
        // The card takes longest and goes first.
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < files; i++) {
        swatch_error wrong = {.status = SWATCH_FAILED};
        const int status =
            i < SWATCH_PIECES ? save_piece(r, (swatch_piece)(SWATCH_PIECES - 1 - i), &card, how, o,
                                           folder, &wrong)
            : i < palettes
                ? save_palette(r, (swatch_palette_format)(i - SWATCH_PIECES), how, folder, &wrong)
            : i < steps ? save_step(r, (size_t)(i - palettes), how, o, folder, &wrong)
                        : save_garment(r, (size_t)(i - steps), o, folder, &wrong);
#pragma omp critical
        if (status && !first.status)
            first = wrong;
    }
    image_free(&card);
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
