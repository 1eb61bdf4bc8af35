#include "key.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void finish(GChecksum *sum, char key[KEY_SIZE])
{
    snprintf(key, KEY_SIZE, "%s", g_checksum_get_string(sum));
    g_checksum_free(sum);
}

static void add_text(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

// A file counts by its size and by when it was written: reading a model again takes time at the
// start.
static void add_file(GChecksum *sum, const char *path)
{
    char text[96] = "";
    struct stat info;
    if (path && stat(path, &info) == 0)
        snprintf(text, sizeof text, "%lld %lld.%09ld", (long long)info.st_size,
                 (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    add_text(sum, text);
}

void key_of_models(const struct server_options *options, const swatch_model *clothes,
                   const swatch_model *people, char key[KEY_SIZE])
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char text[16];
    add_text(sum, swatch_version());
    add_text(sum, swatch_model_json(clothes));
    add_text(sum, people ? swatch_model_json(people) : "");
    add_file(sum, options->model);
    add_file(sum, options->person);
    add_file(sum, options->classes);
    add_file(sum, options->names_file);
    add_file(sum, options->match_file);
    snprintf(text, sizeof text, "%d", (int)options->precision);
    add_text(sum, text);
    finish(sum, key);
}

void key_of_request(const struct exchange *e, const char *models, char key[KEY_SIZE])
{
    const struct server_wish *w = &e->wish;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char text[320];
    snprintf(text, sizeof text,
             "%d %d %d %zu %d %d %d %zu %d %zu %d %d %x %x %d %zu %zu %d %d %d %d %d %d %d %d %d",
             e->task, (int)w->extract.masks, (int)w->extract.background, w->extract.colors,
             w->extract.white_balance, w->extract.no_flip, w->extract.no_refine, w->people,
             w->whole, w->colors.colors, w->palette, w->harmonies, w->palettes, w->save.pieces,
             (int)w->save.format, w->save.quality, w->save.max_side, w->save.crop,
             w->save.has_ground, w->save.ground[0], w->save.ground[1], w->save.ground[2],
             (int)w->save.edges, (int)w->save.card, w->save.card_dark, (int)e->accepts);
    add_text(sum, models);
    add_text(sum, text);
    add_text(sum, e->body.name);
    g_checksum_update(sum, e->body.photo, (gssize)e->body.size);
    finish(sum, key);
}
