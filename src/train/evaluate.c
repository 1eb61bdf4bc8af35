// swatch_evaluate: runs the public pipeline over a split and measures it against the labels.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/ccp.h"
#include "train/metrics.h"

static int same_classes(const swatch_model *model, const struct classes *classes, const char *path,
                        swatch_error *error)
{
    if (swatch_model_class_count(model) != classes->count)
        return error_set(error, SWATCH_USAGE, "%s: has %zu classes, the model %zu", path,
                         classes->count, swatch_model_class_count(model));
    for (size_t i = 0; i < classes->count; i++)
        if (strcmp(swatch_model_class_name(model, i), classes->names[i]) != 0)
            return error_set(error, SWATCH_USAGE, "%s: class %zu is %s, the model's is %s", path, i,
                             classes->names[i], swatch_model_class_name(model, i));
    return SWATCH_OK;
}

// One photo: extract, and compare with the labels.
static int measure(swatch_session *session, const swatch_evaluate_options *o, const struct ccp *ccp,
                   const struct class_map *map, const char *name, struct metrics *metrics,
                   swatch_error *error)
{
    struct image picture = {0}, labels = {0};
    swatch_photo *photo = NULL;
    swatch_result *result = NULL;
    int status = ccp_load(ccp, name, &picture, &labels, error);
    if (status)
        goto done;
    for (size_t i = 0; i < labels.width * labels.height; i++)
        labels.pixels[i] = map->of_tag[labels.pixels[i]];
    status = swatch_photo_from_pixels(name, picture.pixels, picture.width, picture.height, &photo,
                                      error);
    status = status ? status : swatch_extract(session, photo, o->extract, &result, error);
    status = status
                 ? status
                 : metrics_add(metrics, labels.pixels, swatch_result_labels(result), labels.height,
                               labels.width, o->tolerance > 0 ? o->tolerance : 2, error);
done:
    swatch_result_free(result);
    swatch_photo_free(photo);
    image_free(&picture);
    image_free(&labels);
    return status;
}

static void fill_in(swatch_scores *scores, const struct metrics *m, const struct classes *classes)
{
    *scores = (swatch_scores){.photos = m->photos,
                              .classes = m->classes,
                              .pixel_accuracy = metrics_pixel_accuracy(m),
                              .mean_iou = metrics_mean_iou(m),
                              .mean_boundary = metrics_mean_boundary(m)};
    for (size_t c = 0; c < m->classes; c++) {
        swatch_class_score *s = &scores->of_class[c];
        snprintf(s->name, sizeof s->name, "%s", classes->names[c]);
        for (size_t p = 0; p < m->classes; p++)
            s->pixels += m->confusion[c][p];
        s->iou = metrics_iou(m, c);
        s->boundary = metrics_boundary(m, c);
    }
}

int swatch_evaluate(swatch_session *session, const swatch_evaluate_options *o,
                    swatch_scores *scores, swatch_error *error)
{
    const char *tags[CCP_TAGS];
    struct ccp ccp = {0};
    struct class_map *map = calloc(1, sizeof *map);
    struct metrics *metrics = calloc(1, sizeof *metrics);
    char **names = NULL;
    size_t count = 0;
    int status = SWATCH_FAILED;

    if (!map || !metrics) {
        error_memory(error);
        goto done;
    }
    if (!o->dataset || strncmp(o->dataset, "ccp:", 4) != 0 || !o->dataset[4] || !o->split ||
        !o->classes) {
        status = error_set(error, SWATCH_USAGE,
                           "evaluation needs a data set as ccp:DIR, a split and a class file");
        goto done;
    }
    status = ccp_open(o->dataset + 4, &ccp, error);
    if (status)
        goto done;
    for (size_t i = 0; i < CCP_TAGS; i++)
        tags[i] = ccp.tag_names[i];
    if ((status = class_map_load(o->classes, tags, CCP_TAGS, map, error)) ||
        (status = same_classes(swatch_session_model(session), &map->classes, o->classes, error)) ||
        (status = ccp_split_load(o->split, &names, &count, error)))
        goto done;
    metrics->classes = map->classes.count;
    for (size_t i = 0; i < count; i++) {
        status = measure(session, o, &ccp, map, names[i], metrics, error);
        if (status)
            goto done;
        if (o->progress && o->progress(o->user, i + 1, count)) {
            status =
                error_set(error, SWATCH_FAILED, "stopped after %zu of %zu photos", i + 1, count);
            goto done;
        }
    }
    fill_in(scores, metrics, &map->classes);
done:
    ccp_split_free(names, count);
    ccp_close(&ccp);
    free(metrics);
    free(map);
    return status;
}
