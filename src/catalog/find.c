// The search goes in rounds of growing radius. After each, all colors within the radius are known.
// So of a photo that has been seen it is known how near it is at least and at most, and one that
// has not been seen is farther than the radius. Where few photos are left that may be among the
// nearest, all their colors are read, and the search ends. So a common color, which half of the
// catalogue has, reads little of it.

#include "catalog/find.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "catalog/cells.h"
#include "catalog/schema.h"

#define OPEN_MOST 2000 // photos whose colors are read, rather than another round be gone
#define FIRST 1.0      // radius
#define GROWTH 1.5     // of the radius

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

struct seen {
    int64_t photo; // first: the table's key
    double nearest[FIND_COLORS];
    uint8_t rgb[3]; // nearest to the first color
    double share;   // of it
};

struct search {
    const struct find_wish *wish;
    struct catalog *catalog;
    GHashTable *photos; // of struct seen
    struct cell *cells; // room for CELLS_MOST
    size_t color;       // that is looked for now
    double radius;      // of the last round; below 0: there was none
    double most;        // no photo that is farther is one of the nearest
};

static struct seen *seen_of(struct search *s, int64_t photo)
{
    struct seen *seen = g_hash_table_lookup(s->photos, &photo);
    if (seen)
        return seen;
    seen = g_new0(struct seen, 1);
    seen->photo = photo;
    for (size_t i = 0; i < s->wish->count; i++)
        seen->nearest[i] = INFINITY;
    g_hash_table_add(s->photos, seen);
    return seen;
}

// Compares one color of the search with one of a photo.
static void compare_color(struct search *s, size_t color, const struct value *row)
{
    const int64_t photo = whole_of(&row[0]);
    const char *hex = text_of(&row[1]);
    const double share = real_of(&row[2]);
    uint8_t rgb[3];
    if (number_read_hex(hex, strlen(hex), rgb) || share < s->wish->least_share ||
        photo == s->wish->except)
        return;
    const double distance = color_ciede2000(s->wish->colors[color].lab,
                                            color_cielab((struct rgb){rgb[0], rgb[1], rgb[2]}));
    if (distance > s->wish->within)
        return;
    struct seen *seen = seen_of(s, photo);
    if (distance >= seen->nearest[color])
        return;
    seen->nearest[color] = distance;
    if (color == 0) {
        memcpy(seen->rgb, rgb, sizeof rgb);
        seen->share = share;
    }
}

static int take_near(void *user, const struct value *row)
{
    struct search *s = user;
    compare_color(s, s->color, row);
    return 0;
}

static int take_any(void *user, const struct value *row)
{
    struct search *s = user;
    for (size_t i = 0; i < s->wish->count && strcmp(text_of(&row[3]), s->wish->part) == 0; i++)
        compare_color(s, i, row);
    return 0;
}

// Reads the cells that may hold colors within `to` and were not read in the rounds before: those
// that follow each other by one statement.
static int look(struct search *s, double to, swatch_error *error)
{
    const size_t count = cells_near(s->wish->colors[s->color].lab, to, s->cells);
    const double from = s->radius;
    for (size_t i = 0; i < count; i++) {
        const struct cell *cells = s->cells;
        const int first = cells[i].number;
        if (cells[i].least <= from)
            continue;
        while (i + 1 < count && cells[i + 1].number == cells[i].number + 1 &&
               cells[i + 1].least > from)
            i++;
        const struct value values[] = {value_text(s->wish->part), value_whole(first),
                                       value_whole(cells[i].number)};
        const int status = s->catalog->engine->query(s->catalog->connection, schema_near, values, 3,
                                                     take_near, s, error);
        if (status)
            return status;
    }
    return SWATCH_OK;
}

// ---- What is known after a round ---------------------------------------------------------------

struct rank {
    const struct seen *seen;
    double least, most;
};

static struct rank rank_of(const struct search *s, const struct seen *seen)
{
    struct rank rank = {.seen = seen};
    for (size_t i = 0; i < s->wish->count; i++) {
        rank.least += s->wish->colors[i].weight * fmin(seen->nearest[i], s->radius);
        rank.most += s->wish->colors[i].weight * fmin(seen->nearest[i], s->wish->within);
    }
    return rank;
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

// Photos that may be nearer than is known, and nearer than `most`: their ids.
static GArray *open_photos(const struct search *s, double most)
{
    GHashTableIter iter;
    gpointer seen;
    GArray *open = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_hash_table_iter_init(&iter, s->photos);
    while (open->len <= OPEN_MOST && g_hash_table_iter_next(&iter, &seen, NULL)) {
        const struct rank rank = rank_of(s, seen);
        if (rank.least < rank.most && rank.least < most)
            g_array_append_val(open, rank.seen->photo);
    }
    return open;
}

// Looks whether as many photos as are wanted are within the radius. If so, reads the colors of
// those that may be nearer than is known, unless they are too many. *done: the nearest are known.
static int settle(struct search *s, int *done, swatch_error *error)
{
    struct rank *ranks;
    int status = SWATCH_OK;
    const size_t near = ranks_of(s, s->radius, &ranks);
    if (!ranks)
        return error_memory(error);
    if (near >= s->wish->limit) {
        s->most = ranks[s->wish->limit - 1].most;
        GArray *open = open_photos(s, s->most);
        *done = open->len <= OPEN_MOST;
        for (guint i = 0; i < open->len && *done && !status; i++) {
            const struct value photo = value_whole(g_array_index(open, int64_t, i));
            status = s->catalog->engine->query(s->catalog->connection, schema_all, &photo, 1,
                                               take_any, s, error);
        }
        g_array_free(open, TRUE);
    }
    free(ranks);
    return status;
}

static int give(const struct search *s, struct find_hit **hits, size_t *count, swatch_error *error)
{
    struct rank *ranks;
    const size_t all = ranks_of(s, s->most, &ranks);
    *count = all < s->wish->limit ? all : s->wish->limit;
    *hits = calloc(*count + 1, sizeof **hits);
    for (size_t i = 0; i < *count && *hits; i++) {
        const struct seen *seen = ranks[i].seen;
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

static int search(struct search *s, swatch_error *error)
{
    int done = 0, status = SWATCH_OK;
    for (double to = FIRST; !done && !status; to *= GROWTH) {
        to = fmin(to, s->wish->within);
        for (s->color = 0; s->color < s->wish->count && !status; s->color++)
            status = look(s, to, error);
        s->radius = to;
        done = to >= s->wish->within;
        if (!status && !done)
            status = settle(s, &done, error);
    }
    return status;
}

int find_photos(struct catalog *catalog, const struct find_wish *wish, struct find_hit **hits,
                size_t *count, swatch_error *error)
{
    struct search s = {.wish = wish, .catalog = catalog, .radius = -1, .most = wish->within};
    *hits = NULL;
    *count = 0;
    s.cells = malloc(CELLS_MOST * sizeof *s.cells);
    if (!s.cells)
        return error_memory(error);
    s.photos = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    int status = search(&s, error);
    if (!status)
        status = give(&s, hits, count, error);
    g_hash_table_destroy(s.photos);
    free(s.cells);
    return status;
}
