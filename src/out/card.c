// Draws the cards that people post:
//
//     +-----------+-----------+
//     |           |  clothes  |   The photo, cropped to the person, beside its cut-outs or above
//     |   photo   +-----+-----+   them, as they fit best.
//     |           |skin |hair |
//     +-------+---+---+-+-----+
//     | navy  | white | beige |   The colors of clothes by their shares; then how skin and hair
//     +-------+---+---+-------+   look. Each has its hex on it. On a card that
//     |   skin    |   hair    |   is wide all stand in one row.
//     +-----------+-----------+

#include "out/card.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"
#include "color/color.h"
#include "extract/cutout.h"
#include "out/arrange.h"
#include "out/card_check.h"
#include "out/card_part.h"
#include "out/palette_groups.h"
#include "out/word.h"

#define MARGIN 48
#define GAP 14
#define RADIUS 18
#define PAD 14   // inside cells and colors
#define LABEL 40 // below a cut-out
#define TEXT 28
#define HEX 36
#define GARMENTS 4     // of more the largest
#define SMALL 50       // a garment that is a smaller part of all clothes is left out
#define ENLARGE 5      // of the photo, at most
#define LOOSE 1.6      // the photo's part is at most so much wider or higher than the person
#define SHARP 2        // and not enlarged more than this, if there is more of the photo
#define PHOTO_WEIGHT 3 // how much its scale counts, of cut-outs each 1; not more than all of them
#define CUT 6          // who is cut off by the photo's border may lose this part of a side more
#define SPECK 200      // skin and hair that are a smaller part of all regions are left out

static const struct kind {
    const char *name;
    size_t width, height;
    size_t above; // left free at its top and bottom, where apps put their own buttons
    size_t row;   // height of a row of colors
    int one_row;  // skin and hair stand behind clothes, in two fifths of the row
} kinds[SWATCH_CARDS] = {
    [SWATCH_CARD_PORTRAIT] = {"portrait", 1080, 1350, MARGIN, 124, 0},
    [SWATCH_CARD_STORY] = {"story", 1080, 1920, 220, 150, 0},
    [SWATCH_CARD_LANDSCAPE] = {"landscape", 1920, 1080, MARGIN, 150, 1},
    [SWATCH_CARD_CHECK] = {.name = "check"},
};

const char *card_name(swatch_card kind)
{
    return (unsigned)kind < SWATCH_CARDS ? kinds[kind].name : NULL;
}

// ---- Pictures ----------------------------------------------------------------------------------

// What pictures a card has, and where.
struct pictures {
    size_t parts[ARRANGE_MOST]; // as card_cutout counts them
    size_t count;
    struct shape shapes[ARRANGE_MOST];
    struct rect person;        // what of the photo must be seen
    struct rect photo, window; // where the photo goes, and the part of it that is shown
    struct rect cells[ARRANGE_MOST];
};

static const struct arrangement in_cells = {GAP, 2 * PAD, PAD + LABEL, CARD_ENLARGE};

// Whether there is so much of a region that it is worth a look.
static int is_seen(const swatch_result *r, size_t region)
{
    const size_t all = r->pixels[SWATCH_CLOTHES] + r->pixels[SWATCH_SKIN] + r->pixels[SWATCH_HAIR];
    return r->pixels[region] > (region == SWATCH_CLOTHES ? 0 : all / SPECK);
}

// Below this confidence skin and hair are not posted: they would say something false of somebody.
#define BELIEVED 0.1

// Whether a region can be posted. Where nobody knows how sure it is, it can.
static int is_told(const swatch_result *r, size_t region)
{
    return is_seen(r, region) && (region == SWATCH_CLOTHES || !(r->confidence[region] < BELIEVED));
}

// Garments where there are some, else clothes; then skin and hair.
static int list_parts(const swatch_result *r, struct pictures *p, swatch_error *error)
{
    p->count = 0;
    for (size_t i = 0; i < r->garment_count && i < GARMENTS; i++)
        if (r->garments[i].pixels > r->pixels[SWATCH_CLOTHES] / SMALL)
            p->parts[p->count++] = SWATCH_REGIONS + i;
    for (size_t region = 0; region < SWATCH_REGIONS; region++)
        if (is_told(r, region) && (region != SWATCH_CLOTHES || !r->garment_count))
            p->parts[p->count++] = region;
    for (size_t i = 0; i < p->count; i++) {
        struct rect box;
        if (card_cutout_box(r, p->parts[i], &box, error))
            return SWATCH_FAILED;
        p->shapes[i] = (struct shape){(double)box.width, (double)box.height};
    }
    return SWATCH_OK;
}

// What of the photo must be seen: the box around all regions, less a part of the sides at which the
// photo ends; the whole photo where there are no regions.
static int find_person(const swatch_result *r, struct rect *person, swatch_error *error)
{
    const size_t width = r->photo.width, height = r->photo.height;
    size_t left = width, top = height, right = 0, bottom = 0;
    for (size_t region = 0; region < SWATCH_REGIONS; region++) {
        struct rect box;
        if (!is_seen(r, region))
            continue;
        if (card_cutout_box(r, region, &box, error))
            return SWATCH_FAILED;
        left = size_least(left, box.left);
        top = size_least(top, box.top);
        right = size_most(right, box.left + box.width);
        bottom = size_most(bottom, box.top + box.height);
    }
    *person = (struct rect){0, 0, width, height};
    if (right == 0)
        return SWATCH_OK;
    const size_t across = (right - left) / CUT, down = (bottom - top) / CUT;
    left += left == 0 ? across : 0;
    right -= right == width ? across : 0;
    bottom -= bottom == height ? down : 0;
    *person = (struct rect){left, top, right - left, bottom - top};
    return SWATCH_OK;
}

// Where a stretch of `length` lies on a side of the photo, with the person's in its middle.
static size_t begin(size_t from, size_t person, size_t length, size_t side)
{
    const size_t middle = from + person / 2;
    return size_least(middle - size_least(middle, length / 2), side - length);
}

// The part of the photo to show in a room: of the room's shape, if so much of the photo holds the
// whole person.
static struct rect window(const struct image *photo, struct rect person, struct rect room)
{
    const double aspect = (double)room.width / (double)room.height;
    const double whole = fmin((double)photo->width, (double)photo->height * aspect);
    const double around = fmax((double)person.width, (double)person.height * aspect);
    const double width = fmin(whole, fmax(LOOSE * around, (double)room.width / SHARP));
    struct rect w;
    w.width = size_least(photo->width, size_most(person.width, (size_t)lround(width)));
    w.height = size_least(photo->height, size_most(person.height, (size_t)lround(width / aspect)));
    w.left = begin(person.left, person.width, w.width, photo->width);
    w.top = begin(person.top, person.height, w.height, photo->height);
    return w;
}

// Divides the room between the photo and the cut-outs, side by side or one above the other, so that
// the product of their scales is largest.
static void place(const struct image *photo, struct rect room, struct pictures *p)
{
    static const struct arrangement alone = {.most = ENLARGE};
    const double weight = (double)size_least(PHOTO_WEIGHT, p->count);
    double best = -INFINITY;
    p->photo = room;
    p->window = window(photo, p->person, room);
    for (size_t percent = 30; percent <= 65 && p->count; percent += 5)
        for (int above = 0; above < 2; above++) {
            struct rect first = room, rest = room, cells[ARRANGE_MOST];
            size_t *length = above ? &first.height : &first.width;
            *length = *length * percent / 100;
            *(above ? &rest.height : &rest.width) -= *length + GAP;
            *(above ? &rest.top : &rest.left) += *length + GAP;
            const struct rect shown = window(photo, p->person, first);
            const struct shape shape = {(double)shown.width, (double)shown.height};
            const double score = weight * log(arrange_scale(shape, first, &alone)) +
                                 arrange(p->shapes, p->count, rest, &in_cells, cells);
            if (score <= best)
                continue;
            best = score;
            p->photo = first;
            p->window = shown;
            memcpy(p->cells, cells, sizeof cells);
        }
}

// Gives a single cut-out beside the photo a cell of the photo's height, if it is as large there.
static void trim(struct pictures *p, struct rect photo)
{
    const struct rect cell = {p->cells[0].left, photo.top, p->cells[0].width, photo.height};
    if (p->count == 1 && cell.left > photo.left + photo.width &&
        arrange_scale(p->shapes[0], cell, &in_cells) >=
            arrange_scale(p->shapes[0], p->cells[0], &in_cells))
        p->cells[0] = cell;
}

// What stands below a cut-out: "skin", "coat".
static const char *label(const swatch_result *r, size_t part, char name[64])
{
    if (part < SWATCH_REGIONS)
        return region_names[part];
    const swatch_garment *g = &r->garments[part - SWATCH_REGIONS];
    palette_garment_name(r->classes.names[g->class_index], g->piece, g->pieces, name);
    return name;
}

static int draw_cell(struct image *card, const swatch_result *r, size_t part,
                     const struct card_drawn *drawn, struct rect cell, const struct card_look *look,
                     swatch_error *error)
{
    char name[64];
    const struct rect inner = {cell.left + PAD, cell.top + PAD, cell.width - 2 * PAD,
                               cell.height - PAD - LABEL};
    paint_rect(card, cell, look->tile);
    paint_corners(card, cell, RADIUS, look->ground);
    return card_cutout(card, r, part, drawn, inner, error) ||
           paint_text(card, label(r, part, name), TEXT, 0, look->soft, cell.left + PAD,
                      cell.top + cell.height - LABEL + (LABEL - TEXT) / 2, inner.width, error);
}

static int draw_pictures(struct image *card, const swatch_result *r, const struct card_drawn *drawn,
                         struct rect room, const struct card_look *look, swatch_error *error)
{
    struct pictures p;
    if (list_parts(r, &p, error) || find_person(r, &p.person, error))
        return SWATCH_FAILED;
    place(&r->photo, room, &p);
    const struct rect photo = card_fit(p.window.width, p.window.height, p.photo, ENLARGE);
    trim(&p, photo);
    int status = paint_picture(card, &r->photo, p.window, photo, error);
    if (size_least(photo.width, photo.height) >= 2 * RADIUS)
        paint_corners(card, photo, RADIUS, look->ground);
    for (size_t i = 0; i < p.count && !status; i++)
        status = draw_cell(card, r, p.parts[i], drawn, p.cells[i], look, error);
    return status;
}

// ---- Colors ------------------------------------------------------------------------------------

// A color with what is written on it.
struct named {
    uint8_t rgb[3];
    const char *hex;
    char word[128]; // may be empty
    double share;
};

static int draw_named(struct image *card, const struct named *n, struct rect where,
                      const struct card_look *look, swatch_error *error)
{
    static const struct paint dark = {{26, 26, 30}}, light = {{250, 250, 250}};
    const struct rgb rgb = {n->rgb[0], n->rgb[1], n->rgb[2]};
    const struct paint ink = color_takes_dark_text(rgb) ? dark : light;
    const size_t left = where.left + PAD, room = where.width - 2 * PAD;
    const size_t both = HEX + (*n->word ? TEXT + 4 : 0);
    const size_t top = where.top + (where.height - both) / 2;
    card_color(card, n->rgb, where, look);
    return paint_text(card, n->hex, HEX, 1, ink, left, top, room, error) ||
           paint_text(card, n->word, TEXT, 0, ink, left, top + HEX + 4, room, error);
}

#define LEAST_WIDE 188 // of a color, so that its hex fits

// Colors side by side: each is as wide as its text needs, and the rest goes by their shares.
static int draw_row(struct image *card, const struct named *colors, size_t count, struct rect room,
                    const struct card_look *look, swatch_error *error)
{
    double weights[SWATCH_MAX_COLORS] = {0};
    size_t from[SWATCH_MAX_COLORS + 1];
    const double rest = fmax(0, (double)room.width - LEAST_WIDE * (double)count);
    int status = SWATCH_OK;
    for (size_t i = 0; i < count; i++)
        weights[i] = LEAST_WIDE + rest * colors[i].share;
    arrange_share(weights, count, room.width, 0, from);
    for (size_t i = 0; i < count && !status; i++)
        status = draw_named(
            card, &colors[i],
            (struct rect){room.left + from[i], room.top, from[i + 1] - from[i], room.height}, look,
            error);
    paint_corners(card, room, RADIUS, look->ground);
    return status;
}

static size_t list_clothes(const swatch_result *r, struct named *colors)
{
    const size_t count = r->color_count[SWATCH_CLOTHES];
    for (size_t i = 0; i < count; i++) {
        const swatch_color *c = &r->colors[SWATCH_CLOTHES][i];
        colors[i] = (struct named){.hex = c->hex, .share = c->share};
        memcpy(colors[i].rgb, c->rgb, 3);
        snprintf(colors[i].word, sizeof colors[i].word, "%s", word_of_color(r, SWATCH_CLOTHES, c));
    }
    return count;
}

// How skin and hair look, of those of which it is known.
static size_t list_looks(const swatch_result *r, struct named looks[2])
{
    char text[WORD_ROOM];
    size_t count = 0;
    if (!r->skin.reason && is_told(r, SWATCH_SKIN)) {
        looks[count] = (struct named){.hex = r->skin.color.hex, .share = 0.75};
        memcpy(looks[count].rgb, r->skin.color.rgb, 3);
        snprintf(looks[count].word, sizeof looks->word, "skin, %s", word_of_skin(&r->skin, text));
        count++;
    }
    if (!r->hair.reason && is_told(r, SWATCH_HAIR)) {
        looks[count] = (struct named){.hex = r->hair.color.hex, .share = 0.25};
        memcpy(looks[count].rgb, r->hair.color.rgb, 3);
        snprintf(looks[count].word, sizeof looks->word, "hair, %s", r->hair.name);
        count++;
    }
    return count;
}

// Takes a row from the end of the room.
static struct rect take_row(struct rect *room, size_t height)
{
    room->height -= height + GAP;
    return (struct rect){room->left, room->top + room->height + GAP, room->width, height};
}

// Draws the colors at the end of the room, which becomes what is left for pictures.
static int draw_colors(struct image *card, const swatch_result *r, const struct kind *k,
                       struct rect *room, const struct card_look *look, swatch_error *error)
{
    struct named clothes[SWATCH_MAX_COLORS], looks[2];
    const size_t count = list_clothes(r, clothes), about = list_looks(r, looks);
    struct rect row = {0};
    int status = SWATCH_OK;
    if (about) {
        row = take_row(room, k->row);
        struct rect own = row;
        if (k->one_row && count) {
            own.width = row.width * 2 / 5;
            own.left += row.width - own.width;
            row.width -= own.width + GAP;
        }
        status = draw_row(card, looks, about, own, look, error);
    }
    if (!count || status)
        return status;
    if (!about || !k->one_row)
        row = take_row(room, k->row);
    // Where they are too many for a row, the second half stands below the first.
    const size_t first = count * LEAST_WIDE > row.width ? (count + 1) / 2 : count;
    if (first < count) {
        status = draw_row(card, clothes + first, count - first, row, look, error);
        row.top = take_row(room, k->row).top;
    }
    return status ? status : draw_row(card, clothes, first, row, look, error);
}

int card_draw(const swatch_result *r, swatch_card kind, int dark, const struct card_drawn *drawn,
              struct image *card, swatch_error *error)
{
    const struct kind *k = &kinds[kind];
    const struct card_look *look = &card_looks[dark != 0];
    struct rect room = {MARGIN, k->above, k->width - 2 * MARGIN, k->height - 2 * k->above};
    if (kind == SWATCH_CARD_CHECK)
        return card_check_draw(r, look, card, error);
    if (image_new(card, k->width, k->height, 3, error))
        return SWATCH_FAILED;
    paint_rect(card, (struct rect){0, 0, k->width, k->height}, look->ground);
    const int status = draw_colors(card, r, k, &room, look, error) ||
                       draw_pictures(card, r, drawn, room, look, error);
    if (status)
        image_free(card);
    return status;
}
