// Several people of one photo: a folder each in the photo's folder, which appears whole or not at
// all, and one colors.json with an entry for each. People come one at a time, so that only one
// result need be in memory.

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "extract/result.h"
#include "out/color_json.h"
#include "out/ours.h"
#include "out/result_json.h"
#include "out/save.h"

struct swatch_album {
    char *folder; // NULL: no files
    char temporary[PATH_MAX];
    unsigned how;
    json_t *people; // array of what the results' JSON says
    char *json;     // in the end
};

int swatch_album_new(const char *folder, unsigned how, swatch_album **album, swatch_error *error)
{
    swatch_album *a = calloc(1, sizeof *a);
    int status = SWATCH_FAILED;
    if (!a)
        return error_memory(error);
    a->how = how;
    a->people = json_array();
    if (!a->people || (folder && !(a->folder = strdup(folder)))) {
        error_memory(error);
        goto done;
    }
    if (folder && ((how & SWATCH_SAVE_REPLACE && ours_check(folder, OURS_RESULT, error)) ||
                   folder_begin(folder, a->temporary, error))) {
        *a->temporary = 0;
        goto done;
    }
    status = SWATCH_OK;
done:
    if (status)
        swatch_album_free(a);
    else
        *album = a;
    return status;
}

void swatch_album_free(swatch_album *album)
{
    if (!album)
        return;
    if (*album->temporary)
        folder_abort(album->temporary);
    json_decref(album->people);
    free(album->folder);
    free(album->json);
    free(album);
}

// Writes a person's files.
static int write_person(swatch_album *a, const swatch_result *r, size_t number, swatch_error *error)
{
    char path[PATH_MAX];
    swatch_error wrong;
    if (snprintf(path, sizeof path, "%s/person-%zu", a->temporary, number) >= (int)sizeof path)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", a->folder);
    if (folder_make(path, &wrong) || result_write(r, path, a->how, &wrong))
        return ours_say(&wrong, a->temporary, a->folder, error);
    return SWATCH_OK;
}

int swatch_album_add(swatch_album *a, const swatch_result *r, swatch_error *error)
{
    const size_t number = json_array_size(a->people) + 1;
    char name[32];
    if (a->folder && write_person(a, r, number, error))
        return SWATCH_FAILED;
    json_t *json = json_loads(r->json, 0, NULL);
    snprintf(name, sizeof name, "person-%zu", number);
    if (json_object_set_new(json, "folder", json_string(name)) ||
        json_array_append(a->people, json)) {
        json_decref(json);
        return error_memory(error);
    }
    json_decref(json);
    return SWATCH_OK;
}

// What is said of each person also holds of all: the photo and its size stand before them.
static char *album_text(const swatch_album *a)
{
    const json_t *first = json_array_get(a->people, 0);
    json_t *json = json_object();
    static const char *const shared[] = {"swatch", "photo", "width", "height"};
    int failed = 0;
    for (size_t i = 0; first && i < sizeof shared / sizeof *shared; i++)
        failed |= json_object_set(json, shared[i], json_object_get(first, shared[i]));
    failed |= json_object_set(json, "people", a->people);
    json = json_unless(failed, json);
    char *text = json_line(json);
    json_decref(json);
    return text;
}

static int write_json(const swatch_album *a, swatch_error *error)
{
    char path[PATH_MAX], *line = NULL;
    swatch_error wrong;
    const int length = asprintf(&line, "%s\n", a->json);
    if (length < 0)
        return error_memory(error);
    if (snprintf(path, sizeof path, "%s/colors.json", a->temporary) >= (int)sizeof path) {
        free(line);
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", a->folder);
    }
    const int status = file_write_quick(path, line, (size_t)length, &wrong);
    free(line);
    return status ? ours_say(&wrong, a->temporary, a->folder, error) : SWATCH_OK;
}

int swatch_album_finish(swatch_album *a, swatch_error *error)
{
    if (!a->json && !(a->json = album_text(a)))
        return error_memory(error);
    if (!a->folder)
        return SWATCH_OK;
    if (write_json(a, error) ||
        folder_commit(a->temporary, a->folder, (a->how & SWATCH_SAVE_REPLACE) != 0, error))
        return SWATCH_FAILED;
    *a->temporary = 0;
    return SWATCH_OK;
}

const char *swatch_album_json(const swatch_album *album)
{
    return album->json;
}
