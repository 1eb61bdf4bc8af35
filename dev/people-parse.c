// Makes labels for photos in which people are outlined (COCO's format), but not their clothes, skin
// and hair. The outlines separate people from background. Inside them a clothes model chooses among
// the classes other than background. This adds people who sit, are close up or are cut off to
// CCP's, who all stand.
//
//     people-parse MODEL PEOPLE.json SURE DIR
//
// adds a picture of each person, framed as in extraction, to a data set like that of co-parse
// (DIR/photos, DIR/labels, DIR/split.txt; labels are MODEL's classes). These pixels are 255: those
// of which the model is less sure than SURE (0-1), crowds and people without an outline, and EDGE
// pixels to either side of an outline, since people drew outlines by hand. People are left out who
// are too small, stand among others, or are not understood by the model: too many unsure pixels, no
// skin or no hair.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "data/coco.h"
#include "extract/people.h"
#include "extract/photo.h"
#include "extract/segment.h"

#define LEAST 96         // pixels of height
#define ALONE 0.6        // least share of this person in all pixels of people in the picture
#define UNDERSTOOD 0.85  // least share of sure pixels in the pixels of people,
#define LEAST_SHARE 0.01 // and of skin and of hair in the sure ones
#define EDGE 2
#define MARGIN 0.15 // of the longer side, as in extract/person.c

enum { NOBODY, SOMEBODY, UNKNOWN }; // in an outline map

struct work {
    swatch_session *session;
    struct coco people;
    const char *folder;
    float sure;
    FILE *split;
};

// Returns 1 for one person with an outline; 0 for a crowd, and where only the box is known.
static int is_person(const struct coco_annotation *a)
{
    return !a->crowd && coco_has_outline(a);
}

// Makes a map (H, W) of where people are: NOBODY, SOMEBODY or UNKNOWN.
static int draw_outlines(const struct work *w, const struct coco_image *image, uint8_t *map,
                         swatch_error *error)
{
    const size_t width = image->width, count = width * image->height;
    uint8_t *mask = malloc(count);
    int status = mask ? SWATCH_OK : error_memory(error);
    for (int crowds = 0; crowds < 2; crowds++)
        for (size_t i = 0; !status && i < image->count; i++) {
            const struct coco_annotation *a = &image->annotations[i];
            if (is_person(a) == crowds)
                continue;
            status = coco_mask(&w->people, image, a, mask, error);
            for (size_t k = 0; !status && k < count; k++)
                if (mask[k] && map[k] == NOBODY)
                    map[k] = crowds ? UNKNOWN : SOMEBODY;
        }
    // Pixels near the other kind are the outline.
    memcpy(mask ? mask : map, map, count);
    for (size_t y = 0; !status && y < image->height; y++)
        for (size_t x = 0; x < width; x++)
            for (size_t v = y < EDGE ? 0 : y - EDGE; v <= y + EDGE && v < image->height; v++)
                for (size_t u = x < EDGE ? 0 : x - EDGE; u <= x + EDGE && u < width; u++)
                    if (mask[v * width + u] != mask[y * width + x])
                        map[y * width + x] = UNKNOWN;
    free(mask);
    return status;
}

static void cut(const struct image *from, size_t left, size_t top, struct image *to)
{
    for (size_t y = 0; y < to->height; y++)
        memcpy(to->pixels + y * to->width * to->bands,
               from->pixels + ((top + y) * from->width + left) * from->bands,
               to->width * to->bands);
}

// Returns 1 if the labels show one person whom the model understands. `who` maps where people are.
static int worth_it(const struct work *w, const struct image *labels, const struct image *who,
                    double own)
{
    const struct classes *classes = &w->session->model->file->classes;
    size_t people = 0, sure = 0, seen[2] = {0};
    for (size_t i = 0; i < who->width * who->height; i++) {
        const uint8_t label = labels->pixels[i];
        if (who->pixels[i] != SOMEBODY)
            continue;
        people++;
        if (label == LABEL_UNSURE)
            continue;
        sure++;
        seen[0] += strcmp(classes->names[label], "skin") == 0;
        seen[1] += strcmp(classes->names[label], "hair") == 0;
    }
    return own >= ALONE * (double)people && (double)sure >= UNDERSTOOD * (double)people &&
           (double)seen[0] > LEAST_SHARE * (double)sure &&
           (double)seen[1] > LEAST_SHARE * (double)sure;
}

// Writes the picture around a person and its labels. `own` is the person's pixels.
static int take_person(struct work *w, const char *name, const struct image *photo,
                       const struct image *map, const struct coco_annotation *person, double own,
                       swatch_error *error)
{
    const double *box = person->box;
    const size_t margin = (size_t)(MARGIN * (box[2] > box[3] ? box[2] : box[3]));
    const size_t x = (size_t)box[0], y = (size_t)box[1];
    const size_t left = x > margin ? x - margin : 0, top = y > margin ? y - margin : 0;
    const size_t right = (size_t)(box[0] + box[2]) + margin, bottom = y + (size_t)box[3] + margin;
    const size_t width = (right < photo->width ? right : photo->width) - left;
    const size_t height = (bottom < photo->height ? bottom : photo->height) - top;
    struct image view = {0}, who = {0}, labels = {0}, painted = {0};
    swatch_timings timings = {0};
    const swatch_extract_options options = {0};
    uint8_t classes[CLASSES_MAX] = {0};
    const struct known known = {.classes = classes, .sure = w->sure};
    char path[PATH_MAX];
    int status = SWATCH_FAILED;
    memset(classes + 1, 1, sizeof classes - 1);
    if (image_new(&view, width, height, 3, error) || image_new(&who, width, height, 1, error))
        goto done;
    cut(photo, left, top, &view);
    cut(map, left, top, &who);
    if (segment(w->session, &view, &options, &known, &labels, &painted, &timings, error))
        goto done;
    if (!worth_it(w, &labels, &who, own)) {
        status = SWATCH_OK;
        goto done;
    }
    for (size_t i = 0; i < width * height; i++)
        if (who.pixels[i] != SOMEBODY)
            labels.pixels[i] = who.pixels[i] == NOBODY ? 0 : LABEL_UNSURE;
    snprintf(path, sizeof path, "%s/photos/%s.png", w->folder, name);
    if (image_save_png(&view, path, 1, error))
        goto done;
    snprintf(path, sizeof path, "%s/labels/%s.png", w->folder, name);
    if (image_save_png(&labels, path, 6, error))
        goto done;
    fprintf(w->split, "%s\n", name);
    status = SWATCH_OK;
done:
    image_free(&view);
    image_free(&who);
    image_free(&labels);
    image_free(&painted);
    return status;
}

static int take_photo(struct work *w, const struct coco_image *image, swatch_error *error)
{
    char name[64];
    struct image photo = {0}, map = {0}, mask = {0};
    int stored, status = coco_photo(&w->people, image, &photo, &stored, error);
    status = status ? status : image_new(&map, image->width, image->height, 1, error);
    if (!status) {
        memset(map.pixels, NOBODY, map.width * map.height);
        status = draw_outlines(w, image, map.pixels, error);
    }
    status = status ? status : image_new(&mask, image->width, image->height, 1, error);
    for (size_t i = 0; !status && i < image->count; i++) {
        const struct coco_annotation *a = &image->annotations[i];
        double own = a->area;
        if (!is_person(a) || a->box[3] < LEAST)
            continue;
        if (own < 0) { // the file does not say
            status = coco_mask(&w->people, image, a, mask.pixels, error);
            own = 0;
            for (size_t k = 0; k < mask.width * mask.height; k++)
                own += mask.pixels[k] != 0;
        }
        snprintf(name, sizeof name, "people-%lld-%zu", image->id, i);
        status = status ? status : take_person(w, name, &photo, &map, a, own, error);
    }
    image_free(&photo);
    image_free(&map);
    image_free(&mask);
    return status;
}

static int run(struct work *w, swatch_error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/split.txt", w->folder);
    w->split = fopen(path, "a");
    if (!w->split)
        return error_set(error, SWATCH_FAILED, "%s: %s", path, strerror(errno));
    int status = SWATCH_OK;
    for (size_t i = 0; !status && i < w->people.count; i++)
        status = take_photo(w, &w->people.images[i], error);
    if (fclose(w->split) && !status)
        status = error_set(error, SWATCH_FAILED, "%s: %s", path, strerror(errno));
    return status;
}

int main(int count, char **arguments)
{
    swatch_error error;
    swatch_model *model = NULL;
    struct work work = {0};
    if (count != 5) {
        fprintf(stderr, "Usage: people-parse MODEL PEOPLE.json SURE DIR\n");
        return SWATCH_USAGE;
    }
    work.sure = strtof(arguments[3], NULL);
    work.folder = arguments[4];
    const int status = swatch_model_open(arguments[1], NULL, &model, &error) ||
                       swatch_session_new(model, NULL, &work.session, &error) ||
                       coco_open(arguments[2], "person", &work.people, &error) ||
                       run(&work, &error);
    if (status)
        fprintf(stderr, "people-parse: %s\n", error.message);
    coco_close(&work.people);
    swatch_session_free(work.session);
    swatch_model_free(model);
    return status ? SWATCH_FAILED : SWATCH_OK;
}
