// Writes the files of the people of a photo.

#include "out/people.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "extract/result.h"
#include "model/detection.h"
#include "out/files.h"
#include "out/result_json.h"

static char *people_text(const swatch_people *p)
{
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < p->count; i++)
        failed |= json_array_append_new(array, person_json(&p->list[i]));
    json_t *json =
        json_unless(failed, json_pack("{ss, so, sI, sI, so}", "swatch", SWATCH_VERSION, "photo",
                                      json_text(p->name), "width", (json_int_t)p->width, "height",
                                      (json_int_t)p->height, "people", array));
    if ((p->source && json_object_set_new(json, "source", json_loads(p->source, 0, NULL))) ||
        (*p->notice && json_object_set_new(json, "notice", json_text(p->notice)))) {
        json_decref(json);
        json = NULL;
    }
    char *text = json_line(json);
    json_decref(json);
    return text;
}

// Colors far apart for neighbors: hues a golden angle from one to the next.
static void person_color(size_t k, uint8_t rgb[3])
{
    const double hue = fmod(0.618033988749895 * (double)k, 1) * 6;
    for (size_t c = 0; c < 3; c++) {
        const double at = fmod(hue + (c == 0 ? 0 : c == 1 ? 4 : 2), 6);
        const double v = fmin(fmax(fabs(at - 3) - 1, 0), 1);
        rgb[c] = k ? (uint8_t)(70 + 185 * v) : 0;
    }
}

// Where people overlap the pixel is of the one with the higher score.
static int save_png(const swatch_people *p, const char *path, swatch_error *error)
{
    struct image map;
    uint8_t palette[3 * (PEOPLE_MAX + 1)];
    int status = image_new(&map, p->width, p->height, 1, error);
    if (status)
        return status;
    memset(map.pixels, 0, p->width * p->height);
    for (size_t i = p->count; i-- > 0;) {
        const struct detection *d = &p->detections[i];
        for (size_t y = 0; y < d->height; y++)
            for (size_t x = 0; x < d->width; x++)
                if (d->mask[y * d->width + x] >= PERSON_INSIDE)
                    map.pixels[(d->y + y) * p->width + d->x + x] = (uint8_t)(i + 1);
    }
    for (size_t k = 0; k <= PEOPLE_MAX; k++)
        person_color(k, palette + 3 * k);
    status = image_save_palette(&map, palette, p->count + 1, path, error);
    image_free(&map);
    return status;
}

static int write_both(const swatch_people *p, const char *folder, swatch_error *error)
{
    char path[PATH_MAX];
    char *text = people_text(p);
    if (!text)
        return error_memory(error);
    int status = file_join(path, folder, PEOPLE_PNG, error);
    if (!status)
        status = save_png(p, path, error);
    if (!status)
        status = file_join(path, folder, PEOPLE_JSON, error);
    if (!status)
        status = file_write_line(path, text, error);
    free(text);
    return status;
}

int people_save(const swatch_people *people, const char *folder, unsigned how, swatch_error *error)
{
    struct folder made;
    swatch_error wrong;
    int status = files_check_how(folder, how, SWATCH_REPLACE, error);
    if (!status)
        status = folder_begin(&made, folder, &files_of_people, how & SWATCH_REPLACE, error);
    if (status)
        return status;
    return folder_end(&made, write_both(people, made.draft.path, &wrong), &wrong, error);
}
