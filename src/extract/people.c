// People in a photo: found by a Mask R-CNN model, kept as that gives them, each mask in its own
// rectangle, so that a crowd takes little more memory than the photo.

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "color/json.h"
#include "extract/pipeline.h"
#include "model/detector.h"

// Pixels inside, and the detection's box within the photo.
static void describe(const struct detection *d, const swatch_people *p, swatch_person *person)
{
    const double right = fmin(fmax((double)d->box[2], 0), (double)p->width);
    const double bottom = fmin(fmax((double)d->box[3], 0), (double)p->height);
    *person = (swatch_person){.score = (double)d->score,
                              .left = fmin(fmax((double)d->box[0], 0), right),
                              .top = fmin(fmax((double)d->box[1], 0), bottom)};
    person->width = right - person->left;
    person->height = bottom - person->top;
    for (size_t i = 0; i < d->width * d->height; i++)
        person->pixels += d->mask[i] >= PERSON_INSIDE;
}

// Keeps the detections of people that have pixels, in their order.
static void take(swatch_people *p, const struct detector *detector)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->found; i++) {
        struct detection d = p->detections[i];
        const char *name = detector_class_name(detector, d.label);
        if (kept == PEOPLE_MAX || !name || strcmp(name, "person") != 0)
            continue;
        describe(&d, p, &p->list[kept]);
        if (p->list[kept].pixels == 0)
            continue;
        p->detections[i] = p->detections[kept];
        p->detections[kept++] = d;
    }
    p->count = kept;
}

// Largest first, of the same size the better.
static void sort_by_size(swatch_people *p)
{
    for (size_t i = 0; i < p->count; i++) {
        size_t k = i;
        for (; k > 0 && p->list[p->by_size[k - 1]].pixels < p->list[i].pixels; k--)
            p->by_size[k] = p->by_size[k - 1];
        p->by_size[k] = i;
    }
}

int swatch_people_find(swatch_session *session, const swatch_photo *photo, double least_score,
                       swatch_people **people, swatch_error *error)
{
    *people = NULL;
    if (!session->people)
        return error_set(error, SWATCH_USAGE, "%s: the model finds no people", photo->name);
    if (!(least_score >= 0 && least_score <= 1))
        return error_set(error, SWATCH_USAGE, "%s: a score of %g is none", photo->name,
                         least_score);
    swatch_people *p = calloc(1, sizeof *p);
    if (!p)
        return error_memory(error);
    p->width = photo->image.width;
    p->height = photo->image.height;
    p->name = strdup(photo->name);
    if (!p->name) {
        swatch_people_free(p);
        return error_memory(error);
    }
    const float least = (float)(least_score > 0 ? least_score : SWATCH_PERSON_SCORE);
    if (detector_run(session->people, &photo->image, least, &p->detections, &p->found, error)) {
        swatch_people_free(p);
        return SWATCH_FAILED;
    }
    p->list = calloc(p->found + 1, sizeof *p->list);
    p->by_size = calloc(p->found + 1, sizeof *p->by_size);
    if (!p->list || !p->by_size) {
        swatch_people_free(p);
        return error_memory(error);
    }
    take(p, session->model->detector);
    sort_by_size(p);
    *people = p;
    return SWATCH_OK;
}

void swatch_people_free(swatch_people *people)
{
    if (!people)
        return;
    detections_free(people->detections, people->found);
    free(people->list);
    free(people->by_size);
    free(people->name);
    free(people);
}

void swatch_people_keep(swatch_people *people, double least_score)
{
    size_t count = 0;
    while (count < people->count && people->list[count].score >= least_score)
        count++;
    people->count = count;
    sort_by_size(people);
}

size_t swatch_people_count(const swatch_people *people)
{
    return people->count;
}

const swatch_person *swatch_people_get(const swatch_people *people, size_t index)
{
    return index < people->count ? &people->list[index] : NULL;
}

size_t swatch_people_largest(const swatch_people *people, size_t n)
{
    return n < people->count ? people->by_size[n] : people->count;
}

void swatch_people_mask(const swatch_people *people, size_t index, uint8_t *mask)
{
    memset(mask, 0, people->width * people->height);
    if (index >= people->count)
        return;
    const struct detection *d = &people->detections[index];
    for (size_t y = 0; y < d->height; y++)
        memcpy(mask + (d->y + y) * people->width + d->x, d->mask + y * d->width, d->width);
}

json_t *person_json(const swatch_person *p)
{
    return json_pack("{so, s{so, so, so, so}, sI}", "score", color_json_number(p->score), "box",
                     "left", color_json_number(p->left), "top", color_json_number(p->top), "width",
                     color_json_number(p->width), "height", color_json_number(p->height), "pixels",
                     (json_int_t)p->pixels);
}

static char *people_text(const swatch_people *p, size_t *length)
{
    char *name = text_utf8(p->name), *text = NULL;
    json_t *array = json_array();
    int failed = !name;
    for (size_t i = 0; i < p->count; i++)
        failed |= json_array_append_new(array, person_json(&p->list[i]));
    json_t *json = color_json_unless(failed, json_pack("{ss, ss, sI, sI, so}", "swatch",
                                                       SWATCH_VERSION, "photo", name ? name : "",
                                                       "width", (json_int_t)p->width, "height",
                                                       (json_int_t)p->height, "people", array));
    char *line = json ? json_dumps(json, COLOR_JSON_FLAGS) : NULL;
    const int made = line ? asprintf(&text, "%s\n", line) : -1;
    *length = made < 0 ? 0 : (size_t)made;
    free(line);
    free(name);
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

int swatch_people_save(const swatch_people *people, const char *folder, unsigned how,
                       swatch_error *error)
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
