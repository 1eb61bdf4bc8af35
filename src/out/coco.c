// Writes detections in the format of COCO's results, for pycocotools and its kin: one array of
// objects, with masks as run lengths.

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "extract/people.h"
#include "extract/result.h"
#include "image/rle.h"
#include "model/detection.h"
#include "out/coco.h"

#define CATEGORY 1 // COCO's person

struct swatch_coco {
    char *path;
    int replace;
    json_t *results; // array
};

int coco_results_new(const char *path, unsigned how, swatch_coco **coco, swatch_error *error)
{
    swatch_coco *c = calloc(1, sizeof *c);
    *coco = NULL;
    if (!c)
        return error_memory(error);
    c->replace = (how & SWATCH_REPLACE) != 0;
    c->path = strdup(path);
    c->results = json_array();
    if (!c->path || !c->results) {
        coco_results_free(c);
        return error_memory(error);
    }
    const int status = file_check_free(path, c->replace, error);
    if (status)
        coco_results_free(c);
    else
        *coco = c;
    return status;
}

void coco_results_free(swatch_coco *coco)
{
    if (!coco)
        return;
    json_decref(coco->results);
    free(coco->path);
    free(coco);
}

// The file's name without folder and ending: as a number where it is one, as COCO's are.
static json_t *image_id(const char *name)
{
    char *stem = text_utf8(text_file_name(name)), *end;
    if (!stem)
        return NULL;
    char *dot = strrchr(stem, '.');
    if (dot && dot > stem)
        *dot = 0;
    errno = 0;
    const long long number = strtoll(stem, &end, 10);
    const int digits = *stem >= '0' && *stem <= '9' && !*end && !errno;
    json_t *id = digits ? json_integer((json_int_t)number) : json_string(stem);
    free(stem);
    return id;
}

// The run lengths of a mask, "counts" in its string form.
static json_t *segmentation(const swatch_people *p, size_t index, uint8_t *room)
{
    struct rle rle;
    swatch_people_mask(p, index, room);
    for (size_t i = 0; i < p->width * p->height; i++)
        room[i] = room[i] >= PERSON_INSIDE;
    if (rle_encode(room, p->width, p->height, &rle, NULL))
        return NULL;
    char *counts = rle_to_string(&rle);
    rle_free(&rle);
    json_t *json = counts ? json_pack("{s[II], ss}", "size", (json_int_t)p->height,
                                      (json_int_t)p->width, "counts", counts)
                          : NULL;
    free(counts);
    return json;
}

int coco_results_add(swatch_coco *coco, const swatch_people *p, swatch_error *error)
{
    uint8_t *room = malloc(p->width * p->height);
    int failed = !room;
    for (size_t i = 0; !failed && i < p->count; i++) {
        const swatch_person *q = &p->list[i];
        failed = json_array_append_new(
            coco->results,
            json_pack("{so, si, s[oooo], so, so}", "image_id", image_id(p->name), "category_id",
                      CATEGORY, "bbox", json_rounded(q->left), json_rounded(q->top),
                      json_rounded(q->width), json_rounded(q->height), "score", json_real(q->score),
                      "segmentation", segmentation(p, i, room)));
    }
    free(room);
    return failed ? error_memory(error) : SWATCH_OK;
}

int coco_results_save(const swatch_coco *coco, swatch_error *error)
{
    char *text = json_line(coco->results);
    if (!text)
        return error_memory(error);
    const int status = file_put(coco->path, text, strlen(text), coco->replace, error);
    free(text);
    return status;
}
