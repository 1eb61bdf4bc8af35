// Takes a photo through all steps, from pixels to labels and colors.

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "extract/clean.h"
#include "extract/extract.h"
#include "extract/garments.h"
#include "extract/measure.h"
#include "extract/person.h"
#include "extract/segment.h"

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

static int find_labels(swatch_session *session, swatch_result *r, const swatch_extract_options *o,
                       swatch_error *error)
{
    const int status = r->person.pixels
                           ? person_segment(session, r, o, error)
                           : segment(session, &r->photo, o, NULL, &r->labels, &r->timings, error);
    if (status)
        return status;
    const double start = clock_now();
    if (clean_labels(&r->labels, r->classes.count, error))
        return SWATCH_FAILED;
    r->timings.masks += clock_now() - start;
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

int result_describe(swatch_result *r, const swatch_extract_options *o, swatch_error *error)
{
    const double start = clock_now();
    size_t counts[CLASSES_MAX] = {0};
    map_regions(r);
    for (size_t i = 0; i < r->photo.width * r->photo.height; i++)
        counts[r->labels.pixels[i]]++;
    for (size_t c = 0; c < r->classes.count; c++)
        if (r->region_of[c] != SWATCH_REGIONS)
            r->pixels[r->region_of[c]] += counts[c];
    if (garments_find(r, error))
        return SWATCH_FAILED;
    if (o->only_masks)
        leave_unmeasured(r);
    else if (result_measure(r, o->colors ? o->colors : 5, o->white_balance, error))
        return SWATCH_FAILED;
    r->timings.colors = clock_now() - start;
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
    swatch_result *r = calloc(1, sizeof *r);
    if (!r)
        return error_memory(error);
    r->classes = model->classes;
    memcpy(r->architecture, model->architecture, sizeof r->architecture);
    r->timings.decode = photo->seconds;
    memcpy(r->notice, photo->notice, sizeof r->notice);
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
        (status = go_on(o, 0.1, error)) || (status = find_labels(session, r, o, error)) ||
        (status = go_on(o, 0.8, error)) || (status = result_describe(r, o, error)))
        goto done;
    status = go_on(o, 1, error);
done:
    if (status)
        result_free(r);
    else
        *result = r;
    return status;
}
