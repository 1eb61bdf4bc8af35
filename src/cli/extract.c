// swatch extract: photos to folders of cut-outs and colors.

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "extract_line.h"
#include "model_file.h"
#include "output.h"
#include "photos.h"
#include "verbs.h"

enum {
    OPTION_CLASSES = OPTION_LONG,
    OPTION_MASKS,
    OPTION_PERSON,
    OPTION_PEOPLE,
    OPTION_PERSON_MASK,
    OPTION_SOFT,
    OPTION_BACKGROUND,
    OPTION_COLORS,
    OPTION_WHITE_BALANCE,
    OPTION_NO_FLIP,
    OPTION_NO_REFINE,
    OPTION_MAX_PIXELS,
    OPTION_PRECISION,
    OPTION_PALETTE,
    OPTION_REPORT,
    OPTION_OVERWRITE,
    OPTION_JSON,
};

static const struct option_entry entries[] = {
    {'o', "output", "DIR", "write DIR/NAME/ for each photo NAME.jpg; DIR is made if need be"},
    {'m', "model", "FILE", "the model; otherwise $SWATCH_MODEL, then " MODEL_DEFAULT},
    {OPTION_CLASSES, "classes", "N",
     "answer in 4, 29 or 59 classes, or in those of a class file;\notherwise in the model's own"},
    {'r', "recursive", NULL, "look for photos in the folders below a folder, too"},
    {OPTION_MASKS, "masks", "HOW",
     "auto, argmax (highest class score) or hsv (thresholds on\nthe color-coded map)"},
    {OPTION_PERSON, "person", "FILE",
     "the model that finds people, or none: look at the whole photo;\notherwise "
     "$SWATCH_PERSON_MODEL, then " PERSON_MODEL_DEFAULT ", if it\nis there"},
    {OPTION_PEOPLE, "people", "WHO",
     "largest (default), all, a number of people, largest first,\nor none"},
    {OPTION_PERSON_MASK, "person-mask", "FILE",
     "a picture that is white where the person is; for one photo"},
    {OPTION_SOFT, "soft-person", NULL, "person.png says how surely a pixel is the person's, 0-255"},
    {OPTION_BACKGROUND, "background", "COLOR",
     "painted around the person before the network looks: keep\n(nothing, default), grey, black or "
     "white"},
    {OPTION_COLORS, "colors", "N", "at most N colors for each region, 1-8 (default 5)"},
    {OPTION_WHITE_BALANCE, "white-balance", NULL,
     "give colors as under neutral light, too, estimated on the\nwhole photo"},
    {OPTION_NO_FLIP, "no-flip", NULL,
     "do not look at the mirrored photo as well: faster, a little worse"},
    {OPTION_NO_REFINE, "no-refine", NULL, "do not draw the edges along the photo's"},
    {OPTION_MAX_PIXELS, "max-pixels", "N", "refuse photos of more pixels (default 178956970)"},
    {OPTION_PRECISION, "precision", "WHICH", "auto, f32 or bf16"},
    {OPTION_PALETTE, "palette", "FORMATS",
     "write palette.FORMAT, too: gpl, ase, aco, css, json, svg, or\nseveral, with commas "
     "between"},
    {OPTION_REPORT, "report", NULL, "write DIR/report.html and DIR/report.csv of all photos"},
    {OPTION_OVERWRITE, "overwrite", NULL, "replace folders and reports of an earlier call"},
    {OPTION_JSON, "json", NULL, "print what colors.json holds, a line for each photo"},
    {'q', "quiet", NULL, "no progress, no notes, no count; errors are still said"},
    {0},
};

// A list of formats, with commas between.
static int parse_palettes(const struct verb *verb, const char *text, unsigned *how)
{
    char *list = strdup(text), *rest = list;
    int wrong = list ? 0 : options_wrong(verb, "out of memory");
    for (char *name; !wrong && (name = strsep(&rest, ","));) {
        int format = 0;
        wrong = options_choice(verb, "palette", name, palette_formats, &format);
        *how |= SWATCH_SAVE_PALETTE(format);
    }
    free(list);
    return wrong;
}

static int parse_people(const struct verb *verb, const char *text, struct extract_settings *s)
{
    s->wants_people = 1;
    s->people = 0;
    if (strcmp(text, "largest") == 0)
        return 0;
    if (strcmp(text, "none") == 0) {
        s->wants_people = 0;
        s->person = "none";
        return 0;
    }
    if (strcmp(text, "all") == 0) {
        s->people = SIZE_MAX;
        return 0;
    }
    if (*text >= '0' && *text <= '9')
        return options_size(verb, "people", text, 1, 255, &s->people);
    return options_wrong(verb, "--people %s: not largest, all, a number or none", text);
}

static int parse(const struct verb *verb, int argc, char **argv, struct extract_settings *s,
                 int *key)
{
    static const char *const masks[] = {"auto", "argmax", "hsv", NULL};
    static const char *const backgrounds[] = {"keep", "grey", "black", "white", NULL};
    static const char *const precisions[] = {"auto", "f32", "bf16", NULL};
    int choice = 0, wrong = 0;
    *s = (struct extract_settings){0};
    while (!wrong && (*key = options_next(verb, argc, argv)) != OPTION_END) {
        switch (*key) {
        case 'o':
            s->output = optarg;
            break;
        case 'm':
            s->model = optarg;
            break;
        case 'r':
            s->recursive = 1;
            break;
        case 'q':
            s->quiet = 1;
            break;
        case OPTION_CLASSES:
            s->classes = optarg;
            if (!class_file_known(optarg))
                wrong = options_wrong(verb, "--classes %s: not 4, 29, 59 or a class file", optarg);
            break;
        case OPTION_MASKS:
            wrong = options_choice(verb, "masks", optarg, masks, &choice);
            s->extract.masks = (swatch_masks)choice;
            break;
        case OPTION_PERSON:
            s->person = optarg;
            break;
        case OPTION_PEOPLE:
            wrong = parse_people(verb, optarg, s);
            break;
        case OPTION_SOFT:
            s->how |= SWATCH_SAVE_SOFT_PERSON;
            break;
        case OPTION_PERSON_MASK:
            s->person_mask = optarg;
            break;
        case OPTION_BACKGROUND:
            wrong = options_choice(verb, "background", optarg, backgrounds, &choice);
            s->extract.background = (swatch_background)choice;
            break;
        case OPTION_COLORS:
            wrong = options_size(verb, "colors", optarg, 1, 8, &s->extract.colors);
            break;
        case OPTION_WHITE_BALANCE:
            s->extract.white_balance = 1;
            break;
        case OPTION_NO_FLIP:
            s->extract.no_flip = 1;
            break;
        case OPTION_NO_REFINE:
            s->extract.no_refine = 1;
            break;
        case OPTION_MAX_PIXELS:
            wrong = options_size(verb, "max-pixels", optarg, 1, (size_t)1 << 40, &s->max_pixels);
            break;
        case OPTION_PRECISION:
            wrong = options_choice(verb, "precision", optarg, precisions, &choice);
            s->precision = (swatch_precision)choice;
            break;
        case OPTION_PALETTE:
            wrong = parse_palettes(verb, optarg, &s->how);
            break;
        case OPTION_REPORT:
            s->report = 1;
            break;
        case OPTION_OVERWRITE:
            s->how |= SWATCH_SAVE_REPLACE;
            break;
        case OPTION_JSON:
            s->json = 1;
            break;
        default:
            return -1;
        }
    }
    if (!wrong && optind == argc)
        wrong = options_wrong(verb, "no photo is named");
    if (!wrong && !s->output && !s->json)
        wrong = options_wrong(verb, "neither -o DIR nor --json is given");
    if (!wrong && !s->output && (s->report || s->how & ~SWATCH_SAVE_REPLACE))
        wrong = options_wrong(verb, "--%s needs -o DIR",
                              s->report                          ? "report"
                              : s->how & SWATCH_SAVE_SOFT_PERSON ? "soft-person"
                                                                 : "palette");
    if (!wrong && s->person_mask && s->wants_people)
        wrong = options_wrong(verb, "--people and --person-mask do not go together");
    if (!wrong && s->output && !*s->output)
        wrong = options_wrong(verb, "-o needs the name of a folder");
    *key = OPTION_WRONG;
    return wrong ? -1 : 0;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct extract_settings s;
    struct photo_list list = {0};
    int key, inputs = 0, status = SWATCH_FAILED;
    if (parse(verb, argc, argv, &s, &key))
        return options_status(key);
    if (s.report && (photos_reserve(&list, "report.html") || photos_reserve(&list, "report.csv"))) {
        fprintf(stderr, "swatch: out of memory\n");
        goto done;
    }
    for (int i = optind; i < argc; i++) {
        inputs += strcmp(argv[i], "-") == 0;
        if (photos_add(&list, argv[i], s.recursive)) {
            fprintf(stderr, "swatch: out of memory\n");
            goto done;
        }
    }
    if (inputs > 1) {
        status = options_wrong(verb, "standard input is only one photo");
        goto done;
    }
    if (s.person_mask && list.count != 1) {
        status = options_wrong(verb, "--person-mask goes with one photo, not with %zu", list.count);
        goto done;
    }
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an error to tell of, not an end halfway
    if (s.output && output_folder(s.output))
        goto done;
    if (s.output && !s.quiet)
        photos_note_names(&list);
    status = extract_line(&s, &list);
done:
    photos_free(&list);
    return status;
}

const struct verb verb_extract = {
    .name = "extract",
    .arguments = "[OPTION]... PHOTO... -o DIR",
    .summary = "cut clothes, skin and hair out of photos and measure their colors",
    .more =
        "A PHOTO may be a folder; - is standard input. For anna.jpg this writes, into DIR/anna/:\n"
        "labels.png, segmentation.png, clothes.png, skin.png, hair.png, colors.json, card.png,\n"
        "person.png when the person is known, and garment-<n>-<class>.png when the model tells\n"
        "garments apart. With --people all or N each person has such a folder, DIR/anna/person-1/\n"
        "and so on. Without a person model the whole photo is looked at, as with --person none;\n"
        "with one, a photo that shows nobody fails, with exit status 3. docs/colors.md tells what\n"
        "colors.json holds. --palette adds palette files for designers' tools, --report a page "
        "and\n"
        "a table of all photos, those that failed among them.",
    .options = entries,
    .many_shapes = 1,
    .run = run,
};
