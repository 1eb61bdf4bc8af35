// Makes palette files: cleans the text, leaves out empty groups, and calls the writer of the
// format.

#include <stdlib.h>
#include <string.h>

#include "out/palette.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

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

void palette_color_name(const swatch_group *group, size_t index, char name[PALETTE_NAME])
{
    char tail[64];
    const size_t more = (size_t)snprintf(tail, sizeof tail, "%s%zu %.40s", *group->name ? " " : "",
                                         index + 1, group->colors[index].xkcd);
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
}

static int check_group(const swatch_group *g)
{
    int failed = !g->name || (g->count && !g->colors);
    for (size_t i = 0; i < g->count && !failed; i++)
        failed = !g->colors[i].basic || !g->colors[i].css || !g->colors[i].xkcd;
    return failed;
}

static int prepare(struct palette *p, const char *title, const swatch_group *groups, size_t count,
                   swatch_error *error)
{
    p->title = text_line(title);
    p->groups = calloc(count ? count : 1, sizeof *p->groups);
    if (!p->title || !p->groups)
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
                   size_t count, void **data, size_t *size, swatch_error *error)
{
    struct palette p = {0};
    char *bytes = NULL;
    *data = NULL;
    *size = 0;
    if ((unsigned)format >= SWATCH_PALETTE_FORMATS)
        return error_set(error, SWATCH_USAGE, "%s: a palette format of number %d", title,
                         (int)format);
    int status = prepare(&p, title, groups, count, error);
    if (!status)
        status = file_compose(write_palette, &(struct writing){format, &p}, &bytes, size, error);
    if (!status)
        *data = bytes;
    clear(&p);
    return status;
}

int palette_save(swatch_palette_format format, const char *title, const swatch_group *groups,
                 size_t count, const char *path, unsigned how, swatch_error *error)
{
    void *data;
    size_t size;
    int status = palette_encode(format, title, groups, count, &data, &size, error);
    if (!status)
        status = file_put(path, data, size, (how & SWATCH_REPLACE) != 0, error);
    free(data);
    return status;
}
