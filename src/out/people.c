#include "out/people.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "extract/result.h"
#include "model/detector.h"
#include "out/color_json.h"
#include "out/files.h"
#include "out/ours.h"
#include "out/result_json.h"

static char *people_text(const swatch_people *p, size_t *length)
{
    char *text = NULL;
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < p->count; i++)
        failed |= json_array_append_new(array, person_json(&p->list[i]));
    json_t *json =
        json_unless(failed, json_pack("{ss, so, sI, sI, so}", "swatch", SWATCH_VERSION, "photo",
                                      json_text(p->name), "width", (json_int_t)p->width, "height",
                                      (json_int_t)p->height, "people", array));
    char *line = json_line(json);
    const int made = line ? asprintf(&text, "%s\n", line) : -1;
    *length = made < 0 ? 0 : (size_t)made;
    free(line);
    json_decref(json);
    return made < 0 ? NULL : text;
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
    if (image_new(&map, p->width, p->height, 1, error))
        return SWATCH_FAILED;
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
    const int status = image_save_palette(&map, palette, p->count + 1, path, error);
    image_free(&map);
    return status;
}

static int write_both(const swatch_people *p, const char *folder, swatch_error *error)
{
    char png[PATH_MAX], json[PATH_MAX];
    size_t length;
    if (snprintf(png, sizeof png, "%s/" PEOPLE_PNG, folder) >= (int)sizeof png ||
        snprintf(json, sizeof json, "%s/" PEOPLE_JSON, folder) >= (int)sizeof json)
        return error_set(error, SWATCH_FAILED, "%.80s...: the path is too long", folder);
    char *text = people_text(p, &length);
    if (!text)
        return error_memory(error);
    const int status = save_png(p, png, error) || file_write_quick(json, text, length, error);
    free(text);
    return status ? SWATCH_FAILED : SWATCH_OK;
}

int people_save(const swatch_people *people, const char *folder, unsigned how, swatch_error *error)
{
    const int replace = (how & SWATCH_SAVE_REPLACE) != 0;
    char temporary[PATH_MAX];
    swatch_error wrong;
    if ((replace && ours_check(folder, OURS_PEOPLE, error)) ||
        folder_begin(folder, temporary, error))
        return SWATCH_FAILED;
    if (write_both(people, temporary, &wrong)) {
        folder_abort(temporary);
        return ours_say(&wrong, temporary, folder, error);
    }
    if (folder_commit(temporary, folder, replace, error)) {
        folder_abort(temporary);
        return SWATCH_FAILED;
    }
    return SWATCH_OK;
}
