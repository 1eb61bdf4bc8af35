// Makes palette files: cleans the text, leaves out empty groups, and calls the writer of the
// format.

#include <stdlib.h>
#include <string.h>

#include "out/palette.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "color/fill.h"
#include "color/hair.h"
#include "color/harmony.h"
#include "color/list.h"

static const struct {
    const char *extension;
    int (*write)(FILE *to, const struct palette *palette);
} formats[SWATCH_PALETTE_FORMATS] = {
    [SWATCH_PALETTE_GPL] = {"gpl", palette_gpl},    [SWATCH_PALETTE_ASE] = {"ase", palette_ase},
    [SWATCH_PALETTE_ACO] = {"aco", palette_aco},    [SWATCH_PALETTE_CSS] = {"css", palette_css},
    [SWATCH_PALETTE_JSON] = {"json", palette_json}, [SWATCH_PALETTE_SVG] = {"svg", palette_svg},
};

const char *palette_extension(swatch_palette_format format)
{
    return (unsigned)format < SWATCH_PALETTE_FORMATS ? formats[format].extension : NULL;
}

const char *palette_word(const struct palette *p, size_t group, size_t index)
{
    const swatch_color *c = &p->groups[group].colors[index];
    const struct rgb rgb = {c->rgb[0], c->rgb[1], c->rgb[2]};
    if (p->groups[group].colors == p->words.hair)
        return hair_word(rgb, p->words.apparent);
    if (!*c->xkcd || !p->words.telling || !p->words.telling->names)
        return c->xkcd;
    return list_name(p->words.telling->names, rgb);
}

void palette_color_name(const struct palette *p, size_t index_of_group, size_t index,
                        char name[PALETTE_NAME])
{
    const swatch_group *group = &p->groups[index_of_group];
    const char *word = palette_word(p, index_of_group, index);
    char tail[LIST_NAME + 32];
    const size_t more = (size_t)snprintf(tail, sizeof tail, "%s%zu%s%s", *group->name ? " " : "",
                                         index + 1, *word ? " " : "", word);
    size_t room = PALETTE_NAME - 1 - (more < sizeof tail ? more : sizeof tail - 1);
    const size_t length = strlen(group->name);
    room = length < room ? length : room;
    // Not within a character, whose further bytes all begin with the bits 10.
    while (room > 0 && room < length && ((unsigned char)group->name[room] & 0xc0) == 0x80)
        room--;
    memcpy(name, group->name, room);
    strcpy(name + room, tail);
}

static void clear(struct palette *p)
{
    for (size_t i = 0; i < p->count; i++)
        free((char *)p->groups[i].name);
    free(p->groups);
    free(p->title);
    free(p->turned);
}

static int check_group(const swatch_group *g)
{
    int failed = !g->name || (g->count && !g->colors);
    for (size_t i = 0; i < g->count && !failed; i++)
        failed = !g->colors[i].basic || !g->colors[i].css || !g->colors[i].xkcd;
    return failed;
}

// Adds a group for each harmony of the colors of the last one. `turned` has their colors, and moves
// behind them.
static int add_harmonies(struct palette *p, swatch_color **turned, swatch_error *error)
{
    const swatch_group of = p->groups[p->count - 1];
    for (int h = 0; h < SWATCH_HARMONIES; h++) {
        swatch_group group = {NULL, *turned, 0};
        for (size_t i = 0; i < of.count; i++) {
            const swatch_color *c = &of.colors[i];
            struct rgb to[SWATCH_HARMONY_COLORS];
            const size_t n = harmony_make(h, (struct rgb){c->rgb[0], c->rgb[1], c->rgb[2]}, to);
            for (size_t k = 0; k < n; k++)
                (*turned)[group.count++] = color_fill(to[k], c->share);
        }
        if (group.count == 0)
            continue;
        char *name = NULL;
        if (asprintf(&name, "%s%s%s", of.name, *of.name ? " " : "", harmony_names[h]) < 0)
            return error_memory(error);
        group.name = name;
        *turned += group.count;
        p->colors += group.count;
        p->groups[p->count++] = group;
    }
    return SWATCH_OK;
}

// Where a palette has groups of harmonies: colors of things, in a format that does not tell them
// with each color.
static int has_harmonies(const struct palette *p, const swatch_group *group)
{
    return p->turned && group->colors != p->words.hair && *group->colors->basic;
}

static int prepare(struct palette *p, int harmonies, const char *title, const swatch_group *groups,
                   size_t count, swatch_error *error)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += groups[i].count;
    p->title = text_line(title);
    p->groups = calloc(count * (1 + SWATCH_HARMONIES) + 1, sizeof *p->groups);
    p->turned = harmonies
                    ? calloc(all * SWATCH_HARMONIES * SWATCH_HARMONY_COLORS + 1, sizeof *p->turned)
                    : NULL;
    swatch_color *turned = p->turned;
    if (!p->title || !p->groups || (harmonies && !turned))
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        if (check_group(&groups[i]))
            return error_set(error, SWATCH_USAGE, "%s: a group or a color of it has no name",
                             p->title);
        if (groups[i].count == 0)
            continue;
        char *name = text_line(groups[i].name);
        if (!name)
            return error_memory(error);
        p->groups[p->count++] = (swatch_group){name, groups[i].colors, groups[i].count};
        p->colors += groups[i].count;
        if (has_harmonies(p, &groups[i]) && add_harmonies(p, &turned, error))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

struct writing {
    swatch_palette_format format;
    const struct palette *palette;
};

static int write_palette(FILE *to, const void *what)
{
    const struct writing *w = what;
    return formats[w->format].write(to, w->palette);
}

int palette_encode(swatch_palette_format format, const char *title, const swatch_group *groups,
                   size_t count, struct palette_words words, void **data, size_t *size,
                   swatch_error *error)
{
    struct palette p = {.words = words};
    char *bytes = NULL;
    *data = NULL;
    *size = 0;
    if ((unsigned)format >= SWATCH_PALETTE_FORMATS)
        return error_set(error, SWATCH_USAGE, "%s: a palette format of number %d", title,
                         (int)format);
    const int harmonies =
        words.telling && words.telling->harmonies && format != SWATCH_PALETTE_JSON;
    int status = prepare(&p, harmonies, title, groups, count, error);
    if (!status)
        status = file_compose(write_palette, &(struct writing){format, &p}, &bytes, size, error);
    if (!status)
        *data = bytes;
    clear(&p);
    return status;
}

int palette_save(swatch_palette_format format, const char *title, const swatch_group *groups,
                 size_t count, struct palette_words words, const char *path, unsigned how,
                 swatch_error *error)
{
    void *data;
    size_t size;
    int status = palette_encode(format, title, groups, count, words, &data, &size, error);
    if (!status)
        status = file_put(path, data, size, (how & SWATCH_REPLACE) != 0, error);
    free(data);
    return status;
}
