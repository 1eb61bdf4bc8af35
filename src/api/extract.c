// swatch_extract, swatch_extract_each and swatch_extract_people: photos to results.

#include "extract/extract.h"

#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "extract/people.h"
#include "out/result_json.h"

// Returns what is wrong with the first option that is out of its range, or NULL.
static int check(const swatch_extract_options *o, const char *name, swatch_error *error)
{
    const char *what = NULL;
    if ((unsigned)o->masks > SWATCH_MASKS_HSV)
        what = "masks is no swatch_masks";
    else if ((unsigned)o->background > SWATCH_BACKGROUND_WHITE)
        what = "background is no swatch_background";
    else if (!(o->person_reach >= 0 && o->person_reach <= 0.5))
        what = "person_reach must be 0 to 0.5";
    else if (o->colors > SWATCH_MAX_COLORS)
        what = "colors must be 0 to 8";
    else if (o->person_mask && (!o->mask_width || !o->mask_height))
        what = "a person mask needs mask_width and mask_height";
    else if (o->alone && o->person_mask)
        what = "alone and a person mask do not go together";
    return what ? error_set(error, SWATCH_USAGE, "%s: %s", name, what) : SWATCH_OK;
}

static int check_model(const swatch_session *session, const swatch_photo *photo,
                       const swatch_extract_options *o, swatch_error *error)
{
    const struct model *model = session->model->file;
    if (model->kind != MODEL_CLOTHES)
        return error_set(error, SWATCH_USAGE, "%s: the model finds people, not clothes",
                         photo->name);
    if (o->steps && !model->shape.rgb)
        return error_set(error, SWATCH_USAGE,
                         "%s: the model paints no color-coded map, so it has no such steps",
                         photo->name);
    return SWATCH_OK;
}

// Replaces the caller's telling by one of this library's size.
static int take_telling(swatch_extract_options *o, swatch_telling *telling, swatch_error *error)
{
    const int status = API_OPTIONS(*telling, o->telling, error);
    o->telling = o->telling ? telling : NULL;
    return status;
}

static int extract(swatch_session *session, const swatch_photo *photo,
                   swatch_extract_options options, swatch_result **result, swatch_error *error)
{
    swatch_person person;
    swatch_telling telling;
    int status = check(&options, photo->name, error);
    status = status ? status : take_telling(&options, &telling, error);
    if (!status && options.person && !(status = API_OPTIONS(person, options.person, error)))
        options.person = &person;
    status = status ? status : check_model(session, photo, &options, error);
    if (status)
        return status;
    const unsigned before = threads_set(session->threads);
    status = extract_photo(session, photo, &options, result, error);
    if (!status && (status = result_json(*result, error))) {
        result_free(*result);
        *result = NULL;
    }
    threads_restore(before);
    return status;
}

int swatch_extract(swatch_session *session, const swatch_photo *photo,
                   const swatch_extract_options *options, swatch_result **result,
                   swatch_error *error)
{
    swatch_extract_options o;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(result, error);
    *result = NULL;
    API_NEEDS(session, error);
    API_NEEDS(photo, error);
    int status = API_OPTIONS(o, options, &own);
    status = status ? status : extract(session, photo, o, result, &own);
    return api_end(status, &own, error);
}

// Maps the progress of a step of swatch_extract_people, 0-1, to its share of the whole.
struct stretch {
    const swatch_extract_options *options;
    double from, to; // 0-1
};

static int stretch_progress(void *user, double done)
{
    const struct stretch *s = user;
    return s->options->progress &&
           s->options->progress(s->options->user, s->from + (s->to - s->from) * done);
}

// Makes each result's JSON before the caller gets it.
struct giving {
    swatch_take take;
    void *user;
    int status; // of the JSON
    swatch_error *error;
};

static int give(void *user, swatch_result *result)
{
    struct giving *g = user;
    g->status = result_json(result, g->error);
    if (g->status)
        result_free(result);
    return g->status || g->take(g->user, result);
}

static int extract_each(swatch_session *session, const swatch_photo *photo,
                        const swatch_people *people, const swatch_extract_options *options,
                        size_t most, swatch_take take, void *user, swatch_error *error)
{
    swatch_error of_json = {.status = SWATCH_OK};
    struct giving giving = {.take = take, .user = user, .error = &of_json};
    const unsigned before = threads_set(session->threads);
    int status = extract_found(session, photo, people, options, most, give, &giving, error);
    threads_restore(before);
    if (giving.status) {
        *error = of_json;
        status = giving.status;
    }
    return status;
}

// What is wrong with options of an extraction that finds its people itself.
static int check_each(const swatch_session *session, const swatch_photo *photo,
                      const swatch_extract_options *o, size_t most, swatch_error *error)
{
    if (most == 0)
        return error_set(error, SWATCH_USAGE, "%s: most is 0", photo->name);
    if (o->person_mask || o->person || o->person_reach > 0 || o->alone)
        return error_set(error, SWATCH_USAGE, "%s: the person is given and to be found",
                         photo->name);
    const int status = check(o, photo->name, error);
    return status ? status : check_model(session, photo, o, error);
}

int swatch_extract_each(swatch_session *session, const swatch_photo *photo,
                        const swatch_people *people, const swatch_extract_options *options,
                        size_t most, swatch_take take, void *user, swatch_error *error)
{
    swatch_extract_options o;
    swatch_telling telling;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(session, error);
    API_NEEDS(photo, error);
    API_NEEDS(people, error);
    API_NEEDS(take, error);
    int status = API_OPTIONS(o, options, &own);
    if (!status)
        status = check_each(session, photo, &o, most, &own);
    if (!status && (people->width != photo->image.width || people->height != photo->image.height))
        status = error_set(&own, SWATCH_USAGE, "%s: the people are of another photo", photo->name);
    if (!status)
        status = take_telling(&o, &telling, &own);
    if (!status)
        status = extract_each(session, photo, people, &o, most, take, user, &own);
    return api_end(status, &own, error);
}

struct results {
    swatch_result **list;
    size_t *count;
};

static int collect(void *user, swatch_result *result)
{
    struct results *r = user;
    r->list[(*r->count)++] = result;
    return 0;
}

static int extract_people(swatch_session *session, swatch_session *finder,
                          const swatch_photo *photo, const swatch_extract_options *options,
                          size_t most, struct results *results, swatch_error *error)
{
    struct stretch find_stretch = {options, 0, 0.4}, extract_stretch = {options, 0.4, 1};
    swatch_people_options find = SWATCH_PEOPLE_OPTIONS_INIT;
    swatch_extract_options o = *options;
    swatch_people *people = NULL;
    find.progress = o.progress = stretch_progress;
    find.user = &find_stretch;
    o.user = &extract_stretch;
    int status = swatch_people_find(finder, photo, &find, &people, error);
    if (!status)
        status = extract_each(session, photo, people, &o, most, collect, results, error);
    people_free(people);
    return status;
}

int swatch_extract_people(swatch_session *session, swatch_session *finder,
                          const swatch_photo *photo, const swatch_extract_options *options,
                          size_t most, swatch_result **results, size_t *count, swatch_error *error)
{
    swatch_extract_options o;
    swatch_telling telling;
    swatch_error own = {.status = SWATCH_OK};
    struct results made = {results, count};
    API_NEEDS(results, error);
    API_NEEDS(count, error);
    *count = 0;
    memset(results, 0, most * sizeof *results);
    API_NEEDS(session, error);
    API_NEEDS(finder, error);
    API_NEEDS(photo, error);
    int status = API_OPTIONS(o, options, &own);
    if (!status)
        status = check_each(session, photo, &o, most, &own);
    if (!status)
        status = take_telling(&o, &telling, &own);
    if (!status)
        status = extract_people(session, finder, photo, &o, most, &made, &own);
    for (size_t i = 0; status && i < *count; i++) {
        result_free(results[i]);
        results[i] = NULL;
    }
    *count = status ? 0 : *count;
    return api_end(status, &own, error);
}
