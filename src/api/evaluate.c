// swatch_evaluate and swatch_evaluate_people: what is asked for is checked here.

#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "eval/evaluate.h"
#include "eval/people.h"

static int finds_people(const swatch_session *session)
{
    return session->model->file->kind == MODEL_PEOPLE;
}

static int measure(swatch_session *session, const swatch_evaluate_options *options,
                   swatch_scores *scores, swatch_error *error)
{
    swatch_evaluate_options o;
    swatch_extract_options extract;
    int status = API_OPTIONS(o, options, error);
    status = status ? status : API_OPTIONS(extract, o.extract, error);
    if (status)
        return status;
    if (finds_people(session) || (o.people && !finds_people(o.people)))
        return error_set(error, SWATCH_USAGE,
                         "clothes are measured with a model of clothes, and people found with one "
                         "that finds people");
    o.extract = &extract;
    const unsigned before = threads_set(session->threads);
    status = evaluate(session, &o, scores, error);
    threads_restore(before);
    return status;
}

int swatch_evaluate(swatch_session *session, const swatch_evaluate_options *options,
                    swatch_scores *scores, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    swatch_scores found = {0};
    API_NEEDS(scores, error);
    int status = api_fill(scores, &found, sizeof found, "scores", &own);
    if (status)
        return api_end(status, &own, error);
    API_NEEDS(session, error);
    status = measure(session, options, &found, &own);
    if (!status)
        status = api_fill(scores, &found, sizeof found, "scores", &own);
    return api_end(status, &own, error);
}

static int measure_people(swatch_session *session, const swatch_evaluate_people_options *options,
                          swatch_people_scores *scores, swatch_error *error)
{
    swatch_evaluate_people_options o;
    struct people_figures f;
    struct coco coco = {0};
    char **names = NULL;
    size_t count = 0;
    int status = API_OPTIONS(o, options, error);
    if (status)
        return status;
    if (!finds_people(session))
        return error_set(error, SWATCH_USAGE, "the model finds no people");
    if (!o.people || strncmp(o.people, "coco:", 5) != 0 || !o.people[5])
        return error_set(error, SWATCH_USAGE, "%s: people are given as coco:FILE",
                         o.people ? o.people : "");
    const unsigned before = threads_set(session->threads);
    status = coco_open(o.people + 5, "person", &coco, error);
    if (!status && o.split)
        status = ccp_split_load(o.split, &names, &count, error);
    const struct people_photos photos = {.coco = &coco,
                                         .every = 1,
                                         .only = names,
                                         .only_count = count,
                                         .progress = o.progress,
                                         .user = o.user};
    status = status ? status : people_measure(session->runner, &photos, &f, error);
    if (!status)
        *scores = (swatch_people_scores){.photos = f.photos,
                                         .mask_ap = f.masks.ap,
                                         .mask_ap50 = f.masks.ap50,
                                         .mask_ap75 = f.masks.ap75,
                                         .mask_small = f.masks.small,
                                         .mask_medium = f.masks.medium,
                                         .mask_large = f.masks.large,
                                         .box_ap = f.boxes.ap,
                                         .box_ap50 = f.boxes.ap50,
                                         .recall = f.masks.recall,
                                         .empty = f.empty,
                                         .alarmed = f.alarmed,
                                         .without_outline = f.without_outline,
                                         .unturned = f.stored};
    ccp_split_free(names, count);
    coco_close(&coco);
    threads_restore(before);
    return status;
}

int swatch_evaluate_people(swatch_session *session, const swatch_evaluate_people_options *options,
                           swatch_people_scores *scores, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    swatch_people_scores found = {0};
    API_NEEDS(scores, error);
    int status = api_fill(scores, &found, sizeof found, "scores", &own);
    if (status)
        return api_end(status, &own, error);
    API_NEEDS(session, error);
    status = measure_people(session, options, &found, &own);
    if (!status)
        status = api_fill(scores, &found, sizeof found, "scores", &own);
    return api_end(status, &own, error);
}
