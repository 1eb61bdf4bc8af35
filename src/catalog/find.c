// The search looks around each color in rounds of growing radius. All colors within a color's
// radius are known. So of a photo that has been seen it is known how near it is at least and at
// most, and one that has not been seen is farther than the mean of the radii.
//
// The next round is that of the color of which it reads least for what it tells: around a rare
// color all is read soon, around black little. The photos that look best are read as a whole, so
// that it is known early what is too far. As soon as no photo that has not been seen can be near
// enough, only the seen ones count; and where few of them are left open, all their colors are read,
// and the search ends.

#include "catalog/find.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "catalog/cells.h"
#include "catalog/schema.h"

#define FIRST 1.0  // radius
#define GROWTH 1.5 // of the radius
#define TINY 1e-9  // more than sums are rounded by
// To read the colors of a photo takes as long as some colors in the order of their cells, and a
// round takes some time even if it finds nothing; both in colors.
#define PHOTO_PRICE 7
#define ROUND_PRICE 50
#define BEST_MOST 200 // photos that look best, and are read as a whole

int find_read_color(const char *text, struct lab *color)
{
    uint8_t rgb[3];
    if (number_read_hex(text, strlen(text), rgb))
        return -1;
    *color = color_cielab((struct rgb){rgb[0], rgb[1], rgb[2]});
    return 0;
}

static void add_colors(struct find_wish *wish, const json_t *region)
{
    const json_t *color;
    size_t i;
    json_array_foreach(json_object_get(region, "colors"), i, color)
    {
        const char *hex = json_string_value(json_object_get(color, "hex"));
        struct find_color c = {.weight = json_number_value(json_object_get(color, "share"))};
        if (wish->count < FIND_COLORS && hex && c.weight > 0 && !find_read_color(hex, &c.lab))
            wish->colors[wish->count++] = c;
    }
}

size_t find_like(struct find_wish *wish, const json_t *record, const char *part)
{
    const json_t *region;
    double sum = 0;
    size_t i;
    wish->count = 0;
    wish->part = part;
    json_array_foreach(json_object_get(record, "regions"), i, region)
    {
        const char *of = json_string_value(json_object_get(region, "part"));
        if (!wish->count && of && strcmp(of, part) == 0 &&
            json_integer_value(json_object_get(region, "person")) == 1)
            add_colors(wish, region);
    }
    for (i = 0; i < wish->count; i++)
        sum += wish->colors[i].weight;
    for (i = 0; i < wish->count; i++)
        wish->colors[i].weight /= sum;
    return wish->count;
}

struct candidate {
    int64_t photo; // first: the table's key
    double nearest[FIND_COLORS];
    uint8_t rgb[3]; // nearest to the first color
    double share;   // of it
    int known;      // 1: all its colors have been read
};

struct search {
    const struct find_wish *wish;
    struct catalog *catalog;
    GHashTable *photos;         // of struct candidate
    struct cell *cells;         // room for CELLS_MOST
    size_t color;               // that is looked for now
    double radius[FIND_COLORS]; // of its last round; below 0: there was none
    size_t rows[FIND_COLORS];   // read for it
    size_t fresh;               // rows since the last look at what is known
    double most;                // no photo that is farther is one of the nearest
    int closed;                 // 1: none that has not been seen is
    double linear[256];         // color_linear
};

static struct candidate *seen_new(struct search *s, int64_t photo)
{
    struct candidate *seen = g_new0(struct candidate, 1);
    seen->photo = photo;
    for (size_t i = 0; i < s->wish->count; i++)
        seen->nearest[i] = INFINITY;
    g_hash_table_add(s->photos, seen);
    return seen;
}

// A color of a photo.
struct found {
    int64_t photo;
    struct candidate *seen; // NULL: not yet
    uint8_t rgb[3];
    struct lab lab;
    double share;
};

// Reads a row: photo, hex, share. Returns 0 if its color does not count.
static int read_row(const struct search *s, const struct value *row, struct found *f)
{
    const char *hex = text_of(&row[1]);
    f->photo = whole_of(&row[0]);
    f->share = real_of(&row[2]);
    f->seen = g_hash_table_lookup(s->photos, &f->photo);
    if ((f->seen ? f->seen->known : s->closed) || f->share < s->wish->least_share ||
        f->photo == s->wish->except || number_read_hex(hex, strlen(hex), f->rgb))
        return 0;
    f->lab = color_cielab_linear(s->linear[f->rgb[0]], s->linear[f->rgb[1]], s->linear[f->rgb[2]]);
    return 1;
}

// How far a color of a photo may be to matter, at most: nearer than another one, and with what is
// known of the search's other colors not too far. What is farther may as well not be there.
static double worth(const struct search *s, size_t color, const struct candidate *seen)
{
    double least = 0, own = 0;
    for (size_t i = 0; i < s->wish->count; i++) {
        const double radius = s->radius[i] > 0 ? s->radius[i] : 0;
        const double near = seen && seen->nearest[i] < radius ? seen->nearest[i] : radius;
        least += s->wish->colors[i].weight * near;
        own = i == color ? near : own;
    }
    const double most =
        seen && seen->nearest[color] < s->wish->within ? seen->nearest[color] : s->wish->within;
    const double left = own + (s->most - least) / s->wish->colors[color].weight + TINY;
    return left < most ? left : most;
}

// Compares one color of the search with one of a photo. Its lightness alone is told soon.
static void compare_color(struct search *s, size_t color, struct found *f)
{
    const struct lab lab = s->wish->colors[color].lab;
    const double most = worth(s, color, f->seen);
    if (fabs(color_ciede2000_lightness(lab, f->lab)) > most)
        return;
    const double distance = color_ciede2000(lab, f->lab);
    if (distance > most)
        return;
    f->seen = f->seen ? f->seen : seen_new(s, f->photo);
    f->seen->nearest[color] = distance;
    if (color == 0) {
        memcpy(f->seen->rgb, f->rgb, sizeof f->rgb);
        f->seen->share = f->share;
    }
}

static int take_near(void *user, const struct value *row)
{
    struct search *s = user;
    struct found found;
    s->rows[s->color]++;
    s->fresh++;
    if (read_row(s, row, &found))
        compare_color(s, s->color, &found);
    return 0;
}

static int take_any(void *user, const struct value *row)
{
    struct search *s = user;
    struct found found;
    if (strcmp(text_of(&row[3]), s->wish->part) != 0 || !read_row(s, row, &found))
        return 0;
    for (size_t i = 0; i < s->wish->count; i++)
        if (!found.seen || found.seen->nearest[i] > s->radius[i])
            compare_color(s, i, &found);
    return 0;
}

// Reads the cells from `first` to `last` of so many ranges at once. What is left of a statement's
// ranges is empty.
static int read_ranges(struct search *s, struct value *values, size_t ranges, swatch_error *error)
{
    for (size_t i = ranges; i < SCHEMA_RANGES; i++) {
        values[1 + 2 * i] = value_whole(0);
        values[2 + 2 * i] = value_whole(-1);
    }
    return s->catalog->engine->query(s->catalog->connection, schema_near, values,
                                     1 + 2 * SCHEMA_RANGES, take_near, s, error);
}

// Reads the cells that may hold colors within `to` and were not read in the rounds before: those
// that follow each other as one range.
static int look(struct search *s, double to, swatch_error *error)
{
    const size_t count = cells_near(s->wish->colors[s->color].lab, to, s->cells);
    const double from = s->radius[s->color];
    const struct cell *cells = s->cells;
    struct value values[1 + 2 * SCHEMA_RANGES] = {value_text(s->wish->part)};
    size_t ranges = 0;
    int status = SWATCH_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (cells[i].least <= from)
            continue;
        values[1 + 2 * ranges] = value_whole(cells[i].number);
        while (i + 1 < count && cells[i + 1].number == cells[i].number + 1 &&
               cells[i + 1].least > from)
            i++;
        values[2 + 2 * ranges] = value_whole(cells[i].number);
        if (++ranges == SCHEMA_RANGES) {
            status = read_ranges(s, values, ranges, error);
            ranges = 0;
        }
    }
    s->radius[s->color] = to;
    return status || !ranges ? status : read_ranges(s, values, ranges, error);
}

// ---- What is known after a round ---------------------------------------------------------------

struct rank {
    const struct candidate *seen;
    double least, most;
};

static struct rank rank_of(const struct search *s, const struct candidate *seen)
{
    struct rank rank = {.seen = seen};
    const double within = s->wish->within;
    for (size_t i = 0; i < s->wish->count; i++) {
        const double nearest = seen->nearest[i], weight = s->wish->colors[i].weight;
        const double most = nearest < within ? nearest : within;
        const double radius = s->radius[i] > 0 ? s->radius[i] : 0;
        rank.least += weight * (seen->known || most < radius ? most : radius);
        rank.most += weight * most;
    }
    return rank;
}

// No photo that has not been seen is nearer.
static double unseen(const struct search *s)
{
    double mean = 0;
    for (size_t i = 0; i < s->wish->count; i++)
        mean += s->wish->colors[i].weight * fmax(0, s->radius[i]);
    return mean;
}

static int compare(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->most != y->most)
        return x->most < y->most ? -1 : 1;
    return (x->seen->photo > y->seen->photo) - (x->seen->photo < y->seen->photo);
}

// The photos that are not farther than `limit` for sure, nearest first. Returns how many they are.
// *ranks is to be freed; NULL without memory.
static size_t ranks_of(const struct search *s, double limit, struct rank **ranks)
{
    GHashTableIter iter;
    gpointer seen;
    size_t count = 0;
    *ranks = calloc(g_hash_table_size(s->photos) + 1, sizeof **ranks);
    g_hash_table_iter_init(&iter, s->photos);
    while (*ranks && g_hash_table_iter_next(&iter, &seen, NULL)) {
        const struct rank rank = rank_of(s, seen);
        if (rank.most <= limit)
            (*ranks)[count++] = rank;
    }
    if (*ranks)
        qsort(*ranks, count, sizeof **ranks, compare);
    return count;
}

// Reads all colors of photos.
static int read_photos(struct search *s, const GArray *photos, swatch_error *error)
{
    struct value ids[SCHEMA_PHOTOS];
    int status = SWATCH_OK;
    for (guint from = 0; from < photos->len && !status; from += SCHEMA_PHOTOS) {
        for (guint i = 0; i < SCHEMA_PHOTOS; i++) // the last ones may be the same
            ids[i] = value_whole(g_array_index(photos, int64_t, MIN(from + i, photos->len - 1)));
        status = s->catalog->engine->query(s->catalog->connection, schema_all, ids, SCHEMA_PHOTOS,
                                           take_any, s, error);
    }
    for (guint i = 0; i < photos->len && !status; i++) {
        struct candidate *seen = g_hash_table_lookup(s->photos, &g_array_index(photos, int64_t, i));
        seen->known = 1;
    }
    return status;
}

// Learns how far the best photos are, so far as is known.
static int learn_best(struct search *s, swatch_error *error)
{
    GArray *best = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct rank *ranks;
    const size_t near = ranks_of(s, s->most, &ranks);
    for (size_t i = 0; i < near && i < s->wish->limit && i < BEST_MOST; i++)
        if (ranks[i].least < ranks[i].most)
            g_array_append_val(best, ranks[i].seen->photo);
    const int status = ranks ? read_photos(s, best, error) : error_memory(error);
    for (size_t i = 0; i < near && best->len && !status; i++)
        ranks[i] = rank_of(s, ranks[i].seen);
    if (best->len && !status)
        qsort(ranks, near, sizeof *ranks, compare);
    if (!status && near >= s->wish->limit)
        s->most = ranks[s->wish->limit - 1].most;
    g_array_free(best, TRUE);
    free(ranks);
    return status;
}

// Forgets photos that are too far, if no other is to be looked for. Returns those that may be
// nearer than is known, and near enough: their ids.
static GArray *open_photos(struct search *s)
{
    GHashTableIter iter;
    gpointer seen;
    GArray *open = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_hash_table_iter_init(&iter, s->photos);
    while (g_hash_table_iter_next(&iter, &seen, NULL)) {
        const struct rank rank = rank_of(s, seen);
        if (rank.least > s->most && s->closed)
            g_hash_table_iter_remove(&iter);
        else if (rank.least < rank.most && rank.least < s->most)
            g_array_append_val(open, rank.seen->photo);
    }
    return open;
}

// The color of which a round reads least for what it tells; their number: all is read.
static size_t next_color(const struct search *s)
{
    double least = INFINITY;
    size_t next = s->wish->count;
    for (size_t i = 0; i < s->wish->count; i++) {
        const double radius = s->radius[i];
        const double price =
            radius < 0 ? 0
                       : (double)(s->rows[i] + ROUND_PRICE) / (s->wish->colors[i].weight * radius);
        if (radius < s->wish->within && price < least) {
            least = price;
            next = i;
        }
    }
    return next;
}

// *done: the nearest are known.
static int settle(struct search *s, int *done, swatch_error *error)
{
    int status = learn_best(s, error);
    if (status)
        return status;
    s->fresh = 0;
    s->closed = unseen(s) >= s->most;
    GArray *open = open_photos(s);
    const size_t next = next_color(s);
    const size_t rows = next < s->wish->count ? s->rows[next] : 0;
    *done = s->closed && open->len * PHOTO_PRICE <= rows + ROUND_PRICE;
    if (*done)
        status = read_photos(s, open, error);
    g_array_free(open, TRUE);
    return status;
}

static int give(const struct search *s, struct find_hit **hits, size_t *count, swatch_error *error)
{
    struct rank *ranks;
    const size_t all = ranks_of(s, s->most, &ranks);
    *count = all < s->wish->limit ? all : s->wish->limit;
    *hits = calloc(*count + 1, sizeof **hits);
    for (size_t i = 0; i < *count && *hits; i++) {
        const struct candidate *seen = ranks[i].seen;
        (*hits)[i] = (struct find_hit){
            .photo = seen->photo, .distance = ranks[i].most, .share = seen->share};
        if (isfinite(seen->nearest[0]))
            number_hex(seen->rgb, (*hits)[i].hex);
    }
    free(ranks);
    if (ranks && *hits)
        return SWATCH_OK;
    free(*hits);
    *hits = NULL;
    *count = 0;
    return error_memory(error);
}

// The radius of the next round: a step, or less if that tells that no other photo is near enough.
static double next_radius(const struct search *s)
{
    const double radius = s->radius[s->color], left = s->most - unseen(s);
    double next = radius < 0 ? FIRST : radius * GROWTH;
    if (radius >= 0 && left > 0)
        next = fmin(next, radius + left / s->wish->colors[s->color].weight + TINY);
    return fmin(next, s->wish->within);
}

static int search(struct search *s, swatch_error *error)
{
    int done = 0, status = SWATCH_OK;
    while (!done && !status && (s->color = next_color(s)) < s->wish->count) {
        status = look(s, next_radius(s), error);
        // Each look at what is known goes through all photos that have been seen.
        if (!status &&
            (4 * s->fresh >= g_hash_table_size(s->photos) || (!s->closed && unseen(s) >= s->most)))
            status = settle(s, &done, error);
    }
    return status;
}

int find_photos(struct catalog *catalog, const struct find_wish *wish, struct find_hit **hits,
                size_t *count, swatch_error *error)
{
    struct search s = {.wish = wish, .catalog = catalog, .most = wish->within};
    *hits = NULL;
    *count = 0;
    s.cells = malloc(CELLS_MOST * sizeof *s.cells);
    if (!s.cells)
        return error_memory(error);
    for (size_t i = 0; i < wish->count; i++)
        s.radius[i] = -1;
    for (int i = 0; i < 256; i++)
        s.linear[i] = color_linear((uint8_t)i);
    s.photos = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    int status = search(&s, error);
    if (!status)
        status = give(&s, hits, count, error);
    g_hash_table_destroy(s.photos);
    free(s.cells);
    return status;
}
