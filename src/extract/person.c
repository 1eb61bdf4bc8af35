// The person step of swatch_extract. The network sees the part of the photo around the person, with
// the background painted where that is asked for. Nothing outside the person gets a label.
//
// Masks are coarse, and the clothes network sees edges better. So pixels that may be the person's,
// by their value in the mask or because they are within its reach, are neither painted nor cut: the
// clothes network decides. Where that sees almost nothing of the person, the mask decides.
// docs/decisions.md ("Reach and margin of a person").

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "extract/mask.h"
#include "extract/person.h"
#include "extract/segment.h"

// The margin around the person's box, as a share of its longer side. It frames people as CCP does:
// docs/decisions.md ("Reach and margin of a person").
#define MARGIN 0.15
// The network must take at least this share of the person's pixels for something other than
// background. With less, each pixel gets the likeliest of the other classes: CCP, which the network
// learned from, labels passers-by as background.
#define LEAST_SEEN 0.2

// A finder that is surer than this is believed though the clothes network sees nobody, or clothes
// alone: docs/decisions.md ("Who is nobody").
#define CERTAIN 0.97
// A person shows at least this share of skin and hair, of all that is labelled.
#define LEAST_BARE 0.002

static int is_doubtful(const swatch_result *r)
{
    return r->has_who && r->who.score < CERTAIN;
}

static int nobody(const swatch_result *r, swatch_error *error)
{
    return error_set(error, SWATCH_NO_PERSON, "%s: what was found is nobody", r->name);
}

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

// Returns the box around all that may be the person's, with a margin. *spread: the reach in pixels.
static struct seen find_part(const struct image *person, double reach, size_t *spread)
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
    const size_t margin = (size_t)(fmax(MARGIN, reach) * (double)longer + 0.5);
    left = left > margin ? left - margin : 0;
    top = top > margin ? top - margin : 0;
    right = right + margin < person->width ? right + margin : person->width;
    bottom = bottom + margin < person->height ? bottom + margin : person->height;
    *spread = (size_t)(reach * (double)longer + 0.5);
    return (struct seen){.left = left, .top = top, .width = right - left, .height = bottom - top};
}

// In a line of `count` pixels, `step` apart, sets the pixels at most `reach` from one that is set.
static void spread(uint8_t *line, size_t count, size_t step, size_t reach)
{
    size_t left = 0; // how many more pixels the last one sets
    for (size_t i = 0; i < count; i++) {
        uint8_t *p = line + i * step;
        if (*p) {
            left = reach;
        } else if (left) {
            *p = 2; // set, but sets no others
            left--;
        }
    }
    left = 0;
    for (size_t i = count; i-- > 0;) {
        uint8_t *p = line + i * step;
        if (*p == 1) {
            left = reach;
        } else if (left) {
            *p = 1;
            left--;
        } else {
            *p = *p != 0;
        }
    }
}

static int draw_mask(const struct image *person, size_t reach, struct seen *part,
                     swatch_error *error)
{
    part->mask = malloc(part->width * part->height);
    if (!part->mask)
        return error_memory(error);
    for (size_t y = 0; y < part->height; y++)
        for (size_t x = 0; x < part->width; x++)
            part->mask[y * part->width + x] =
                person->pixels[(part->top + y) * person->width + part->left + x] >= PERSON_POSSIBLE;
    for (size_t y = 0; y < part->height; y++)
        spread(part->mask + y * part->width, part->width, 1, reach);
    for (size_t x = 0; x < part->width; x++)
        spread(part->mask + x, part->height, part->width, reach);
    return SWATCH_OK;
}

static int is_inside(const struct image *person, const struct seen *part, size_t y, size_t x)
{
    return person->pixels[(part->top + y) * person->width + part->left + x] >= PERSON_INSIDE;
}

// Returns the share of the person's pixels that are labelled as something other than background.
static double share_seen(const struct image *person, const struct seen *part,
                         const struct image *labels)
{
    size_t seen = 0, all = 0;
    for (size_t y = 0; y < part->height; y++)
        for (size_t x = 0; x < part->width; x++) {
            const int inside = is_inside(person, part, y, x);
            all += inside;
            seen += inside && labels->pixels[y * part->width + x];
        }
    return all ? (double)seen / (double)all : 1;
}

// Labels a person whom the network does not see: every pixel inside the mask gets the likeliest
// class other than background, and no pixel outside gets one.
static int label_somebody(swatch_session *session, swatch_result *r,
                          const swatch_extract_options *o, const struct image *view,
                          struct seen *part, struct image *labels, swatch_error *error)
{
    uint8_t classes[CLASSES_MAX] = {0};
    memset(classes + 1, 1, sizeof classes - 1);
    const struct known somebody = {.classes = classes};
    for (size_t y = 0; y < part->height; y++)
        for (size_t x = 0; x < part->width; x++)
            part->mask[y * part->width + x] = (uint8_t)is_inside(&r->person, part, y, x);
    image_free(labels);
    return segment(session, view, o, &somebody, labels, NULL, &r->timings, error);
}

// What backgrounds are painted with.
static const uint8_t paints[] = {
    [SWATCH_BACKGROUND_GREY] = 128, [SWATCH_BACKGROUND_BLACK] = 0, [SWATCH_BACKGROUND_WHITE] = 255};

// Makes the network's view: a copy of the part, its background painted.
static int view_part(const swatch_result *r, const struct seen *part, swatch_background background,
                     struct image *view, swatch_error *error)
{
    if (image_new(view, part->width, part->height, 3, error))
        return SWATCH_FAILED;
    for (size_t y = 0; y < part->height; y++) {
        const uint8_t *mask = part->mask + y * part->width;
        uint8_t *to = view->pixels + 3 * y * part->width;
        memcpy(to, r->photo.pixels + 3 * ((part->top + y) * r->photo.width + part->left),
               3 * part->width);
        for (size_t x = 0; background != SWATCH_BACKGROUND_KEEP && x < part->width; x++)
            if (!mask[x])
                memset(to + 3 * x, paints[background], 3);
    }
    return SWATCH_OK;
}

// Puts a picture of the part into one of the photo's size, which is there.
static void put_part(const struct seen *part, const struct image *from, struct image *to)
{
    for (size_t y = 0; y < part->height; y++)
        memcpy(to->pixels + 3 * ((part->top + y) * to->width + part->left),
               from->pixels + 3 * y * part->width, 3 * part->width);
}

// Keeps the view at the photo's size, what is around it painted like the background.
static int keep_view(swatch_result *r, const struct seen *part, swatch_background background,
                     const struct image *view, swatch_error *error)
{
    const size_t bytes = 3 * r->photo.width * r->photo.height;
    if (image_new(&r->view, r->photo.width, r->photo.height, 3, error))
        return SWATCH_FAILED;
    if (background == SWATCH_BACKGROUND_KEEP)
        memcpy(r->view.pixels, r->photo.pixels, bytes);
    else
        memset(r->view.pixels, paints[background], bytes);
    put_part(part, view, &r->view);
    return SWATCH_OK;
}

// Puts the map of the part into the photo's, and the background's color around it.
static int take_map(swatch_result *r, const struct seen *part, const struct image *map,
                    swatch_error *error)
{
    if (image_new(&r->map, r->photo.width, r->photo.height, 3, error))
        return SWATCH_FAILED;
    for (size_t i = 0; i < r->map.width * r->map.height; i++)
        memcpy(r->map.pixels + 3 * i, r->classes.colors[0], 3);
    put_part(part, map, &r->map);
    return SWATCH_OK;
}

int person_segment(swatch_session *session, swatch_result *r, const swatch_extract_options *o,
                   struct seen *part, swatch_error *error)
{
    struct image view = {0}, labels = {0}, map = {0};
    size_t reach;
    int status = SWATCH_FAILED;
    *part = find_part(&r->person, o->person_reach, &reach);
    if (draw_mask(&r->person, reach, part, error) ||
        view_part(r, part, o->background, &view, error) ||
        (o->steps && keep_view(r, part, o->background, &view, error)) ||
        image_new(&r->labels, r->photo.width, r->photo.height, 1, error) ||
        segment(session, &view, o, NULL, &labels, &map, &r->timings, error))
        goto done;
    if (share_seen(&r->person, part, &labels) < LEAST_SEEN) {
        if (is_doubtful(r)) {
            status = nobody(r, error);
            goto done;
        }
        // A color-coded map says of no pixel what is the likeliest after background.
        if (!map.pixels && label_somebody(session, r, o, &view, part, &labels, error))
            goto done;
    }
    if (map.pixels && take_map(r, part, &map, error))
        goto done;
    memset(r->labels.pixels, 0, r->labels.width * r->labels.height);
    for (size_t y = 0; y < part->height; y++)
        for (size_t x = 0; x < part->width; x++)
            if (part->mask[y * part->width + x])
                r->labels.pixels[(part->top + y) * r->photo.width + part->left + x] =
                    labels.pixels[y * part->width + x];
    status = SWATCH_OK;
done:
    image_free(&view);
    image_free(&labels);
    image_free(&map);
    return status;
}

int person_confirm(const swatch_result *r, swatch_error *error)
{
    const size_t bare = r->pixels[SWATCH_SKIN] + r->pixels[SWATCH_HAIR];
    const double all = (double)(bare + r->pixels[SWATCH_CLOTHES]);
    return is_doubtful(r) && (double)bare < LEAST_BARE * all ? nobody(r, error) : SWATCH_OK;
}
