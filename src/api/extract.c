// swatch_extract and swatch_result: extraction, and what can be read from a result.

#include "extract/extract.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "color/skin.h"
#include "extract/cutout.h"
#include "extract/people.h"
#include "out/palette_groups.h"
#include "out/piece.h"
#include "out/result_json.h"
#include "out/save.h"

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

static int check_kind(const swatch_session *session, const swatch_photo *photo, swatch_error *error)
{
    return session->model->file->kind == MODEL_CLOTHES
               ? SWATCH_OK
               : error_set(error, SWATCH_USAGE, "%s: the model finds people, not clothes",
                           photo->name);
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
    status = status ? status : check_kind(session, photo, error);
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
    return status ? status : check_kind(session, photo, error);
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

void swatch_result_free(swatch_result *result)
{
    result_free(result);
}

void swatch_result_cutout(const swatch_result *r, swatch_region region, uint8_t *rgba)
{
    const struct rect all = {0, 0, r->photo.width, r->photo.height};
    const unsigned before = threads_set(threads_allowed());
    if ((unsigned)region >= SWATCH_REGIONS)
        memset(rgba, 0, 4 * all.width * all.height);
    else if (cutout_region(r, region, all, SWATCH_EDGES_SOFT, rgba, NULL))
        cutout_region(r, region, all, SWATCH_EDGES_HARD, rgba, NULL);
    threads_restore(before);
}

void swatch_result_garment_cutout(const swatch_result *r, size_t index, uint8_t *rgba)
{
    if (index >= r->garment_count)
        return;
    const struct rect box = cutout_garment_box(r, index);
    const unsigned before = threads_set(threads_allowed());
    if (cutout_garment(r, index, box, SWATCH_EDGES_SOFT, rgba, NULL))
        cutout_garment(r, index, box, SWATCH_EDGES_HARD, rgba, NULL);
    threads_restore(before);
}

size_t swatch_result_width(const swatch_result *r)
{
    return r->photo.width;
}

size_t swatch_result_height(const swatch_result *r)
{
    return r->photo.height;
}

const uint8_t *swatch_result_labels(const swatch_result *r)
{
    return r->labels.pixels;
}

size_t swatch_result_pixels(const swatch_result *r, swatch_region region)
{
    return (unsigned)region < SWATCH_REGIONS ? r->pixels[region] : 0;
}

const swatch_color *swatch_result_colors(const swatch_result *r, swatch_region region,
                                         size_t *count)
{
    const int there = (unsigned)region < SWATCH_REGIONS;
    *count = there ? r->color_count[region] : 0;
    return there ? r->colors[region] : NULL;
}

double swatch_result_confidence(const swatch_result *r, swatch_region region)
{
    return (unsigned)region < SWATCH_REGIONS ? r->confidence[region] : (double)NAN;
}

const char *swatch_result_reason(const swatch_result *r, swatch_region region)
{
    return (unsigned)region < SWATCH_REGIONS ? r->reasons[region] : NULL;
}

const swatch_skin *swatch_result_skin(const swatch_result *r)
{
    return &r->skin;
}

const char *swatch_skin_undertone(const swatch_skin *skin)
{
    const uint8_t *rgb = skin->color.rgb;
    return skin->reason ? NULL : skin_undertone((struct rgb){rgb[0], rgb[1], rgb[2]});
}

const swatch_hair *swatch_result_hair(const swatch_result *r)
{
    return &r->hair;
}

const swatch_color *swatch_result_balanced_colors(const swatch_result *r, swatch_region region,
                                                  size_t *count)
{
    const int there = r->balanced && (unsigned)region < SWATCH_REGIONS;
    *count = there ? r->color_count[region] : 0;
    return there ? r->balanced_colors[region] : NULL;
}

const swatch_skin *swatch_result_balanced_skin(const swatch_result *r)
{
    return r->balanced ? &r->balanced_skin : NULL;
}

const swatch_hair *swatch_result_balanced_hair(const swatch_result *r)
{
    return r->balanced ? &r->balanced_hair : NULL;
}

size_t swatch_result_garment_count(const swatch_result *r)
{
    return r->garment_count;
}

const swatch_garment *swatch_result_garment(const swatch_result *r, size_t index)
{
    return index < r->garment_count ? &r->garments[index] : NULL;
}

const char *swatch_result_pattern(const swatch_result *r, size_t index, double *confidence)
{
    static const struct pattern none;
    const struct pattern *p = index == SWATCH_ALL_CLOTHES ? &r->pattern
                              : index < r->garment_count  ? &r->patterns[index]
                                                          : &none;
    if (confidence)
        *confidence = p->confidence;
    return p->name;
}

const char *swatch_result_json(const swatch_result *r)
{
    return r->json;
}

const swatch_timings *swatch_result_timings(const swatch_result *r)
{
    return &r->timings;
}

const char *swatch_piece_name(swatch_piece piece)
{
    return piece_name(piece);
}

const char *swatch_picture_extension(swatch_picture_format format)
{
    return piece_extension(format);
}

// Encodes a piece, or where `garment` is not NULL the garment of that index.
static int encode(const swatch_result *result, swatch_piece piece, const size_t *garment,
                  const swatch_save_options *options, void **data, size_t *bytes,
                  swatch_error *error)
{
    swatch_save_options o;
    int status = API_OPTIONS(o, options, error);
    const char *wrong = status ? NULL : piece_wrong(&o);
    if (status || wrong)
        return status ? status : error_set(error, SWATCH_USAGE, "%s: %s", result->name, wrong);
    const unsigned before = threads_set(threads_allowed());
    status = garment ? piece_encode_garment(result, *garment, &o, data, bytes, error)
                     : piece_encode(result, piece, 0, &o, data, bytes, error);
    threads_restore(before);
    return status;
}

int swatch_result_encode_with(const swatch_result *result, swatch_piece piece,
                              const swatch_save_options *options, void **data, size_t *bytes,
                              swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(result, error);
    return api_end(encode(result, piece, NULL, options, data, bytes, &own), &own, error);
}

int swatch_result_garment_encode_with(const swatch_result *result, size_t index,
                                      const swatch_save_options *options, void **data,
                                      size_t *bytes, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(result, error);
    const int status =
        index >= result->garment_count
            ? error_set(&own, SWATCH_USAGE, "%s: there is no garment %zu", result->name, index)
            : encode(result, SWATCH_PIECE_GARMENTS, &index, options, data, bytes, &own);
    return api_end(status, &own, error);
}

int swatch_result_encode(const swatch_result *result, swatch_piece piece,
                         swatch_picture_format format, void **data, size_t *bytes,
                         swatch_error *error)
{
    swatch_save_options options = SWATCH_SAVE_OPTIONS_INIT;
    if (result && data && bytes && piece == SWATCH_PIECE_LABELS && format != SWATCH_PNG) {
        *data = NULL;
        *bytes = 0;
        return error_set(error, SWATCH_USAGE, "%s: labels are written as PNG alone", result->name);
    }
    options.format = format;
    options.quality = format == SWATCH_WEBP ? 100 : 0;
    return swatch_result_encode_with(result, piece, &options, data, bytes, error);
}

int swatch_result_save_with(const swatch_result *result, const char *folder, unsigned how,
                            const swatch_save_options *options, swatch_error *error)
{
    swatch_save_options o;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(result, error);
    API_NEEDS(folder, error);
    int status = API_OPTIONS(o, options, &own);
    const unsigned before = threads_set(threads_allowed());
    status = status ? status : result_save(result, folder, how, &o, &own);
    threads_restore(before);
    return api_end(status, &own, error);
}

int swatch_result_garment_encode(const swatch_result *result, size_t index, void **data,
                                 size_t *bytes, swatch_error *error)
{
    return swatch_result_garment_encode_with(result, index, NULL, data, bytes, error);
}

int swatch_result_palette(const swatch_result *result, swatch_palette_format format, void **data,
                          size_t *bytes, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(data, error);
    API_NEEDS(bytes, error);
    *data = NULL;
    *bytes = 0;
    API_NEEDS(result, error);
    return api_end(palette_of_result(result, format, data, bytes, &own), &own, error);
}

int swatch_result_save(const swatch_result *result, const char *folder, unsigned how,
                       swatch_error *error)
{
    return swatch_result_save_with(result, folder, how, NULL, error);
}
