// swatch palette: the main colors of pictures, with nobody looked for, printed or as palette files.
// Without a folder to write into, all pictures make one palette of a group each.

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "photos.h"
#include "progress.h"
#include "say.h"
#include "shared.h"
#include "verbs.h"

struct settings {
    const char *mask, *output;
    swatch_colors_options options;
    size_t max_pixels;
    int format;
    int has_format; // `format` counts
    int folder;     // output is one
    int json, overwrite, recursive, quiet;
};

static const struct option_entry entries[] = {
    SHARED_COLORS(struct settings, options.colors, "at most N colors for each picture"),
    {"mask", 0, OPTION_FILE, "FILE",
     "a picture that is white, or opaque, where colors count; for one photo",
     .offset = offsetof(struct settings, mask)},
    SHARED_JSON(struct settings, json, "print JSON, a line for each picture"),
    {"format", 0, OPTION_CHOICE, "FORMAT", "write a palette of this format", "as FILE ends",
     .offset = offsetof(struct settings, format), .choices = shared_formats},
    {"output", 'o', OPTION_FILE, "FILE",
     "where to; - is standard output, a folder or NAME/ gets a file for each picture",
     .offset = offsetof(struct settings, output)},
    SHARED_OVERWRITE(struct settings, overwrite),
    SHARED_RECURSIVE(struct settings, recursive),
    SHARED_MAX_PIXELS(struct settings, max_pixels),
    SHARED_QUIET(struct settings, quiet),
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
static int settle(const struct verb *verb, struct settings *s)
{
    struct stat info;
    const size_t length = s->output ? strlen(s->output) : 0;
    if (s->output && strcmp(s->output, "-") == 0)
        s->output = NULL;
    const int binary =
        s->has_format && (s->format == SWATCH_PALETTE_ASE || s->format == SWATCH_PALETTE_ACO);
    if (!s->output && binary && isatty(STDOUT_FILENO))
        return table_wrong(verb, "%s is nothing for a terminal, and -o is not given",
                           shared_formats[s->format]);
    if (!s->output)
        return s->json && s->has_format
                   ? table_wrong(verb, "--json and --format are both for standard output")
                   : SWATCH_OK;
    s->folder =
        s->output[length - 1] == '/' || (stat(s->output, &info) == 0 && S_ISDIR(info.st_mode));
    if (!s->has_format && !s->folder && (s->format = format_of(s->output)) >= 0)
        s->has_format = 1;
    if (!s->has_format)
        return table_wrong(verb, "%s: its name tells no format, and --format is not given",
                           s->output);
    return SWATCH_OK;
}

// What was measured so far, when it is to make one palette.
struct found {
    swatch_colors *palettes;
    swatch_group *groups; // names are lent by the list of photos
    size_t count;
};

static int measure(const struct settings *s, const char *path, swatch_photo **photo,
                   swatch_colors *palette, swatch_error *error)
{
    swatch_colors_options options = s->options;
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    reading.max_pixels = s->max_pixels;
    options.size = sizeof options;
    uint8_t *mask = NULL;
    int status = swatch_photo_open(path, &reading, photo, error);
    if (!status && s->mask)
        status = swatch_mask_open(s->mask, &reading, &mask, &options.mask_width,
                                  &options.mask_height, error);
    options.mask = mask;
    if (!status)
        status = swatch_colors_measure(*photo, &options, palette, error);
    swatch_free(mask);
    return status;
}

// A path on a terminal: control characters might make it do something.
static void print_path(const char *path)
{
    for (; *path; path++)
        putchar((unsigned char)*path < 0x20 || *path == 0x7f ? '?' : *path);
}

static int print_text(const char *path, const swatch_colors *p)
{
    print_path(path);
    printf("  %zu pixels%s\n", p->pixels, p->greyscale ? ", greyscale" : "");
    if (p->reason)
        printf("  no colors: %s\n", p->reason);
    for (size_t i = 0; i < p->count; i++)
        printf("  %s %5.1f %%  %s (%s)\n", p->colors[i].hex, 100 * p->colors[i].share,
               p->colors[i].xkcd, p->colors[i].css);
    return output_print("", 0);
}

// The colors as the library writes them into a palette, between what else is known.
static int print_json(const char *path, const swatch_photo *photo, const swatch_colors *p)
{
    const swatch_group group = {"", p->colors, p->count};
    void *bytes;
    size_t size;
    swatch_error error;
    if (swatch_palette_encode(SWATCH_PALETTE_JSON, path, &group, 1, &bytes, &size, &error)) {
        say("swatch: %s", error.message);
        return -1;
    }
    json_t *palette = json_loadb(bytes, size, 0, NULL);
    json_t *colors =
        json_object_get(json_array_get(json_object_get(palette, "groups"), 0), "colors");
    json_t *json = json_pack(
        "{ss, sO, sI, sI, sI, sb, so}", "swatch", SWATCH_VERSION, "photo",
        json_object_get(palette, "palette"), "width", (json_int_t)swatch_photo_width(photo),
        "height", (json_int_t)swatch_photo_height(photo), "pixels", (json_int_t)p->pixels,
        "greyscale", p->greyscale, "colors", colors ? json_incref(colors) : json_array());
    int failed = p->reason && json_object_set_new(json, "reason", json_string(p->reason));
    char *text =
        failed ? NULL : json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(8));
    if (text)
        failed = puts(text) < 0 || output_print("", 0);
    else
        say("swatch: out of memory");
    failed |= !text;
    free(text);
    swatch_free(bytes);
    json_decref(json);
    json_decref(palette);
    return failed ? -1 : 0;
}

static int save(const struct settings *s, const char *title, const swatch_group *groups,
                size_t count, const char *path)
{
    const swatch_palette_format format = (swatch_palette_format)s->format;
    swatch_error error;
    void *bytes;
    size_t size;
    int status = path
                     ? swatch_palette_save(format, title, groups, count, path, s->overwrite, &error)
                     : swatch_palette_encode(format, title, groups, count, &bytes, &size, &error);
    if (status)
        say("swatch: %s", error.message);
    if (path || status)
        return status;
    status = output_print(bytes, size) ? SWATCH_FAILED : SWATCH_OK;
    swatch_free(bytes);
    return status;
}

// Does with one picture's colors what was asked for.
static int put(const struct settings *s, const struct photo_entry *entry, const swatch_photo *photo,
               const swatch_colors *palette, struct found *found)
{
    int status = SWATCH_OK;
    if (s->json || !s->has_format)
        status =
            s->json ? print_json(entry->path, photo, palette) : print_text(entry->path, palette);
    else if (palette->reason && !s->quiet)
        say("swatch: %s: no colors: %s", entry->path, palette->reason);
    if (status)
        return SWATCH_FAILED;
    if (s->folder) {
        const swatch_group group = {entry->name, palette->colors, palette->count};
        char *path = output_path(s->output, entry->name, shared_formats[s->format]);
        if (!path)
            say("swatch: out of memory");
        status = path ? save(s, entry->path, &group, 1, path) : SWATCH_FAILED;
        free(path);
    } else if (s->has_format) {
        swatch_colors *kept = &found->palettes[found->count];
        *kept = *palette;
        found->groups[found->count++] = (swatch_group){entry->name, kept->colors, kept->count};
    }
    return status;
}

static int run_all(const struct settings *s, const struct photo_list *list, struct found *found)
{
    int status = SWATCH_OK;
    interrupt_catch();
    progress_start(s->quiet);
    for (size_t i = 0; i < list->count; i++) {
        const struct photo_entry *entry = &list->entries[i];
        swatch_photo *photo = NULL;
        swatch_colors palette = SWATCH_COLORS_INIT;
        swatch_error error = {.status = SWATCH_FAILED};
        if (interrupted()) {
            progress_clear();
            say("swatch: interrupted, %zu not begun", list->count - i);
            return SWATCH_FAILED;
        }
        int failed = SWATCH_FAILED;
        if (entry->fault)
            snprintf(error.message, sizeof error.message, "%s", entry->fault);
        else
            failed = measure(s, entry->path, &photo, &palette, &error);
        progress_clear();
        if (failed)
            say("swatch: %s", error.message);
        else
            failed = put(s, entry, photo, &palette, found);
        swatch_photo_free(photo);
        if (failed)
            status = list->count == 1 ? failed : SWATCH_FAILED;
        progress_show((double)(i + 1) / (double)list->count, "%zu of %zu  %s", i + 1, list->count,
                      entry->path);
    }
    progress_clear();
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct settings s = *(struct settings *)settings;
    struct photo_list list = {0};
    struct found found = {0};
    int inputs = 0, status = SWATCH_FAILED;
    s.has_format = table_given(verb, arguments, "format");
    if (!arguments->count)
        return table_wrong(verb, "no photo is named");
    if (settle(verb, &s))
        return SWATCH_USAGE;
    for (int i = 0; i < arguments->count; i++) {
        inputs += strcmp(arguments->words[i], "-") == 0;
        if (photos_add(&list, arguments->words[i], s.recursive))
            goto no_memory;
    }
    if (inputs > 1 || (s.mask && list.count != 1)) {
        status = table_wrong(verb, inputs > 1 ? "standard input is only one photo"
                                              : "--mask goes with one photo");
        goto done;
    }
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an error to tell of, not an end halfway
    found.palettes = calloc(list.count, sizeof *found.palettes);
    found.groups = calloc(list.count, sizeof *found.groups);
    if (!found.palettes || !found.groups)
        goto no_memory;
    if (s.folder && output_folder(s.output))
        goto done;
    status = run_all(&s, &list, &found);
    if (found.count && !interrupted()) {
        const int failed = save(&s, list.count == 1 ? list.entries[0].path : "swatch", found.groups,
                                found.count, s.output);
        status = status ? status : failed;
    }
    goto done;
no_memory:
    say("swatch: out of memory");
done:
    free(found.palettes);
    free(found.groups);
    photos_free(&list);
    return status;
}

const struct verb verb_palette = {
    .name = "palette",
    .usage = "[OPTION]... PHOTO...",
    .summary = "measure the main colors of any picture, and write palette files",
    .more =
        "Looks for nobody: the whole picture is measured, but for its transparent parts and what "
        "lies outside --mask. A PHOTO may be a folder; - is standard input. Prints the colors, "
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
    .settings_size = sizeof(struct settings),
    .run = run,
};
