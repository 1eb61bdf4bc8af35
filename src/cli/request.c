#include "request.h"

#include <stdio.h>
#include <string.h>
#include <swatch.h>

#include "extract.h"
#include "palette.h"
#include "verbs.h"

static struct option_entry entries[SERVER_TASKS][OPTIONS_MOST + 1];
static struct verb verbs[SERVER_TASKS];

void request_options_make(void)
{
    static const struct verb *const origins[SERVER_TASKS] = {
        [SERVER_EXTRACT] = &verb_extract, [SERVER_PALETTE] = &verb_palette};
    for (size_t task = 0; task < SERVER_TASKS; task++) {
        size_t n = 0;
        for (const struct option_entry *o = origins[task]->options; o->name; o++)
            if (o->served) {
                entries[task][n] = *o;
                if (o->needs && strcmp(o->needs, "output") == 0) // there is always an answer
                    entries[task][n].needs = NULL;
                if (strcmp(o->name, "only") == 0)
                    entries[task][n].normal = "colors";
                n++;
            }
        verbs[task] = *origins[task];
        verbs[task].options = entries[task];
    }
}

const struct option_entry *request_options(enum server_task task)
{
    return entries[task];
}

static void wish_extract(const struct extract_settings *s, struct server_wish *wish)
{
    wish->extract = s->extract;
    wish->extract.size = sizeof wish->extract;
    wish->people = s->people;
    wish->whole = s->all_whole;
    wish->save = s->save;
    wish->save.pieces |= SWATCH_ONLY(SWATCH_PIECE_COLORS);
    wish->palettes = s->palettes * SWATCH_SAVE_PALETTE(0);
    wish->harmonies = s->telling.harmonies;
}

static void wish_palette(const struct palette_settings *s, int has_format, struct server_wish *wish)
{
    wish->colors = s->options;
    wish->colors.size = sizeof wish->colors;
    wish->palette = has_format ? s->format : -1;
    wish->harmonies = s->telling.harmonies;
}

int request_read(enum server_task task, const struct server_field *fields, size_t count,
                 struct server_wish *wish, char *message, size_t size)
{
    const struct verb *verb = &verbs[task];
    struct arguments arguments;
    union {
        struct extract_settings extract;
        struct palette_settings palette;
    } settings = {0};
    if (table_fields(verb, fields, count, &settings, &arguments, message, size))
        return -1;
    if (task == SERVER_PALETTE) {
        wish_palette(&settings.palette, table_given(verb, &arguments, "format"), wish);
        return 0;
    }
    const int status =
        extract_settle_save(&settings.extract, table_given(verb, &arguments, "ground"),
                            table_given(verb, &arguments, "quality"), "", message, size);
    wish_extract(&settings.extract, wish);
    return status;
}
