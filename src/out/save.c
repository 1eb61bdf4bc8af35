// Writes all files of a photo, in a folder that appears whole or not at all.

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "extract/cutout.h"
#include "extract/garments.h"
#include "out/card.h"
#include "out/files.h"
#include "out/palette_groups.h"
#include "out/save.h"

#define COMPRESSION 2 // zlib level: cut-outs are mostly empty, and users wait

static int save_segmentation(const swatch_result *r, const char *path, swatch_error *error)
{
    struct image map;
    if (image_new(&map, r->labels.width, r->labels.height, 3, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < map.width * map.height; i++)
        memcpy(map.pixels + 3 * i, r->classes.colors[r->labels.pixels[i]], 3);
    const int status = image_save_png(&map, path, COMPRESSION, error);
    image_free(&map);
    return status;
}

static int save_cutout(const swatch_result *r, swatch_region region, const char *path,
                       swatch_error *error)
{
    struct image cutout;
    if (image_new(&cutout, r->photo.width, r->photo.height, 4, error))
        return SWATCH_FAILED;
    cutout_region(r, region, cutout.pixels);
    const int status = image_save_png(&cutout, path, COMPRESSION, error);
    image_free(&cutout);
    return status;
}

static int save_garment(const swatch_result *r, size_t index, const char *folder,
                        swatch_error *error)
{
    const swatch_garment *g = &r->garments[index];
    char path[PATH_MAX], name[64];
    struct image cutout;
    garments_file(r, index, name);
    if (file_join(path, folder, name, error))
        return SWATCH_FAILED;
    if (image_new(&cutout, g->width, g->height, 4, error))
        return SWATCH_FAILED;
    cutout_garment(r, index, cutout.pixels);
    const int status = image_save_png(&cutout, path, COMPRESSION, error);
    image_free(&cutout);
    return status;
}

static int save_card(const swatch_result *r, const char *path, swatch_error *error)
{
    struct image card;
    if (card_draw(r, &card, error))
        return SWATCH_FAILED;
    const int status = image_save_png(&card, path, COMPRESSION, error);
    image_free(&card);
    return status;
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
    return palette_of_result(r, format, path, error);
}

static int save_person(const swatch_result *r, unsigned how, const char *path, swatch_error *error)
{
    struct image mask;
    if (how & SWATCH_SAVE_SOFT_PERSON)
        return image_save_png(&r->person, path, COMPRESSION, error);
    if (image_new(&mask, r->person.width, r->person.height, 1, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < mask.width * mask.height; i++)
        mask.pixels[i] = r->person.pixels[i] >= PERSON_INSIDE ? 255 : 0;
    const int status = image_save_png(&mask, path, COMPRESSION, error);
    image_free(&mask);
    return status;
}

static int save_one(const swatch_result *r, enum result_file output, unsigned how,
                    const char *folder, swatch_error *error)
{
    char path[PATH_MAX];
    if (file_join(path, folder, result_files[output], error))
        return SWATCH_FAILED;
    switch (output) {
    case RESULT_LABELS:
        return image_save_palette(&r->labels, r->classes.colors[0], r->classes.count, path, error);
    case RESULT_SEGMENTATION:
        return save_segmentation(r, path, error);
    case RESULT_CLOTHES:
        return save_cutout(r, SWATCH_CLOTHES, path, error);
    case RESULT_SKIN:
        return save_cutout(r, SWATCH_SKIN, path, error);
    case RESULT_HAIR:
        return save_cutout(r, SWATCH_HAIR, path, error);
    case RESULT_JSON:
        return file_write_line(path, r->json, error);
    case RESULT_CARD:
        return save_card(r, path, error);
    default:
        return r->person.pixels ? save_person(r, how, path, error) : SWATCH_OK;
    }
}

int result_write(const swatch_result *r, const char *folder, unsigned how, swatch_error *error)
{
    swatch_error first = {.status = SWATCH_OK};
    const int palettes = RESULT_FILES + SWATCH_PALETTE_FORMATS;
    const int files = palettes + (int)r->garment_count;
    // The card takes longest and goes first.
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < files; i++) {
        swatch_error wrong = {.status = SWATCH_FAILED};
        const int status =
            i < RESULT_FILES
                ? save_one(r, (enum result_file)(RESULT_FILES - 1 - i), how, folder, &wrong)
            : i < palettes
                ? save_palette(r, (swatch_palette_format)(i - RESULT_FILES), how, folder, &wrong)
                : save_garment(r, (size_t)(i - palettes), folder, &wrong);
#pragma omp critical
        if (status && !first.status)
            first = wrong;
    }
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
        status = folder_begin(&made, folder, &files_of_result, how & SWATCH_SAVE_REPLACE, error);
    if (status)
        return status;
    return folder_end(&made, result_write(r, made.draft.path, how, &wrong), &wrong, error);
}
