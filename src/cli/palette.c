// swatch palette: the main colors of pictures, with nobody looked for, printed or as palette files.
// Without a folder to write into, all pictures make one palette of a group each.

#include <errno.h>
#include <getopt.h>
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
#include "verbs.h"

enum {
    OPTION_MASK = OPTION_LONG,
    OPTION_COLORS,
    OPTION_JSON,
    OPTION_FORMAT,
    OPTION_OVERWRITE,
    OPTION_MAX_PIXELS,
};

static const struct option_entry entries[] = {
    {OPTION_COLORS, "colors", "N", "at most N colors for each picture, 1-8 (default 5)"},
    {OPTION_MASK, "mask", "FILE",
     "a picture that is white, or opaque, where colors count; for one photo"},
    {OPTION_JSON, "json", NULL, "print JSON, a line for each picture"},
    {OPTION_FORMAT, "format", "FORMAT",
     "write a palette: gpl, ase, aco, css, json or svg; if not\ngiven, as FILE ends"},
    {'o', "output", "FILE",
     "where to; - is standard output, a folder or NAME/ gets a\nfile for "
     "each picture"},
    {OPTION_OVERWRITE, "overwrite", NULL, "replace files that are there already"},
    {'r', "recursive", NULL, "look for pictures in the folders below a folder, too"},
    {OPTION_MAX_PIXELS, "max-pixels", "N", "refuse pictures of more pixels (default 178956970)"},
    {'q', "quiet", NULL, "no progress; errors are still said"},
    {0},
};

struct settings {
    const char *mask, *output;
    swatch_palette_options options;
    size_t max_pixels;
    int format; // -1: none
    int folder; // output is one
    int json, overwrite, recursive, quiet;
};

const char *const palette_formats[] = {
    [SWATCH_PALETTE_GPL] = "gpl",   [SWATCH_PALETTE_ASE] = "ase",   [SWATCH_PALETTE_ACO] = "aco",
    [SWATCH_PALETTE_CSS] = "css",   [SWATCH_PALETTE_JSON] = "json", [SWATCH_PALETTE_SVG] = "svg",
    [SWATCH_PALETTE_FORMATS] = NULL};

// The format that a file's name ends in, or -1.
static int format_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < SWATCH_PALETTE_FORMATS; i++)
        if (strcasecmp(dot + 1, palette_formats[i]) == 0)
            return i;
    return -1;
}

// What the options mean together.
static int settle(const struct verb *verb, struct settings *s)
{
    struct stat info;
    const size_t length = s->output ? strlen(s->output) : 0;
    if (s->output && !length)
        return options_wrong(verb, "-o needs a name");
    if (s->output && strcmp(s->output, "-") == 0)
        s->output = NULL;
    const int binary = s->format == SWATCH_PALETTE_ASE || s->format == SWATCH_PALETTE_ACO;
    if (!s->output && binary && isatty(STDOUT_FILENO))
        return options_wrong(verb, "%s is nothing for a terminal, and -o is not given",
                             palette_formats[s->format]);
    if (!s->output)
        return s->json && s->format >= 0
                   ? options_wrong(verb, "--json and --format are both for standard output")
                   : SWATCH_OK;
    s->folder =
        s->output[length - 1] == '/' || (stat(s->output, &info) == 0 && S_ISDIR(info.st_mode));
    if (s->format < 0 && !s->folder)
        s->format = format_of(s->output);
    if (s->format < 0)
        return options_wrong(verb, "%s: its name tells no format, and --format is not given",
                             s->output);
    return SWATCH_OK;
}

static int parse(const struct verb *verb, int argc, char **argv, struct settings *s, int *key)
{
    int wrong = 0;
    *s = (struct settings){.format = -1};
    while (!wrong && (*key = options_next(verb, argc, argv)) != OPTION_END) {
        switch (*key) {
        case 'o':
            s->output = optarg;
            break;
        case 'r':
            s->recursive = 1;
            break;
        case 'q':
            s->quiet = 1;
            break;
        case OPTION_MASK:
            s->mask = optarg;
            break;
        case OPTION_COLORS:
            wrong =
                options_size(verb, "colors", optarg, 1, SWATCH_PALETTE_COLORS, &s->options.colors);
            break;
        case OPTION_JSON:
            s->json = 1;
            break;
        case OPTION_FORMAT:
            wrong = options_choice(verb, "format", optarg, palette_formats, &s->format);
            break;
        case OPTION_OVERWRITE:
            s->overwrite = 1;
            break;
        case OPTION_MAX_PIXELS:
            wrong = options_size(verb, "max-pixels", optarg, 1, (size_t)1 << 40, &s->max_pixels);
            break;
        default:
            return -1;
        }
    }
    if (!wrong && optind == argc)
        wrong = options_wrong(verb, "no photo is named");
    if (!wrong)
        wrong = settle(verb, s);
    *key = OPTION_WRONG;
    return wrong ? -1 : 0;
}

// What was measured so far, when it is to make one palette.
struct found {
    swatch_palette *palettes;
    swatch_group *groups; // names are lent by the list of photos
    size_t count;
};

static int measure(const struct settings *s, const char *path, swatch_photo **photo,
                   swatch_palette *palette, swatch_error *error)
{
    swatch_palette_options options = s->options;
    uint8_t *mask = NULL;
    int status = swatch_photo_open(path, s->max_pixels, photo, error);
    if (!status && s->mask)
        status = swatch_mask_open(s->mask, &mask, &options.mask_width, &options.mask_height, error);
    options.mask = mask;
    if (!status)
        status = swatch_palette_measure(*photo, &options, palette, error);
    free(mask);
    return status;
}

// A path on a terminal: control characters might make it do something.
static void print_path(const char *path)
{
    for (; *path; path++)
        putchar((unsigned char)*path < 0x20 || *path == 0x7f ? '?' : *path);
}

static int print_text(const char *path, const swatch_palette *p)
{
    print_path(path);
    printf("  %zu pixels%s\n", p->pixels, p->greyscale ? ", greyscale" : "");
    if (p->reason)
        printf("  no colors: %s\n", p->reason);
    for (size_t i = 0; i < p->color_count; i++)
        printf("  %s %5.1f %%  %s (%s)\n", p->colors[i].hex, 100 * p->colors[i].share,
               p->colors[i].xkcd, p->colors[i].css);
    return output_print("", 0);
}

// The colors as the library writes them into a palette, between what else is known.
static int print_json(const char *path, const swatch_photo *photo, const swatch_palette *p)
{
    const swatch_group group = {"", p->colors, p->color_count};
    void *bytes;
    size_t size;
    swatch_error error;
    if (swatch_palette_bytes(SWATCH_PALETTE_JSON, path, &group, 1, &bytes, &size, &error)) {
        fprintf(stderr, "swatch: %s\n", error.message);
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
        fprintf(stderr, "swatch: out of memory\n");
    failed |= !text;
    free(text);
    free(bytes);
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
                     : swatch_palette_bytes(format, title, groups, count, &bytes, &size, &error);
    if (status)
        fprintf(stderr, "swatch: %s\n", error.message);
    if (path || status)
        return status;
    status = output_print(bytes, size) ? SWATCH_FAILED : SWATCH_OK;
    free(bytes);
    return status;
}

// Does with one picture's colors what was asked for.
static int put(const struct settings *s, const struct photo_entry *entry, const swatch_photo *photo,
               const swatch_palette *palette, struct found *found)
{
    int status = SWATCH_OK;
    if (s->json || s->format < 0)
        status =
            s->json ? print_json(entry->path, photo, palette) : print_text(entry->path, palette);
    else if (palette->reason && !s->quiet)
        fprintf(stderr, "swatch: %s: no colors: %s\n", entry->path, palette->reason);
    if (status)
        return SWATCH_FAILED;
    if (s->folder) {
        const swatch_group group = {entry->name, palette->colors, palette->color_count};
        char *path = output_path(s->output, entry->name, palette_formats[s->format]);
        if (!path)
            fprintf(stderr, "swatch: out of memory\n");
        status = path ? save(s, entry->path, &group, 1, path) : SWATCH_FAILED;
        free(path);
    } else if (s->format >= 0) {
        swatch_palette *kept = &found->palettes[found->count];
        *kept = *palette;
        found->groups[found->count++] =
            (swatch_group){entry->name, kept->colors, kept->color_count};
    }
    return status;
}

static int run_all(const struct settings *s, const struct photo_list *list, struct found *found)
{
    struct progress bar;
    int status = SWATCH_OK;
    interrupt_catch();
    progress_start(&bar, s->quiet);
    for (size_t i = 0; i < list->count; i++) {
        const struct photo_entry *entry = &list->entries[i];
        swatch_photo *photo = NULL;
        swatch_palette palette;
        swatch_error error = {.status = SWATCH_FAILED};
        if (interrupted()) {
            progress_clear(&bar);
            fprintf(stderr, "swatch: interrupted, %zu not begun\n", list->count - i);
            return SWATCH_FAILED;
        }
        int failed = SWATCH_FAILED;
        if (entry->fault)
            snprintf(error.message, sizeof error.message, "%s", entry->fault);
        else
            failed = measure(s, entry->path, &photo, &palette, &error);
        progress_clear(&bar);
        if (failed)
            fprintf(stderr, "swatch: %s\n", error.message);
        else
            failed = put(s, entry, photo, &palette, found);
        swatch_photo_free(photo);
        if (failed)
            status = list->count == 1 ? failed : SWATCH_FAILED;
        progress_show(&bar, (double)(i + 1) / (double)list->count, "%zu of %zu  %s", i + 1,
                      list->count, entry->path);
    }
    progress_clear(&bar);
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings s;
    struct photo_list list = {0};
    struct found found = {0};
    int key, inputs = 0, status = SWATCH_FAILED;
    if (parse(verb, argc, argv, &s, &key))
        return options_status(key);
    for (int i = optind; i < argc; i++) {
        inputs += strcmp(argv[i], "-") == 0;
        if (photos_add(&list, argv[i], s.recursive))
            goto no_memory;
    }
    if (inputs > 1 || (s.mask && list.count != 1)) {
        status = options_wrong(verb, inputs > 1 ? "standard input is only one photo"
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
    fprintf(stderr, "swatch: out of memory\n");
done:
    free(found.palettes);
    free(found.groups);
    photos_free(&list);
    return status;
}

const struct verb verb_palette = {
    .name = "palette",
    .arguments = "[OPTION]... PHOTO...",
    .summary = "measure the main colors of any picture, and write palette files",
    .more =
        "Looks for nobody: the whole picture is measured, but for its transparent parts and what\n"
        "lies outside --mask. A PHOTO may be a folder; - is standard input. Prints the colors,\n"
        "unless --format or -o asks for a palette:\n"
        "  gpl   GIMP, Inkscape, Krita\n"
        "  ase   Adobe Swatch Exchange, a group for each picture\n"
        "  aco   Adobe color file (Photoshop)\n"
        "  css   custom properties: --anna-1: #1e3cc8;\n"
        "  json  colors in every notation, as in colors.json\n"
        "  svg   a strip for each picture\n"
        "Several pictures make one palette with a group for each, or, if -o names a folder, a\n"
        "file for each.\n"
        "\n"
        "  swatch palette anna/clothes.png\n"
        "  swatch palette photos/*.jpg -o summer.ase\n"
        "  swatch palette photos -o palettes/ --format gpl",
    .options = entries,
    .run = run,
};
