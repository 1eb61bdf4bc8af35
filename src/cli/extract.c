// swatch extract: photos to folders of cut-outs and colors.

#include <stdio.h>
#include <string.h>
#include <swatch.h>

#include "extract.h"
#include "folder_report.h"
#include "model_file.h"
#include "output.h"
#include "shared.h"
#include "verbs.h"

// A list of formats, with commas between.
static const char *read_palettes(void *settings, const char *text)
{
    struct extract_settings *s = settings;
    while (*text || !s->palettes) {
        const size_t length = strcspn(text, ",");
        size_t i = 0;
        while (shared_formats[i] &&
               (strncmp(shared_formats[i], text, length) != 0 || shared_formats[i][length]))
            i++;
        if (!shared_formats[i] || strcmp(text + length, ",") == 0)
            return "must be gpl, ase, aco, css, json or svg, or several with commas between";
        s->palettes |= SWATCH_SAVE_PALETTE(i);
        text += length + (text[length] == ',');
    }
    return NULL;
}

static const char *read_people(void *settings, const char *text)
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

static const char *read_classes(void *settings, const char *text)
{
    ((struct extract_settings *)settings)->classes = text;
    return class_file_known(text) ? NULL : "must be 4, 29, 59 or a class file";
}

static const struct option_entry entries[] = {
    {"output", 'o', OPTION_FOLDER, "DIR",
     "write DIR/NAME/ for each photo NAME.jpg; DIR is made if need be",
     .offset = offsetof(struct extract_settings, batch.output)},
    SHARED_MODEL(struct extract_settings, model,
                 "the model: a file, or ccp-4 or ccp-59, which come with swatch; otherwise "
                 "$SWATCH_MODEL, then " MODEL_DEFAULT),
    {"classes", 0, OPTION_OTHER, "N", "answer in 4, 29 or 59 classes, or in those of a class file",
     "those of the model", .read = read_classes},
    SHARED_PHOTOS(struct extract_settings, batch),
    SHARED_MASKS(struct extract_settings, extract.masks),
    {"person", 0, OPTION_FILE, "FILE",
     "the model that finds people, or none: look at the whole photo; otherwise "
     "$SWATCH_PERSON_MODEL, then " PERSON_MODEL_DEFAULT ", if it is there",
     .offset = offsetof(struct extract_settings, person), .against = "person-mask"},
    {"people", 0, OPTION_OTHER, "WHO",
     "largest, all, a number of people, largest first, or none, as --person none", "largest",
     .read = read_people, .against = "person-mask", .served = 1},
    {"person-mask", 0, OPTION_FILE, "FILE",
     "a picture that is white where the person is; for one photo",
     .offset = offsetof(struct extract_settings, person_mask)},
    {"soft-person", 0, OPTION_FLAG, NULL,
     "person.png says how surely a pixel belongs to the person, 0-255",
     .offset = offsetof(struct extract_settings, soft_person), .needs = "output"},
    SHARED_BACKGROUND(struct extract_settings, extract.background),
    SHARED_COLORS(struct extract_settings, extract.colors, "at most N colors for each region"),
    TELLING_OPTIONS(struct extract_settings, telling),
    {"white-balance", 0, OPTION_FLAG, NULL,
     "give colors as under neutral light, too, estimated on the whole photo",
     .offset = offsetof(struct extract_settings, extract.white_balance), .served = 1},
    SHARED_NO_FLIP(struct extract_settings, extract.no_flip),
    SHARED_NO_REFINE(struct extract_settings, extract.no_refine),
    SHARED_PRECISION(struct extract_settings, precision),
    SHARED_THREADS(struct extract_settings, batch.threads),
    {"palette", 0, OPTION_OTHER, "FORMATS",
     "write palette.FORMAT, too: gpl, ase, aco, css, json, svg, or several, with commas between",
     .read = read_palettes, .needs = "output", .served = 1},
    {"report", 0, OPTION_FLAG, NULL, "write DIR/report.html and DIR/report.csv of all photos",
     .offset = offsetof(struct extract_settings, report), .needs = "output"},
    {"csv-plain", 0, OPTION_FLAG, NULL,
     "report.csv without the byte order mark by which Excel knows UTF-8",
     .offset = offsetof(struct extract_settings, csv_plain), .needs = "report"},
    SHARED_JSON(struct extract_settings, batch.json,
                "print what colors.json holds, a line for each photo"),
    {0},
};

// What the table cannot tell.
static int settle(const struct verb *verb, struct extract_settings *s, const struct arguments *a)
{
    const int none = s->person && strcmp(s->person, "none") == 0;
    if (!s->batch.output && !s->batch.json)
        return table_wrong(verb, "neither -o DIR nor --json is given");
    if (s->person && table_given(verb, a, "people") && none != s->all_whole)
        return table_wrong(verb, "--person %s and these --people do not go together", s->person);
    s->all_whole |= none;
    s->extract.size = sizeof s->extract;
    return SWATCH_OK;
}

static void note(void *user, const struct job *job)
{
    const struct dresser *d = user;
    folder_report_note(d->report, job);
}

static int run_once(const struct extract_settings *s, struct batch *batch,
                    struct folder_report *report)
{
    int status = batch_run(batch);
    if (s->report && !batch->stopped && folder_report_write(report))
        status = SWATCH_FAILED;
    batch_tell(batch, NULL);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct extract_settings *s = settings;
    struct folder_report report = {
        .folder = s->batch.output, .overwrite = s->batch.overwrite, .plain = s->csv_plain};
    struct dresser d = {.report = &report};
    struct batch batch = {.options = &s->batch,
                          .user = &d,
                          .file = "colors.json",
                          .made = dresser_made,
                          .results = s->people < 4 ? s->people : 4,
                          .begin = dresser_begin,
                          .work = dresser_work,
                          .write = dresser_write,
                          .after = s->report ? note : NULL,
                          .release = dresser_release,
                          .close = dresser_close};
    d.batch = &batch;
    int status = settle(verb, s, arguments);
    if (!status)
        status = batch_list(&batch, verb, arguments, s->person_mask ? "person-mask" : NULL);
    if (!status && s->report)
        status = folder_report_check(s->batch.output, s->batch.overwrite);
    if (!status)
        status = telling_open(&s->telling);
    if (s->telling.names_file || s->telling.match_file || s->telling.harmonies)
        s->extract.telling = &s->telling.told;
    if (!status)
        status = dresser_start(&d, s);
    if (!status)
        do {
            // The photos of the pass before are gone, and with them whose album it was.
            swatch_album_free(d.album);
            d.album = NULL;
            d.album_of = NULL;
            const int failed = run_once(s, &batch, &report);
            status = status ? status : failed;
        } while (batch_again(&batch));
    status = status ? status : batch.status;
    dresser_end(&d);
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
        "person.png when the person is known, and garment-<n>-<class>.png when the model tells "
        "garments apart. With --people all or N each person has such a folder, DIR/anna/person-1/ "
        "and so on. Without a person model the whole photo is looked at, as with --person none; "
        "with one, a photo that shows nobody is searched for clothes that lie flat or hang; where "
        "there are none either it fails, with exit status 3. --palette adds palette "
        "files for the tools of designers, --report a page and a table of all that is in DIR.\n"
        "\n"
        "Photos that are done already are passed over, so a command that was broken off goes on "
        "when it is given again. docs/colors.md tells what colors.json holds, docs/folders.md how "
        "folders of photos are done.\n"
        "\n"
        "  swatch extract anna.jpg -o out\n"
        "  swatch extract -r photos -o out --report\n"
        "  swatch extract - --json <anna.jpg\n",
    .words = "file",
    .options = entries,
    .many_shapes = 1,
    .settings_size = sizeof(struct extract_settings),
    .run = run,
};
