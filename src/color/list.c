// Reads lists of named colors, strictly: a color that is silently left out would never be missed.
#include "color/list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "base/text.h"

#define FILE_MOST ((size_t)16 << 20)
#define FIELDS_MOST 64 // of a row; more count for nothing

// What is being read.
struct reader {
    const char *name; // of the file
    char *at;         // the next row; fields are cut out of the text in place
    size_t line;      // of the row that was read last, and how many lines were read
    size_t lines;
    char separator;
    size_t name_column, hex_column;
    swatch_error *error;
};

static int wrong(const struct reader *r, const char *what)
{
    return error_set(r->error, SWATCH_BAD_FILE, "%s:%zu: %s", r->name, r->line, what);
}

// The separator that comes first outside of quotes; a comma where there is none.
static char find_separator(const char *text)
{
    int quoted = 0;
    for (; *text && (quoted || !strchr("\r\n", *text)); text++) {
        if (*text == '"')
            quoted = !quoted;
        else if (!quoted && strchr(",;\t", *text))
            return *text;
    }
    return ',';
}

// Takes the field at r->at, which becomes a text of its own, and moves behind it. *last: it ends
// the row.
static int read_field(struct reader *r, char **field, int *last)
{
    char *from = r->at, *to = r->at;
    const int quoted = *from == '"';
    *field = to;
    from += quoted;
    if (quoted)
        while (*from && (*from != '"' || from[1] == '"')) {
            from += *from == '"';
            r->lines += *from == '\n';
            *to++ = *from++;
        }
    if (quoted && *from++ != '"')
        return wrong(r, "a quote is not closed");
    while (!quoted && *from && *from != r->separator && !strchr("\r\n", *from))
        *to++ = *from++;
    const char end = *from;
    if (end && end != r->separator && !strchr("\r\n", end))
        return wrong(r, "something stands behind the quote that ends a field");
    *last = end != r->separator;
    from += end == '\r' && from[1] == '\n';
    r->at = from + (*from != 0);
    r->lines += *last && end;
    *to = 0;
    return SWATCH_OK;
}

// The fields of the next row. *count is 0 for an empty line.
static int read_row(struct reader *r, char *fields[FIELDS_MOST], size_t *count)
{
    int last = 0;
    r->line = r->lines + 1;
    for (*count = 0; !last;) {
        char *field;
        const int status = read_field(r, &field, &last);
        if (status)
            return status;
        if (*count < FIELDS_MOST)
            fields[(*count)++] = field;
    }
    if (*count == 1 && !*fields[0])
        *count = 0;
    return SWATCH_OK;
}

// Whether the row says which column is which; takes that over.
static int is_head(struct reader *r, char *const fields[], size_t count)
{
    size_t name = count, hex = count;
    for (size_t i = count; i-- > 0;) {
        name = strcasecmp(fields[i], "name") == 0 ? i : name;
        hex = strcasecmp(fields[i], "hex") == 0 ? i : hex;
    }
    if (name == count || hex == count)
        return 0;
    r->name_column = name;
    r->hex_column = hex;
    return 1;
}

static int read_color(const char *text, struct rgb *color)
{
    char hex[8] = "#";
    uint8_t rgb[3];
    const size_t length = strlen(text);
    if (length != 7 && (length != 6 || *text == '#'))
        return -1;
    memcpy(hex + (length == 6), text, length);
    if (number_read_hex(hex, 7, rgb))
        return -1;
    *color = (struct rgb){rgb[0], rgb[1], rgb[2]};
    return 0;
}

// Whether the text is UTF-8 that stays on its line.
static int is_name(const char *text)
{
    const char *at = text;
    for (uint32_t code; (code = text_next(&at));)
        if (text_breaks_line(code) || code == 0xfffd)
            return 0;
    return 1;
}

static int add_row(const struct reader *r, char *const fields[], size_t count,
                   struct swatch_names *list)
{
    struct rgb color;
    if (r->name_column >= count || r->hex_column >= count)
        return wrong(r, "a row is a name and a color, as in navy,#1e2a4a");
    const char *name = fields[r->name_column], *hex = fields[r->hex_column];
    if (read_color(hex, &color))
        return error_set(r->error, SWATCH_BAD_FILE, "%s:%zu: \"%.40s\" is no color like #1e2a4a",
                         r->name, r->line, hex);
    if (!*name)
        return wrong(r, "a color has no name");
    if (strlen(name) > LIST_NAME || !is_name(name))
        return wrong(r, "a name must be at most 128 bytes of UTF-8, on one line");
    if (list->count == LIST_MOST)
        return wrong(r, "there are more than 100000 colors");
    list->names[list->count] = (struct named_color){name, color_cielab(color)};
    list->colors[list->count++] = color;
    return SWATCH_OK;
}

static int read_rows(struct reader *r, struct swatch_names *list)
{
    char *fields[FIELDS_MOST];
    size_t count;
    for (int first = 1; *r->at;) {
        int status = read_row(r, fields, &count);
        if (!status && count && !(first && is_head(r, fields, count)))
            status = add_row(r, fields, count, list);
        first &= !count;
        if (status)
            return status;
    }
    return list->count ? SWATCH_OK
                       : error_set(r->error, SWATCH_BAD_FILE, "%s: holds no color", r->name);
}

struct entry {
    struct named_color named;
    struct rgb color;
    size_t place; // in the file
};

static int by_lightness(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    if (a->named.lab.l < b->named.lab.l || a->named.lab.l > b->named.lab.l)
        return a->named.lab.l < b->named.lab.l ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int sort(struct swatch_names *list, swatch_error *error)
{
    struct entry *entries = malloc(list->count * sizeof *entries);
    if (!entries)
        return error_memory(error);
    for (size_t i = 0; i < list->count; i++)
        entries[i] = (struct entry){list->names[i], list->colors[i], i};
    qsort(entries, list->count, sizeof *entries, by_lightness);
    for (size_t i = 0; i < list->count; i++) {
        list->names[i] = entries[i].named;
        list->colors[i] = entries[i].color;
    }
    free(entries);
    return SWATCH_OK;
}

// No more rows than line ends and one.
static size_t count_lines(const char *text)
{
    size_t count = 1;
    for (; *text; text++)
        count += strchr("\r\n", *text) != NULL;
    return count < LIST_MOST ? count : LIST_MOST;
}

int list_parse(const char *name, const char *text, size_t size, struct swatch_names **list,
               swatch_error *error)
{
    struct swatch_names *l = calloc(1, sizeof *l);
    *list = NULL;
    if (!l)
        return error_memory(error);
    const size_t room = count_lines(text);
    l->names = calloc(room, sizeof *l->names);
    l->colors = calloc(room, sizeof *l->colors);
    l->text = malloc(size + 1);
    atomic_init(&l->owners, 1);
    int status = l->names && l->colors && l->text ? SWATCH_OK : error_memory(error);
    if (!status && memchr(text, 0, size))
        status = error_set(error, SWATCH_BAD_FILE, "%s: is no text", name);
    if (!status) {
        memcpy(l->text, text, size);
        l->text[size] = 0;
        struct reader r = {.name = name,
                           .at = l->text,
                           .separator = find_separator(l->text),
                           .hex_column = 1,
                           .error = error};
        status = read_rows(&r, l);
    }
    if (!status)
        status = sort(l, error);
    if (status)
        list_release(l);
    else
        *list = l;
    return status;
}

int list_open(const char *path, struct swatch_names **list, swatch_error *error)
{
    char *text;
    size_t size;
    *list = NULL;
    int status = file_read_text(path, FILE_MOST, &text, &size, error);
    if (status)
        return status;
    status = list_parse(path, text, size, list, error);
    free(text);
    return status;
}

void list_keep(const struct swatch_names *list)
{
    if (list)
        atomic_fetch_add(&((struct swatch_names *)list)->owners, 1);
}

void list_release(const struct swatch_names *list)
{
    struct swatch_names *l = (struct swatch_names *)list;
    if (!l || atomic_fetch_sub(&l->owners, 1) > 1)
        return;
    free(l->names);
    free(l->colors);
    free(l->text);
    free(l);
}

size_t list_nearest(const struct swatch_names *list, struct rgb c, double *distance)
{
    return color_nearest(list->names, list->count, color_cielab(c), distance);
}

const char *list_name(const struct swatch_names *list, struct rgb c)
{
    double distance;
    return list->names[list_nearest(list, c, &distance)].name;
}
