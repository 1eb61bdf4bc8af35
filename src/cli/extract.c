// swatch extract: photos to folders of cut-outs and colors.

#include <stdio.h>
#include <string.h>
#include <swatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extract.h"
#include "folder_report.h"
#include "model_file.h"
#include "output.h"
#include "shared.h"
#include "verbs.h"

// #rrggbb, one of three names, or transparent.
static const char *read_ground(void *settings, const char *text)
{
    static const struct {
        const char *name;
        uint8_t grey;
    } names[] = {{"black", 0}, {"grey", 128}, {"white", 255}};
    struct extract_settings *s = settings;
    unsigned rgb;
    char end;
    s->save.has_ground = strcmp(text, "transparent") != 0;
    if (!s->save.has_ground)
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i].name) == 0) {
            memset(s->save.ground, names[i].grey, 3);
            return NULL;
        }
    if (strlen(text) != 7 || strspn(text + 1, "0123456789abcdefABCDEF") != 6 ||
        sscanf(text, "#%6x%c", &rgb, &end) != 1)
        return "must be transparent, black, grey, white or a color like #ff8800";
    for (size_t c = 0; c < 3; c++)
        s->save.ground[c] = (uint8_t)(rgb >> (16 - 8 * c));
    return NULL;
}

const char *extract_read_people(void *settings, const char *text)
{
    struct extract_settings *s = settings;
    char end;
    s->all_whole = strcmp(text, "none") == 0;
    s->needs_people = !s->all_whole;
    s->people = strcmp(text, "all") == 0 ? SIZE_MAX : 0;
    if (s->all_whole || s->people || strcmp(text, "largest") == 0)
        return NULL;
    if (*text >= '0' && *text <= '9' && sscanf(text, "%zu%c", &s->people, &end) == 1 &&
        s->people >= 1 && s->people <= 255)
        return NULL;
    return "must be largest, all, none or 1 to 255";
}

const char *extract_read_classes(void *settings, const char *text)
{
    ((struct extract_settings *)settings)->classes = text;
    return class_file_known(text) ? NULL : "must be " CLASS_SETS;
}

static const char *const card_grounds[] = {"light", "dark", NULL};

static const struct option_entry entries[] = {
    {"output", 'o', OPTION_PLACE, "DIR",
     "write DIR/NAME/ for each photo NAME.jpg; DIR is made if need be; - writes the one piece that "
     "--only names to standard output",
     .offset = offsetof(struct extract_settings, batch.output)},
    {"only", 0, OPTION_LIST, "PIECES",
     "write these pieces, with commas between; a folder always has colors.json, too, which tells "
     "what it was made of",
     "all", .offset = offsetof(struct extract_settings, save.pieces), .choices = shared_pieces,
     .needs = "output", .served = 1},
    {"format", 0, OPTION_CHOICE, "FORMAT", "the format of all pictures except labels.png", "png",
     .offset = offsetof(struct extract_settings, format), .choices = shared_pictures,
     .needs = "output", .served = 1},
    {"quality", 0, OPTION_SIZE, "N",
     "how good webp, avif and jpg are; with 100 webp keeps every pixel as it is", "90",
     .offset = offsetof(struct extract_settings, save.quality), .low = 1, .high = 100,
     .needs = "format", .served = 1},
    {"max-side", 0, OPTION_SIZE, "PX", "shrink pictures whose longer side is above PX pixels",
     "no limit", .offset = offsetof(struct extract_settings, save.max_side), .low = 1, .high = 1e7,
     .needs = "output", .served = 1},
    {"crop", 0, OPTION_FLAG, NULL, "crop cut-outs to what they show and a narrow margin",
     .offset = offsetof(struct extract_settings, save.crop), .needs = "output", .served = 1},
    {"edges", 0, OPTION_CHOICE, "HOW",
     "edges of cut-outs: soft as in the photo, without the color of what is behind; or hard, along "
     "the labels",
     "soft", .offset = offsetof(struct extract_settings, edges), .choices = shared_edges,
     .needs = "output", .served = 1},
    {"ground", 0, OPTION_OTHER, "COLOR",
     "what lies under cut-outs: transparent, black, grey, white or a color like #ff8800",
     "transparent, or white with --format jpg", .read = read_ground, .needs = "output", .served = 1,
     .pattern = "^(transparent|black|grey|white|#[0-9a-fA-F]{6})$"},
    {"card", 0, OPTION_CHOICE, "SHAPE",
     "how card.png is drawn: portrait (4:5), story (9:16) and landscape (16:9) are made to be "
     "posted, check shows outlines, shares and doubts",
     "portrait", .offset = offsetof(struct extract_settings, card), .choices = shared_cards,
     .needs = "output", .served = 1},
    {"card-ground", 0, OPTION_CHOICE, "HOW", "the ground of card.png", "light",
     .offset = offsetof(struct extract_settings, save.card_dark), .choices = card_grounds,
     .needs = "output", .served = 1},
    SHARED_MODEL(struct extract_settings, model,
                 "the model: a file, or ccp-4 or ccp-59, which come with swatch; otherwise "
                 "$SWATCH_MODEL, then " MODEL_DEFAULT),
    {"classes", 0, OPTION_OTHER, "N", "answer in the classes of " CLASS_SETS, "those of the model",
     .read = extract_read_classes},
    {"garments", 0, OPTION_FLAG, NULL,
     "tell garments apart: coat, dress, shoes ..., as --classes " GARMENT_CLASSES
     "; the model for it knows people in the street, whole, and is often wrong about others",
     .offset = offsetof(struct extract_settings, garments), .against = "classes"},
    {"article", 0, OPTION_FLAG, NULL,
     "the article's way, with a picture of each step: find the person, paint the rest grey, let "
     "the model paint a color-coded map, cut that by HSV thresholds; of the pieces only the card "
     "is written unless --only is given; the model is -m, else " ARTICLE_MODEL_DEFAULT
     ", if it is there",
     .offset = offsetof(struct extract_settings, article),
     .against = "background masks classes garments"},
    SHARED_PHOTOS(struct extract_settings, batch, "output", NULL),
    SHARED_MASKS(struct extract_settings, extract.masks),
    {"person", 0, OPTION_FILE, "FILE",
     "the model that finds people, or none: look at the whole photo; otherwise "
     "$SWATCH_PERSON_MODEL, then " PERSON_MODEL_DEFAULT ", if it is there",
     .offset = offsetof(struct extract_settings, person), .against = "person-mask"},
    {"people", 0, OPTION_OTHER, "WHO",
     "largest, all, a number of people, largest first, or none, as --person none", "largest",
     .read = extract_read_people, .against = "person-mask", .served = 1,
     .pattern = "^(largest|all|none|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])$"},
    {"person-mask", 0, OPTION_FILE, "FILE",
     "a picture that is white where the person is; goes with one photo",
     .offset = offsetof(struct extract_settings, person_mask)},
    {"soft-person", 0, OPTION_FLAG, NULL,
     "in person.png, give each pixel 0-255 by how surely it belongs to the person",
     .offset = offsetof(struct extract_settings, soft_person), .needs = "output"},
    SHARED_BACKGROUND(struct extract_settings, extract.background),
    SHARED_COLORS(struct extract_settings, extract.colors, "at most N colors for each region"),
    TELLING_LISTS(struct extract_settings, telling),
    TELLING_HARMONIES(struct extract_settings, telling),
    {"white-balance", 0, OPTION_FLAG, NULL,
     "also give the colors as they would be under neutral light; the light is estimated from the "
     "whole photo",
     .offset = offsetof(struct extract_settings, extract.white_balance), .served = 1},
    SHARED_NO_FLIP(struct extract_settings, extract.no_flip),
    SHARED_NO_REFINE(struct extract_settings, extract.no_refine),
    SHARED_PRECISION(struct extract_settings, precision),
    SHARED_THREADS(struct extract_settings, batch.threads,
                   "threads that all networks together use, and as many to write files"),
    {"palette", 0, OPTION_LIST, "FORMATS",
     "also write palette.FORMAT, in one or more formats with commas between",
     .offset = offsetof(struct extract_settings, palettes), .choices = shared_formats,
     .needs = "output", .served = 1},
    {"report", 0, OPTION_FLAG, NULL, "write DIR/report.html and DIR/report.csv of all photos",
     .offset = offsetof(struct extract_settings, report), .needs = "output"},
    {"csv-plain", 0, OPTION_FLAG, NULL,
     "leave out of report.csv the byte order mark that tells Excel it is UTF-8",
     .offset = offsetof(struct extract_settings, csv_plain), .needs = "report"},
    {"xlsx", 0, OPTION_FLAG, NULL, "write DIR/report.xlsx, too: report.csv as a spreadsheet",
     .offset = offsetof(struct extract_settings, xlsx), .needs = "report"},
    SHARED_JSON(struct extract_settings, batch.json,
                "print what colors.json holds, a line for each photo"),
    {0},
};

int extract_settle_save(struct extract_settings *s, int ground, int quality, const char *dashes,
                        char *message, size_t size)
{
    s->save.size = sizeof s->save;
    s->save.format = (swatch_picture_format)s->format;
    s->save.edges = (swatch_edges)s->edges;
    s->save.card = (swatch_card)s->card;
    s->save.threads = (unsigned)s->batch.threads;
    if (quality && s->save.format == SWATCH_PNG)
        snprintf(message, size, "%squality has no effect on png, which keeps every pixel", dashes);
    else if (ground && !s->save.has_ground && s->save.format == SWATCH_JPEG)
        snprintf(message, size, "%sformat jpg and %sground transparent do not go together", dashes,
                 dashes);
    else
        return 0;
    return -1;
}

// What `-o -` needs.
static int settle_stream(const struct verb *verb, struct extract_settings *s,
                         const struct arguments *a)
{
    static const char *const others[] = {"json", "report", "palette", "watch", "overwrite", NULL};
    const unsigned pieces = s->save.pieces;
    for (size_t i = 0; others[i]; i++)
        if (table_given(verb, a, others[i]))
            return table_wrong(
                verb, "--%s does not go with -o -, which writes one piece to standard output",
                others[i]);
    if (!pieces || pieces & (pieces - 1) || pieces == SWATCH_ONLY(SWATCH_PIECE_GARMENTS))
        return table_wrong(verb,
                           "-o - writes one file: name one piece with --only, and not garments");
    if (s->people)
        return table_wrong(verb, "-o - writes one file, and --people may find several people");
    if (pieces != SWATCH_ONLY(SWATCH_PIECE_COLORS) && isatty(STDOUT_FILENO))
        return table_wrong(verb, "a picture is nothing for a terminal");
    s->stream = 1;
    s->batch.output = NULL;
    return SWATCH_OK;
}

// A folder's results tell by the content of a list that they were made with it, and a pipe is read
// but once.
static int check_list(const struct verb *verb, const struct extract_settings *s, const char *name,
                      const char *path)
{
    struct stat info;
    if (!s->batch.output || !path ||
        (strcmp(path, "-") != 0 && (stat(path, &info) || S_ISREG(info.st_mode))))
        return SWATCH_OK;
    return table_wrong(verb, "--%s must be a file where -o names a folder", name);
}

// An option that changes pieces which --only leaves out has no effect.
static int check_pieces(const struct verb *verb, const struct extract_settings *s,
                        const struct arguments *a)
{
    static const struct {
        const char *option, *pieces;
        unsigned of;
    } changes[] = {
        {"card", "card", SWATCH_ONLY(SWATCH_PIECE_CARD)},
        {"card-ground", "card", SWATCH_ONLY(SWATCH_PIECE_CARD)},
        {"soft-person", "person", SWATCH_ONLY(SWATCH_PIECE_PERSON)},
    };
    for (size_t i = 0; s->save.pieces && i < sizeof changes / sizeof *changes; i++)
        if (table_given(verb, a, changes[i].option) && !(s->save.pieces & changes[i].of))
            return table_wrong(verb, "--%s changes %s, which --only leaves out", changes[i].option,
                               changes[i].pieces);
    return SWATCH_OK;
}

// What --article means for the others.
static int settle_article(const struct verb *verb, struct extract_settings *s)
{
    if (s->all_whole)
        return table_wrong(verb, "--article looks for the person, so that cannot be none");
    s->needs_people = 1;
    s->extract.background = SWATCH_BACKGROUND_GREY;
    s->extract.masks = SWATCH_MASKS_HSV;
    s->extract.steps = s->batch.output != NULL;
    if (s->extract.steps && !s->save.pieces)
        s->save.pieces = SWATCH_ONLY(SWATCH_PIECE_CARD);
    return SWATCH_OK;
}

// What the table cannot tell.
static int settle(const struct verb *verb, struct extract_settings *s, const struct arguments *a)
{
    const int none = s->person && strcmp(s->person, "none") == 0;
    char message[128];
    if (!s->batch.output && !s->batch.json)
        return table_wrong(verb, "neither -o DIR nor --json is given");
    if (s->person && table_given(verb, a, "people") && none != s->all_whole)
        return table_wrong(verb, "--person %s and these --people do not go together", s->person);
    if (extract_settle_save(s, table_given(verb, a, "ground"), table_given(verb, a, "quality"),
                            "--", message, sizeof message))
        return table_wrong(verb, "%s", message);
    if (s->batch.output && strcmp(s->batch.output, "-") == 0 && settle_stream(verb, s, a))
        return SWATCH_USAGE;
    if (check_list(verb, s, "names", s->telling.names_file) ||
        check_list(verb, s, "match", s->telling.match_file))
        return SWATCH_USAGE;
    if (check_pieces(verb, s, a))
        return SWATCH_USAGE;
    if (s->garments)
        s->classes = GARMENT_CLASSES;
    s->all_whole |= none;
    s->extract.size = sizeof s->extract;
    if (s->article && settle_article(verb, s))
        return SWATCH_USAGE;
    if (s->save.pieces && !s->stream)
        s->save.pieces |= SWATCH_ONLY(SWATCH_PIECE_COLORS);
    return SWATCH_OK;
}

static void note(void *user, const struct job *job)
{
    const struct extractor *e = user;
    folder_report_note(e->report, job);
}

static int run_once(void *user, struct batch *batch)
{
    struct extractor *e = user;
    // The photos of the round before are gone, and with them whose album it was.
    swatch_album_free(e->album);
    e->album = NULL;
    e->album_of = NULL;
    int status = batch_run(batch);
    if (e->settings->report && !batch->stopped && folder_report_write(e->report))
        status = SWATCH_FAILED;
    batch_tell(batch, NULL);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct extract_settings *s = settings;
    struct folder_report report = {.folder = s->batch.output,
                                   .overwrite = s->batch.overwrite,
                                   .plain = s->csv_plain,
                                   .xlsx = s->xlsx};
    struct extractor e = {.report = &report};
    struct batch batch = {.options = &s->batch,
                          .user = &e,
                          .file = "colors.json",
                          .made = extractor_made,
                          .results = s->people < 4 ? s->people : 4,
                          .begin = extractor_begin,
                          .work = extractor_work,
                          .many = 1,
                          .write = extractor_write,
                          .after = s->report ? note : NULL,
                          .release = extractor_release,
                          .close = extractor_close};
    e.batch = &batch;
    int status = settle(verb, s, arguments);
    if (!status)
        status = batch_list(&batch, verb, arguments,
                            s->person_mask ? "person-mask"
                            : s->stream    ? "output"
                                           : NULL);
    if (!status && s->report)
        status = folder_report_check(&report);
    if (!status)
        status = telling_open(&s->telling);
    if (s->telling.names_file || s->telling.match_file || s->telling.harmonies)
        s->extract.telling = &s->telling.told;
    if (!status)
        status = extractor_start(&e, s);
    if (!status)
        status = batch_rounds(&batch, run_once);
    extractor_end(&e);
    folder_report_clear(&report);
    telling_close(&s->telling);
    batch_end(&batch);
    return status;
}

const struct verb verb_extract = {
    .name = "extract",
    .usage = "[OPTION]... PHOTO... -o DIR",
    .summary = "cut clothes, skin and hair out of photos and measure their colors",
    .more =
        "A PHOTO may be a folder; - is standard input. For anna.jpg this writes, into DIR/anna/: "
        "labels.png, segmentation.png, clothes.png, skin.png, hair.png, colors.json, card.png, "
        "person.png when the person is known, map.png when the model paints a color-coded map, and "
        "garment-<n>-<class>.png when it tells garments apart. With --people all or N each person "
        "has such a folder, DIR/anna/person-1/ and so on. Without a person model the whole photo "
        "is measured, as with --person none. With one, a photo that shows nobody is searched for "
        "clothes that lie flat or hang; if there are none either, the exit status is 3. --only "
        "chooses which of these files are written; --format, --max-side, --crop, --edges and "
        "--ground choose how the pictures are made. --palette adds palette files for the tools of "
        "designers, --report a page and a table of all that is in DIR. With --article the folder "
        "has colors.json, card.png and, in "
        "their order, step-1-map-of-photo.png (of the photo as it is), step-2-person.png, "
        "step-3-view.png (the person on grey), step-4-map.png, step-5-segmentation.png, "
        "step-6-clothes.png, step-7-skin.png, step-8-hair.png and step-9-colors.png.\n"
        "\n"
        "Photos that are done already are passed over, so a command that was interrupted continues "
        "when it is given again. docs/colors.md explains colors.json, docs/folders.md folders of "
        "photos.\n"
        "\n"
        "  swatch extract anna.jpg -o out\n"
        "  swatch extract -r photos -o out --report\n"
        "  swatch extract - --json <anna.jpg\n"
        "  swatch extract - -o - --only clothes <anna.jpg >clothes.png\n"
        "  swatch extract -r photos -o out --only clothes,garments --format webp --crop\n",
    .words = "file",
    .options = entries,
    .many_shapes = 1,
    .settings_size = sizeof(struct extract_settings),
    .run = run,
};
