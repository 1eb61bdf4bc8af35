#include "out/card_part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "extract/cutout.h"

#define SPECK 200 // the part of a cut-out that may be left out where it lies apart

const struct card_look card_looks[2] = {
    {.ground = {{255, 255, 255}},
     .tile = {{242, 242, 244}},
     .ink = {{26, 26, 30}},
     .soft = {{96, 96, 104}},
     .rim = {{206, 206, 210}}},
    {.ground = {{22, 22, 26}},
     .tile = {{66, 66, 72}},
     .ink = {{240, 240, 242}},
     .soft = {{190, 190, 196}},
     .rim = {{92, 92, 98}}},
};

struct rect card_fit(size_t width, size_t height, struct rect room, double most)
{
    const double scale =
        fmin(most, fmin((double)room.width / (double)width, (double)room.height / (double)height));
    struct rect r = {.width = size_most(1, (size_t)((double)width * scale)),
                     .height = size_most(1, (size_t)((double)height * scale))};
    r.left = room.left + (room.width - r.width) / 2;
    r.top = room.top + (room.height - r.height) / 2;
    return r;
}

void card_color(struct image *card, const uint8_t rgb[3], struct rect r,
                const struct card_look *look)
{
    struct paint paint;
    memcpy(paint.rgb, rgb, 3);
    paint_rect(card, r, look->rim);
    paint_rect(card, (struct rect){r.left + 1, r.top + 1, r.width - 2, r.height - 2}, paint);
}

void card_bar(struct image *card, const swatch_color *colors, size_t count, struct rect r,
              const struct card_look *look)
{
    double done = 0;
    paint_rect(card, r, look->rim);
    for (size_t i = 0; i < count; i++) {
        const size_t from = (size_t)(done * (double)(r.width - 2) + 0.5);
        done = i + 1 == count ? 1 : done + colors[i].share;
        const size_t to = (size_t)(fmin(done, 1) * (double)(r.width - 2) + 0.5);
        struct paint paint;
        memcpy(paint.rgb, colors[i].rgb, 3);
        paint_rect(card, (struct rect){r.left + 1 + from, r.top + 1, to - from, r.height - 2},
                   paint);
    }
}

// Whether a pixel belongs to a part.
static int has(const swatch_result *r, size_t part, size_t i)
{
    return part < SWATCH_REGIONS ? r->region_of[r->labels.pixels[i]] == part
                                 : r->garment_of.pixels[i] == part - SWATCH_REGIONS + 1;
}

// Moves the ends of a stretch inwards over what lies apart from the rest and is next to nothing of
// it. counts: the part's pixels in each row or column.
static void trim(const size_t *counts, size_t *from, size_t *end)
{
    size_t all = 0, seen = 0;
    const size_t last = *end;
    for (size_t i = 0; i < last; i++)
        all += counts[i];
    for (size_t i = 0; i < last && (seen += counts[i]) <= all / SPECK; i++)
        if (!counts[i])
            *from = i + 1;
    seen = 0;
    for (size_t i = last; i-- > *from && (seen += counts[i]) <= all / SPECK;)
        if (!counts[i])
            *end = i;
}

int card_cutout_box(const swatch_result *r, size_t part, struct rect *box, swatch_error *error)
{
    const struct rect b = part < SWATCH_REGIONS ? cutout_box(r, (swatch_region)part)
                                                : cutout_garment_box(r, part - SWATCH_REGIONS);
    size_t left = 0, right = b.width, top = 0, bottom = b.height;
    size_t *counts = calloc(b.width + b.height, sizeof *counts);
    if (!counts)
        return error_memory(error);
    for (size_t y = 0; y < b.height; y++)
        for (size_t x = 0; x < b.width; x++)
            if (has(r, part, (b.top + y) * r->labels.width + b.left + x)) {
                counts[x]++;
                counts[b.width + y]++;
            }
    trim(counts, &left, &right);
    trim(counts + b.width, &top, &bottom);
    free(counts);
    *box = cutout_with_margin(
        r, (struct rect){b.left + left, b.top + top, right - left, bottom - top});
    return SWATCH_OK;
}

static int draw_cutout(const swatch_result *r, size_t part, struct rect from, struct image *cutout,
                       swatch_error *error)
{
    if (image_new(cutout, from.width, from.height, 4, error))
        return SWATCH_FAILED;
    const int status =
        part < SWATCH_REGIONS
            ? cutout_region(r, (swatch_region)part, from, SWATCH_EDGES_SOFT, cutout->pixels, error)
            : cutout_garment(r, part - SWATCH_REGIONS, from, SWATCH_EDGES_SOFT, cutout->pixels,
                             error);
    if (status)
        image_free(cutout);
    return status;
}

static int holds(struct rect outer, struct rect inner)
{
    return inner.left >= outer.left && inner.top >= outer.top &&
           inner.left + inner.width <= outer.left + outer.width &&
           inner.top + inner.height <= outer.top + outer.height;
}

int card_cutout(struct image *card, const swatch_result *r, size_t part,
                const struct card_drawn *drawn, struct rect room, swatch_error *error)
{
    struct rect from;
    struct image cutout;
    if (card_cutout_box(r, part, &from, error))
        return SWATCH_FAILED;
    const struct rect where = card_fit(from.width, from.height, room, CARD_ENLARGE);
    if (drawn && part < SWATCH_REGIONS && drawn->pictures[part].pixels &&
        holds(drawn->from[part], from)) {
        from.left -= drawn->from[part].left;
        from.top -= drawn->from[part].top;
        return paint_picture(card, &drawn->pictures[part], from, where, error);
    }
    if (draw_cutout(r, part, from, &cutout, error))
        return SWATCH_FAILED;
    const int status =
        paint_picture(card, &cutout, (struct rect){0, 0, from.width, from.height}, where, error);
    image_free(&cutout);
    return status;
}
