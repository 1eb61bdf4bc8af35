// Takes a photo through all steps, from pixels to labels and colors.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "color/list.h"
#include "extract/certainty.h"
#include "extract/clean.h"
#include "extract/extract.h"
#include "extract/garments.h"
#include "extract/measure.h"
#include "extract/people.h"
#include "extract/person.h"
#include "extract/segment.h"
#include "extract/whole.h"

// Assigns each class to a region. The classes named "skin" and "hair" are the regions of that name,
// class 0 is the background, and all others are clothes.
static void map_regions(swatch_result *r)
{
    for (size_t i = 0; i < r->classes.count; i++)
        r->region_of[i] = i == 0                                     ? SWATCH_REGIONS
                          : strcmp(r->classes.names[i], "skin") == 0 ? SWATCH_SKIN
                          : strcmp(r->classes.names[i], "hair") == 0 ? SWATCH_HAIR
                                                                     : SWATCH_CLOTHES;
}

// Below these, what looks like clothes that nobody wears is none: a share of the photo, and the
// expected IoU. docs/decisions.md ("Who is nobody").
#define ALONE_SHARE 0.01
#define ALONE_EXPECTED 0.7

static int confirm(const swatch_result *r, swatch_error *error)
{
    const double pixels = (double)(r->photo.width * r->photo.height);
    if (!r->alone)
        return person_confirm(r, error);
    if ((double)r->pixels[SWATCH_CLOTHES] >= ALONE_SHARE * pixels &&
        !(r->expected[SWATCH_CLOTHES] < ALONE_EXPECTED))
        return SWATCH_OK;
    return error_set(error, SWATCH_NO_PERSON, "%s: neither a person nor clothes are found",
                     r->name);
}

// What the network paints of the photo when nothing is known of a person.
static int paint_first(swatch_session *session, swatch_result *r, const swatch_extract_options *o,
                       swatch_error *error)
{
    struct image labels;
    if (segment(session, &r->photo, o, NULL, &labels, &r->first_map, &r->timings, error))
        return SWATCH_FAILED;
    image_free(&labels);
    return SWATCH_OK;
}

static int find_labels(swatch_session *session, swatch_result *r, const swatch_extract_options *o,
                       struct seen *seen, swatch_error *error)
{
    *seen = (struct seen){.width = r->photo.width, .height = r->photo.height};
    if (o->steps && r->person.pixels && paint_first(session, r, o, error))
        return SWATCH_FAILED;
    const int status = r->person.pixels ? person_segment(session, r, o, seen, error)
                                        : segment(session, &r->photo, o, NULL, &r->labels, &r->map,
                                                  &r->timings, error);
    if (status)
        return status;
    const double start = clock_seconds();
    if (clean_labels(&r->labels, r->classes.count, error))
        return SWATCH_FAILED;
    r->timings.masks += clock_seconds() - start;
    return SWATCH_OK;
}

static void leave_unmeasured(swatch_result *r)
{
    static const char reason[] = "not measured";
    for (size_t i = 0; i < SWATCH_REGIONS; i++)
        r->reasons[i] = reason;
    r->skin.reason = r->hair.reason = reason;
    for (size_t i = 0; i < r->garment_count; i++)
        r->garments[i].reason = reason;
}

void result_count(swatch_result *r)
{
    size_t counts[CLASSES_MAX] = {0};
    map_regions(r);
    for (size_t k = 0; k < SWATCH_REGIONS; k++)
        r->expected[k] = r->confidence[k] = (double)NAN;
    for (size_t i = 0; i < r->photo.width * r->photo.height; i++)
        counts[r->labels.pixels[i]]++;
    for (size_t c = 0; c < r->classes.count; c++)
        if (r->region_of[c] != SWATCH_REGIONS)
            r->pixels[r->region_of[c]] += counts[c];
}

int result_describe(swatch_result *r, const swatch_extract_options *o, swatch_error *error)
{
    const double start = clock_seconds();
    if (garments_find(r, error))
        return SWATCH_FAILED;
    if (o->only_masks)
        leave_unmeasured(r);
    else if (result_measure(r, o->colors ? o->colors : COLORS_DEFAULT, o->white_balance, error))
        return SWATCH_FAILED;
    r->timings.colors = clock_seconds() - start;
    return SWATCH_OK;
}

// Tells the caller's progress function how much is done (0-1). SWATCH_CANCELLED when it says stop.
static int go_on(const swatch_extract_options *o, double done, swatch_error *error)
{
    if (o->progress && o->progress(o->user, done))
        return error_set(error, SWATCH_CANCELLED, "stopped");
    return SWATCH_OK;
}

int extract_photo(swatch_session *session, const swatch_photo *photo,
                  const swatch_extract_options *o, swatch_result **result, swatch_error *error)
{
    int status = SWATCH_FAILED;
    const struct model *model = session->model->file;
    struct seen seen = {0};
    swatch_result *r = calloc(1, sizeof *r);
    if (!r)
        return error_memory(error);
    r->alone = o->alone;
    r->classes = model->classes;
    memcpy(r->architecture, model->architecture, sizeof r->architecture);
    r->timings.decode = photo->seconds;
    memcpy(r->notice, photo->notice, sizeof r->notice);
    if (o->telling) {
        r->telling = *o->telling;
        list_keep(r->telling.names);
        list_keep(r->telling.match);
    }
    if (o->person) {
        r->who = *o->person;
        r->has_who = 1;
    }
    r->name = strdup(photo->name);
    r->source = photo->source ? strdup(photo->source) : NULL;
    if (!r->name || (photo->source && !r->source)) {
        error_memory(error);
        goto done;
    }
    if (image_new(&r->photo, photo->image.width, photo->image.height, 3, error))
        goto done;
    memcpy(r->photo.pixels, photo->image.pixels, r->photo.width * r->photo.height * 3);
    if ((o->person_mask && (status = person_take(r, o, error))) ||
        (status = go_on(o, 0.1, error)) || (status = find_labels(session, r, o, &seen, error)))
        goto done;
    result_count(r);
    certainty_measure(session, &seen, r);
    if ((status = confirm(r, error)) || (status = whole_make(session, &seen, r, error)) ||
        (status = go_on(o, 0.8, error)) || (status = result_describe(r, o, error)) ||
        (status = certainty_of_garments(session, &seen, r, error)))
        goto done;
    status = go_on(o, 1, error);
done:
    free(seen.mask);
    if (status)
        result_free(r);
    else
        *result = r;
    return status;
}

// Maps the progress of one of several extractions to that of all.
struct turn {
    const swatch_extract_options *options;
    size_t number, count;
};

static int turn_progress(void *user, double done)
{
    const struct turn *t = user;
    return t->options->progress &&
           t->options->progress(t->options->user, ((double)t->number + done) / (double)t->count);
}

static int hand_over(swatch_result *result, swatch_take take, void *user, swatch_error *error)
{
    return take(user, result) ? error_set(error, SWATCH_CANCELLED, "stopped") : SWATCH_OK;
}

int extract_found(swatch_session *session, const swatch_photo *photo, const swatch_people *people,
                  const swatch_extract_options *options, size_t most, swatch_take take, void *user,
                  swatch_error *error)
{
    struct turn turn = {.options = options, .count = people->count};
    swatch_extract_options o = *options, alone = *options;
    swatch_result *result = NULL;
    uint8_t *mask = malloc(people->width * people->height);
    int status = mask ? SWATCH_OK : error_memory(error);
    size_t taken = 0;
    o.progress = turn_progress;
    o.user = &turn;
    o.person_mask = mask;
    o.mask_width = people->width;
    o.mask_height = people->height;
    o.person_reach = SWATCH_PERSON_REACH;
    alone.alone = 1;
    for (size_t i = 0; !status && i < people->count && taken < most; i++) {
        turn.number = i;
        people_mask(people, people->by_size[i], mask);
        o.person = &people->list[people->by_size[i]];
        status = extract_photo(session, photo, &o, &result, error);
        if (!status)
            status = hand_over(result, take, user, error);
        taken += !status;
        status = status == SWATCH_NO_PERSON ? SWATCH_OK : status;
    }
    if (!status && taken == 0) {
        status = extract_photo(session, photo, &alone, &result, error);
        if (!status)
            status = hand_over(result, take, user, error);
    } else if (!status) {
        status = go_on(options, 1, error);
    }
    free(mask);
    return status;
}
