// swatch palette: the main colors of pictures, with nobody looked for, printed or as palette files.
// Without a folder to write into, all pictures make one palette of a group each.

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "palette.h"
#include "progress.h"
#include "say.h"
#include "shared.h"
#include "show.h"
#include "telling.h"
#include "verbs.h"

static const struct option_entry entries[] = {
    SHARED_COLORS(struct palette_settings, options.colors, "at most N colors for each picture"),
    {"mask", 0, OPTION_FILE, "FILE",
     "a picture that is white (or opaque) where colors count; goes with one photo",
     .offset = offsetof(struct palette_settings, mask)},
    TELLING_LISTS(struct palette_settings, telling),
    TELLING_HARMONIES(struct palette_settings, telling),
    SHARED_JSON(struct palette_settings, batch.json, "print JSON, a line for each picture"),
    {"format", 0, OPTION_CHOICE, "FORMAT", "the format of the palette", "by the ending of FILE",
     .offset = offsetof(struct palette_settings, format), .choices = shared_formats, .served = 1},
    {"output", 'o', OPTION_FILE, "FILE",
     "write the palette to FILE; - is standard output; a folder, or NAME/, gets a file for each "
     "picture",
     .offset = offsetof(struct palette_settings, batch.output)},
    SHARED_PHOTOS(struct palette_settings, batch, "output", NULL),
    {0},
};

// The format that a file's name ends in, or -1.
static int format_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < SWATCH_PALETTE_FORMATS; i++)
        if (strcasecmp(dot + 1, shared_formats[i]) == 0)
            return i;
    return -1;
}

// What the options mean together.
static int settle(const struct verb *verb, struct palette_settings *s)
{
    struct stat info;
    const char *to = s->batch.output;
    const size_t length = to ? strlen(to) : 0;
    if (to && strcmp(to, "-") == 0)
        to = s->batch.output = NULL;
    const int binary =
        s->has_format && (s->format == SWATCH_PALETTE_ASE || s->format == SWATCH_PALETTE_ACO);
    if (!to && binary && isatty(STDOUT_FILENO))
        return table_wrong(verb, "%s is nothing for a terminal, and -o is not given",
                           shared_formats[s->format]);
    if (!to && s->batch.json && s->has_format)
        return table_wrong(verb, "--json and --format are both for standard output");
    if (!to)
        return SWATCH_OK;
    if (to[length - 1] != '/' && !(stat(to, &info) == 0 && S_ISDIR(info.st_mode))) {
        if (s->batch.watch)
            return table_wrong(verb, "--watch needs a folder for -o, and %s is none", to);
        s->file = to;
        s->batch.output = NULL;
        if (!s->has_format && (s->format = format_of(to)) >= 0)
            s->has_format = 1;
    }
    return s->has_format ? SWATCH_OK
                         : table_wrong(verb,
                                       "%s: its name tells no format, and --format is not "
                                       "given",
                                       to);
}

// One palette of all pictures, as far as they are measured.
struct painter {
    const struct palette_settings *settings;
    swatch_group *groups; // they own their names and colors
    size_t count;
};

struct measured {
    swatch_colors palette;
    char *text; // that is printed
};

static int measure(void *user, struct job *job)
{
    const struct palette_settings *s = ((struct painter *)user)->settings;
    swatch_colors_options options = s->options;
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    uint8_t *mask = NULL;
    struct measured *m = job->work = calloc(1, sizeof *m);
    if (!m)
        return job_fail(job, SWATCH_FAILED, "out of memory");
    options.size = sizeof options;
    reading.max_pixels = s->batch.max_pixels;
    reading.max_memory = batch_network_memory(&s->batch);
    m->palette.size = sizeof m->palette;
    if (s->mask)
        job->status = swatch_mask_open(s->mask, &reading, &mask, &options.mask_width,
                                       &options.mask_height, &job->error);
    options.mask = mask;
    if (!job->status)
        job->status = swatch_colors_measure(job->photo, &options, &m->palette, &job->error);
    swatch_free(mask);
    if (!job->status && s->batch.json)
        job->status = swatch_colors_json_told(job->photo, &m->palette, &s->telling.told, &m->text,
                                              &job->error);
    return job->status;
}

static void release(struct job *job)
{
    struct measured *m = job->work;
    if (m)
        swatch_free(m->text);
    free(m);
}

// ---- What is printed ---------------------------------------------------------------------------

static void print_match(FILE *to, const uint8_t rgb[3], const swatch_names *match)
{
    uint8_t found[3];
    double distance;
    if (!match)
        return;
    const char *name = swatch_names_nearest(match, rgb, found, &distance);
    fprintf(to, " -> %s #%02x%02x%02x, %.1f away", name, found[0], found[1], found[2], distance);
}

static void print_color(FILE *to, const swatch_color *c, const swatch_telling *t)
{
    static const char *const names[SWATCH_HARMONIES] = {
        [SWATCH_COMPLEMENTARY] = "complementary",
        [SWATCH_ANALOGOUS] = "analogous",
        [SWATCH_TRIADIC] = "triadic",
    };
    uint8_t colors[SWATCH_HARMONY_COLORS][3];
    fprintf(to, "  %s %5.1f %%  %s (%s)", c->hex, 100 * c->share,
            t->names ? swatch_names_nearest(t->names, c->rgb, NULL, NULL) : c->xkcd,
            t->names ? c->xkcd : c->css);
    print_match(to, c->rgb, t->match);
    putc('\n', to);
    for (int i = 0; t->harmonies && i < SWATCH_HARMONIES; i++) {
        const size_t count = swatch_harmony_colors((swatch_harmony)i, c->rgb, colors);
        for (size_t k = 0; k < count; k++) {
            fprintf(to, "      %s #%02x%02x%02x", names[i], colors[k][0], colors[k][1],
                    colors[k][2]);
            print_match(to, colors[k], t->match);
            putc('\n', to);
        }
    }
}

static int write_text(const struct palette_settings *s, struct job *job, struct measured *m)
{
    const swatch_colors *p = &m->palette;
    size_t size;
    FILE *to = open_memstream(&m->text, &size);
    char path[4096];
    if (to) {
        show_safe(job->entry->path, path, sizeof path, INT_MAX);
        fprintf(to, "%s  %zu pixels%s\n", path, p->pixels, p->greyscale ? ", greyscale" : "");
        if (p->reason)
            fprintf(to, "  no colors: %s\n", p->reason);
        for (size_t i = 0; i < p->count; i++)
            print_color(to, &p->colors[i], &s->telling.told);
    }
    const int failed = !to || ferror(to);
    if ((to && fclose(to)) || failed)
        job_fail(job, SWATCH_FAILED, "out of memory");
    return job->status;
}

// ---- Palettes ----------------------------------------------------------------------------------

// Whether a file holds just these bytes.
static int holds(const char *path, const void *bytes, size_t size)
{
    gchar *there = NULL;
    gsize length;
    struct stat info;
    const int same = lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
                     (size_t)info.st_size == size &&
                     g_file_get_contents(path, &there, &length, NULL) && length == size &&
                     memcmp(there, bytes, size) == 0;
    g_free(there);
    return same;
}

// Writes the palette of one picture into the folder, unless it is there.
static int write_file(const struct palette_settings *s, struct job *job, const struct measured *m)
{
    const swatch_palette_format format = (swatch_palette_format)s->format;
    const char *slash = strrchr(job->name, '/');
    const swatch_group group = {slash ? slash + 1 : job->name, m->palette.colors, m->palette.count};
    char *path = output_path(s->batch.output, job->name, shared_formats[format]);
    void *bytes;
    size_t size;
    if (!path || output_above(path))
        job_fail(job, SWATCH_FAILED, "%s: the folder of its palette cannot be made",
                 job->entry->path);
    else if (!(job->status =
                   swatch_palette_encode_told(format, job->entry->path, &group, 1, &s->telling.told,
                                              &bytes, &size, &job->error))) {
        job->there = holds(path, bytes, size);
        if (!job->there)
            job->status = swatch_palette_save_told(
                format, job->entry->path, &group, 1, &s->telling.told, path,
                s->batch.overwrite ? SWATCH_REPLACE : 0, &job->error);
        swatch_free(bytes);
    }
    free(path);
    return job->status;
}

// Keeps a picture's colors for the one palette.
static int keep(struct painter *painter, struct job *job, const struct measured *m)
{
    swatch_group *larger = reallocarray(painter->groups, painter->count + 1, sizeof *larger);
    if (larger)
        painter->groups = larger;
    char *name = photos_name(job->entry, job->entry->whole);
    swatch_color *colors = malloc(sizeof m->palette.colors);
    if (!larger || !name || !colors) {
        free(name);
        free(colors);
        return job_fail(job, SWATCH_FAILED, "out of memory");
    }
    memcpy(colors, m->palette.colors, sizeof m->palette.colors);
    larger[painter->count++] = (swatch_group){name, colors, m->palette.count};
    return SWATCH_OK;
}

static int put(void *user, struct job *job)
{
    struct painter *painter = user;
    const struct palette_settings *s = painter->settings;
    struct measured *m = job->work;
    if (s->batch.json || !s->has_format) {
        if (!s->batch.json && write_text(s, job, m))
            return job->status;
        job->line = m->text;
    } else if (m->palette.reason && !s->batch.quiet) {
        say("swatch: %s: no colors: %s", job->entry->path, m->palette.reason);
    }
    if (s->batch.output)
        return write_file(s, job, m);
    return s->has_format ? keep(painter, job, m) : SWATCH_OK;
}

// Writes the one palette.
static int finish(const struct painter *painter, const char *title)
{
    const struct palette_settings *s = painter->settings;
    const swatch_palette_format format = (swatch_palette_format)s->format;
    swatch_error error;
    void *bytes;
    size_t size;
    int status = s->file
                     ? swatch_palette_save_told(format, title, painter->groups, painter->count,
                                                &s->telling.told, s->file,
                                                s->batch.overwrite ? SWATCH_REPLACE : 0, &error)
                     : swatch_palette_encode_told(format, title, painter->groups, painter->count,
                                                  &s->telling.told, &bytes, &size, &error);
    if (status)
        say("swatch: %s", error.message);
    if (s->file || status)
        return status;
    status = output_print(bytes, size) ? SWATCH_FAILED : SWATCH_OK;
    swatch_free(bytes);
    return status;
}

static int run_once(void *user, struct batch *batch)
{
    const struct painter *painter = user;
    int status = batch_run(batch);
    if (painter->count && !interrupted()) {
        const int failed =
            finish(painter, batch->list.count == 1 ? batch->list.entries[0].path : "swatch");
        status = status ? status : failed;
    }
    if (batch->options->output || interrupted())
        batch_tell(batch, NULL);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct palette_settings *s = settings;
    struct painter painter = {.settings = s};
    struct batch batch = {
        .options = &s->batch, .user = &painter, .work = measure, .write = put, .release = release};
    s->has_format = table_given(verb, arguments, "format");
    int status = settle(verb, s);
    status = status ? status : telling_open(&s->telling);
    if (!status)
        status = batch_list(&batch, verb, arguments, s->mask ? "mask" : NULL);
    if (!status)
        status = batch_rounds(&batch, run_once);
    for (size_t i = 0; i < painter.count; i++) {
        free((char *)painter.groups[i].name);
        free((swatch_color *)painter.groups[i].colors);
    }
    free(painter.groups);
    batch_end(&batch);
    telling_close(&s->telling);
    return status;
}

const struct verb verb_palette = {
    .name = "palette",
    .usage = "[OPTION]... PHOTO...",
    .summary = "measure the main colors of any picture, and write palette files",
    .more = "Measures the whole picture, without looking for people, except its transparent parts "
            "and what lies outside --mask. A PHOTO may be a folder; - is standard input. Prints "
            "the colors, "
            "unless --format or -o asks for a palette:\n"
            "  gpl   GIMP, Inkscape, Krita\n"
            "  ase   Adobe Swatch Exchange, a group for each picture\n"
            "  aco   Adobe color file (Photoshop)\n"
            "  css   custom properties: --anna-1: #1e3cc8;\n"
            "  json  colors in every notation, as in colors.json\n"
            "  svg   a strip for each picture\n"
            "Several pictures make one palette with a group for each, or, if -o names a folder, a "
            "file for each.\n"
            "\n"
            "  swatch palette anna/clothes.png\n"
            "  swatch palette photos/*.jpg -o summer.ase\n"
            "  swatch palette photos -o palettes/ --format gpl\n",
    .words = "file",
    .options = entries,
    .settings_size = sizeof(struct palette_settings),
    .run = run,
};
