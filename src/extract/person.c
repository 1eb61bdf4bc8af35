// The person step of swatch_extract: the network is shown the part of the photo around the person,
// everything else in it painted, and nothing outside the person gets a label.
//
// A mask found by a network is coarse: at its edge it says how surely a pixel is the person's. What
// may be the person's is neither painted nor cut, and the clothes network, which sees edges better,
// says what it is.

#include <string.h>

#include "base/error.h"
#include "extract/pipeline.h"

// Part of the person's longer side that is left around the box, for a framing like CCP's.
#define MARGIN 0.06

struct part {
    size_t x, y, width, height;
};

int person_take(swatch_result *r, const swatch_extract_options *o, swatch_error *error)
{
    const int status = mask_scale(r->name, "person mask", o->person_mask, o->mask_width,
                                  o->mask_height, &r->photo, &r->person, error);
    if (status)
        return status;
    for (size_t i = 0; i < r->photo.width * r->photo.height; i++)
        if (r->person.pixels[i] >= PERSON_INSIDE)
            return SWATCH_OK;
    return error_set(error, SWATCH_NO_PERSON, "%s: nobody is in its person mask", r->name);
}

// The box around what may be the person's, with a margin.
static struct part find_part(const struct image *person)
{
    size_t left = person->width, top = person->height, right = 0, bottom = 0;
    for (size_t y = 0; y < person->height; y++)
        for (size_t x = 0; x < person->width; x++)
            if (person->pixels[y * person->width + x] >= PERSON_POSSIBLE) {
                left = x < left ? x : left;
                right = x + 1 > right ? x + 1 : right;
                top = y < top ? y : top;
                bottom = y + 1;
            }
    const size_t longer = right - left > bottom - top ? right - left : bottom - top;
    const size_t margin = (size_t)(MARGIN * (double)longer + 0.5);
    left = left > margin ? left - margin : 0;
    top = top > margin ? top - margin : 0;
    right = right + margin < person->width ? right + margin : person->width;
    bottom = bottom + margin < person->height ? bottom + margin : person->height;
    return (struct part){left, top, right - left, bottom - top};
}

// A copy of the part, painted.
static int view_part(const swatch_result *r, const struct part *part, swatch_background background,
                     struct image *view, swatch_error *error)
{
    static const uint8_t values[] = {128, 0, 255};
    if (image_new(view, part->width, part->height, 3, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < part->height; y++) {
        const size_t from = (part->y + y) * r->photo.width + part->x;
        uint8_t *to = view->pixels + 3 * y * part->width;
        memcpy(to, r->photo.pixels + 3 * from, 3 * part->width);
        for (size_t x = 0; background != SWATCH_BACKGROUND_KEEP && x < part->width; x++)
            if (r->person.pixels[from + x] < PERSON_POSSIBLE)
                memset(to + 3 * x, values[background], 3);
    }
    return SWATCH_OK;
}

int person_segment(swatch_session *session, swatch_result *r, const swatch_extract_options *o,
                   swatch_error *error)
{
    const struct part part = find_part(&r->person);
    struct image view = {0}, labels = {0};
    int status = SWATCH_FAILED;
    if (view_part(r, &part, o->background, &view, error) ||
        image_new(&r->labels, r->photo.width, r->photo.height, 1, error) ||
        segment(session, &view, o->masks, &labels, &r->timings, error))
        goto done;
    memset(r->labels.pixels, 0, r->labels.width * r->labels.height);
    for (size_t y = 0; y < part.height; y++)
        for (size_t x = 0; x < part.width; x++) {
            const size_t at = (part.y + y) * r->photo.width + part.x + x;
            if (r->person.pixels[at] >= PERSON_POSSIBLE)
                r->labels.pixels[at] = labels.pixels[y * part.width + x];
        }
    status = SWATCH_OK;
done:
    image_free(&view);
    image_free(&labels);
    return status;
}
