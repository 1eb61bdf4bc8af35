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

static int save_garment(const swatch_result *r, size_t index, const char *folder,
                        swatch_error *error)
{
    char name[64];
    void *data = NULL;
    size_t size = 0;
    garments_file(r, index, name);
    const int status = piece_encode_garment(r, index, &data, &size, error);
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
    void *data;
    size_t size;
    int status = palette_of_result(r, format, &data, &size, error);
    if (!status)
        status = file_put(path, data, size, 0, error);
    free(data);
    return status;
}

static int save_json(const swatch_result *r, const char *folder, swatch_error *error)
{
    char path[PATH_MAX];
    const int status = file_join(path, folder, result_files[RESULT_JSON], error);
    return status ? status : file_write_line(path, r->json, error);
}

static int save_one(const swatch_result *r, enum result_file file, const struct image *card,
                    unsigned how, const char *folder, swatch_error *error)
{
    static const swatch_piece pieces[RESULT_FILES] = {
        [RESULT_LABELS] = SWATCH_PIECE_LABELS,   [RESULT_SEGMENTATION] = SWATCH_PIECE_SEGMENTATION,
        [RESULT_CLOTHES] = SWATCH_PIECE_CLOTHES, [RESULT_SKIN] = SWATCH_PIECE_SKIN,
        [RESULT_HAIR] = SWATCH_PIECE_HAIR,       [RESULT_PERSON] = SWATCH_PIECE_PERSON,
    };
    void *data = NULL;
    size_t size = 0;
    if (file == RESULT_JSON)
        return save_json(r, folder, error);
    if (file == RESULT_PERSON && !r->person.pixels)
        return SWATCH_OK;
    const int status = file == RESULT_CARD
                           ? piece_encode_drawn(card, &data, &size, error)
                           : piece_encode(r, pieces[file], SWATCH_PNG, how, &data, &size, error);
    return status ? status : save_bytes(data, size, folder, result_files[file], error);
}

int result_write(const swatch_result *r, const char *folder, unsigned how, swatch_error *error)
{
    swatch_error first = {.status = SWATCH_OK};
    const int palettes = RESULT_FILES + SWATCH_PALETTE_FORMATS;
    const int files = palettes + (int)r->garment_count;
    struct image card;
    if (card_draw(r, &card, error)) // by two threads, which inside the loop it would not have
        return SWATCH_FAILED;
        // The card takes longest and goes first.
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < files; i++) {
        swatch_error wrong = {.status = SWATCH_FAILED};
        const int status =
            i < RESULT_FILES
                ? save_one(r, (enum result_file)(RESULT_FILES - 1 - i), &card, how, folder, &wrong)
            : i < palettes
                ? save_palette(r, (swatch_palette_format)(i - RESULT_FILES), how, folder, &wrong)
                : save_garment(r, (size_t)(i - palettes), folder, &wrong);
#pragma omp critical
        if (status && !first.status)
            first = wrong;
    }
    image_free(&card);
    if (first.status && error)
        *error = first;
    return first.status;
}

int result_save(const swatch_result *r, const char *folder, unsigned how, swatch_error *error)
{
    struct folder made;
    swatch_error wrong;
    int status = files_check_how(folder, how, SAVE_KNOWN, error);
    if (!status)
        status = folder_begin(&made, folder, &files_of_result, how & SWATCH_REPLACE, error);
    if (status)
        return status;
    return folder_end(&made, result_write(r, made.draft.path, how, &wrong), &wrong, error);
}
