// Several people of one photo: a folder for each in the photo's folder, which appears whole or not
// at all, and one colors.json with an entry for each. People are added one at a time, so only one
// result need be in memory.

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "extract/result.h"
#include "out/album.h"
#include "out/files.h"
#include "out/piece.h"
#include "out/result_json.h"
#include "out/save.h"

struct swatch_album {
    char *path;           // of its folder; NULL: no files
    struct folder folder; // in the making
    unsigned how;
    swatch_save_options options;
    json_t *people; // array of what the results' JSON says
    char *json;     // once it is finished
    int broken;     // a person could not be added
};

int album_new(const char *folder, unsigned how, const swatch_save_options *options,
              swatch_album **album, swatch_error *error)
{
    *album = NULL;
    int status = save_check(folder ? folder : "the people", how, options, error);
    if (status)
        return status;
    swatch_album *a = calloc(1, sizeof *a);
    if (!a)
        return error_memory(error);
    a->how = how;
    a->options = *options;
    a->people = json_array();
    if (!a->people || (folder && !(a->path = strdup(folder)))) {
        status = error_memory(error);
        goto done;
    }
    if (folder)
        status = folder_begin(&a->folder, a->path, &files_of_result, how & SWATCH_REPLACE, error);
done:
    if (status)
        album_free(a);
    else
        *album = a;
    return status;
}

void album_free(swatch_album *album)
{
    if (!album)
        return;
    folder_abort(&album->folder);
    json_decref(album->people);
    free(album->path);
    free(album->json);
    free(album);
}

static int write_person(const swatch_album *a, const swatch_result *r, const char *name,
                        swatch_error *error)
{
    char path[PATH_MAX];
    swatch_error wrong;
    if (file_join(path, a->folder.draft.path, name, &wrong) || folder_make(path, &wrong) ||
        result_write(r, path, a->how, &a->options, &wrong))
        return folder_fault(&a->folder, &wrong, error);
    return SWATCH_OK;
}

// Once its folder has its name, or is deleted, nothing more can be written into it.
static int check_open(const swatch_album *a, swatch_error *error)
{
    if (a->broken) // half a person's files may lie in it
        return error_set(error, SWATCH_FAILED, "%s: one of its people could not be added",
                         a->path ? a->path : "the people");
    if (a->json || (a->path && !*a->folder.draft.path))
        return error_set(error, SWATCH_USAGE, "%s: the album is finished",
                         a->path ? a->path : "the people");
    return SWATCH_OK;
}

int album_add(swatch_album *a, const swatch_result *r, swatch_error *error)
{
    char name[32];
    int status = check_open(a, error);
    snprintf(name, sizeof name, "person-%zu", json_array_size(a->people) + 1);
    if (!status && a->path && (status = write_person(a, r, name, error)))
        a->broken = 1;
    if (status)
        return status;
    char *text = result_json_text(r, piece_extension(a->options.format));
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    const int failed = json_object_set_new(json, "folder", json_string(name)) ||
                       json_array_append(a->people, json);
    json_decref(json);
    a->broken = failed;
    return failed ? error_memory(error) : SWATCH_OK;
}

// What is said of each person also holds of all: the photo and its size stand before them.
static char *album_text(const swatch_album *a)
{
    const json_t *first = json_array_get(a->people, 0);
    json_t *json = json_object();
    static const char *const shared[] = {"swatch", "photo", "width", "height", "source", "notice"};
    int failed = 0;
    for (size_t i = 0; first && i < sizeof shared / sizeof *shared; i++)
        if (json_object_get(first, shared[i]))
            failed |= json_object_set(json, shared[i], json_object_get(first, shared[i]));
    failed |= json_object_set(json, "people", a->people);
    json = json_unless(failed, json);
    char *text = json_line(json);
    json_decref(json);
    return text;
}

int album_finish(swatch_album *a, swatch_error *error)
{
    char path[PATH_MAX];
    swatch_error wrong;
    int status = check_open(a, error);
    if (status)
        return status;
    char *json = album_text(a);
    if (!json)
        return error_memory(error);
    if (a->path) {
        const int written = file_join(path, a->folder.draft.path, FILES_COLORS, &wrong) ||
                            file_write_line(path, json, &wrong);
        status = folder_end(&a->folder, written, &wrong, error);
    }
    if (status)
        free(json);
    else
        a->json = json;
    return status;
}

unsigned album_threads(const swatch_album *album)
{
    return album->options.threads;
}

const char *album_json(const swatch_album *album)
{
    return album->json;
}
