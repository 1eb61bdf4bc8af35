// The search goes in rounds of growing radius. After each, all colors within the radius are known,
// so of a photo that has been seen it is known how near it is at least and at most, and one that
// has not been seen is farther than the radius. It ends as soon as no other photo can be nearer
// than those found. So a common color, which half of the catalogue has, reads little of it.

#include "catalog/find.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "catalog/cells.h"
#include "catalog/schema.h"

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
    struct cell *cells[FIND_COLORS];
    size_t cell_count[FIND_COLORS];
    size_t color; // that is looked for now
};

static int take_color(void *user, const struct value *row)
{
    struct search *s = user;
    const int64_t photo = whole_of(&row[0]);
    const char *hex = text_of(&row[1]);
    const double share = real_of(&row[2]);
    uint8_t rgb[3];
    if (number_read_hex(hex, strlen(hex), rgb) || share < s->wish->least_share ||
        photo == s->wish->except)
        return 0;
    const double distance = color_ciede2000(s->wish->colors[s->color].lab,
                                            color_cielab((struct rgb){rgb[0], rgb[1], rgb[2]}));
    if (distance > s->wish->within)
        return 0;
    struct seen *seen = g_hash_table_lookup(s->photos, &photo);
    if (!seen) {
        seen = g_new0(struct seen, 1);
        seen->photo = photo;
        for (size_t i = 0; i < s->wish->count; i++)
            seen->nearest[i] = INFINITY;
        g_hash_table_add(s->photos, seen);
    }
    if (distance < seen->nearest[s->color]) {
        seen->nearest[s->color] = distance;
        if (s->color == 0) {
            memcpy(seen->rgb, rgb, sizeof rgb);
            seen->share = share;
        }
    }
    return 0;
}

// Reads the cells that are nearer than `to` and not nearer than `from`: those that follow each
// other by one statement.
static int look(struct search *s, double from, double to, swatch_error *error)
{
    const struct cell *cells = s->cells[s->color];
    const size_t count = s->cell_count[s->color];
    for (size_t i = 0; i < count; i++) {
        if (cells[i].least < from || cells[i].least >= to)
            continue;
        const int first = cells[i].number;
        while (i + 1 < count && cells[i + 1].number == cells[i].number + 1 &&
               cells[i + 1].least >= from && cells[i + 1].least < to)
            i++;
        const struct value values[] = {value_text(s->wish->part), value_whole(first),
                                       value_whole(cells[i].number)};
        if (s->catalog->engine->query(s->catalog->connection, schema_near, values, 3, take_color, s,
                                      error))
            return (int)error->status;
    }
    return SWATCH_OK;
}

// ---- What is known after a round ---------------------------------------------------------------

struct rank {
    const struct seen *seen;
    double least, most;
};

static struct rank rank_of(const struct search *s, const struct seen *seen, double radius)
{
    struct rank rank = {.seen = seen};
    for (size_t i = 0; i < s->wish->count; i++) {
        rank.least += s->wish->colors[i].weight * fmin(seen->nearest[i], radius);
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

// All photos seen, the nearest first; to be freed. NULL without memory, and for none.
static struct rank *ranks_of(const struct search *s, double radius)
{
    GHashTableIter iter;
    gpointer seen;
    size_t count = 0;
    struct rank *ranks = calloc(g_hash_table_size(s->photos), sizeof *ranks);
    if (!ranks)
        return NULL;
    g_hash_table_iter_init(&iter, s->photos);
    while (g_hash_table_iter_next(&iter, &seen, NULL))
        ranks[count++] = rank_of(s, seen, radius);
    qsort(ranks, count, sizeof *ranks, compare);
    return ranks;
}

// Whether no photo but the first `limit` can be one of them.
static int is_settled(const struct search *s, const struct rank *ranks, double radius)
{
    const size_t limit = s->wish->limit, count = g_hash_table_size(s->photos);
    if (count < limit || ranks[limit - 1].most > radius)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (i < limit ? ranks[i].least < ranks[i].most : ranks[i].least < ranks[limit - 1].most)
            return 0;
    return 1;
}

static int give(const struct search *s, const struct rank *ranks, struct find_hit **hits,
                size_t *count, swatch_error *error)
{
    const size_t all = g_hash_table_size(s->photos);
    *count = all < s->wish->limit ? all : s->wish->limit;
    if (*count && !(*hits = calloc(*count, sizeof **hits))) {
        *count = 0;
        return error_memory(error);
    }
    for (size_t i = 0; i < *count; i++) {
        const struct seen *seen = ranks[i].seen;
        (*hits)[i] = (struct find_hit){
            .photo = seen->photo, .distance = ranks[i].most, .share = seen->share};
        if (isfinite(seen->nearest[0]))
            number_hex(seen->rgb, (*hits)[i].hex);
    }
    return SWATCH_OK;
}

static int search(struct search *s, struct find_hit **hits, size_t *count, swatch_error *error)
{
    static const double radii[] = {0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96};
    double from = 0;
    for (size_t i = 0;; i++) {
        const int last = i == sizeof radii / sizeof *radii || radii[i] >= s->wish->within;
        const double radius = last ? s->wish->within : radii[i];
        for (s->color = 0; s->color < s->wish->count; s->color++)
            if (look(s, from, last ? INFINITY : radius, error))
                return (int)error->status;
        from = radius;
        const size_t seen = g_hash_table_size(s->photos);
        if (!last && seen < s->wish->limit)
            continue;
        struct rank *ranks = ranks_of(s, radius);
        if (!ranks && seen)
            return error_memory(error);
        const int done = last || is_settled(s, ranks, radius);
        const int status = done ? give(s, ranks, hits, count, error) : SWATCH_OK;
        free(ranks);
        if (done)
            return status;
    }
}

int find_photos(struct catalog *catalog, const struct find_wish *wish, struct find_hit **hits,
                size_t *count, swatch_error *error)
{
    struct search s = {.wish = wish, .catalog = catalog};
    swatch_error own;
    int status = SWATCH_OK;
    *hits = NULL;
    *count = 0;
    error = error ? error : &own;
    for (size_t i = 0; i < wish->count && !status; i++) {
        s.cells[i] = malloc(CELLS_MOST * sizeof *s.cells[i]);
        if (s.cells[i])
            s.cell_count[i] = cells_near(wish->colors[i].lab, wish->within, s.cells[i]);
        else
            status = error_memory(error);
    }
    s.photos = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    if (!status)
        status = search(&s, hits, count, error);
    g_hash_table_destroy(s.photos);
    for (size_t i = 0; i < wish->count; i++)
        free(s.cells[i]);
    return status;
}
