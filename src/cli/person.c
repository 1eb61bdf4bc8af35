// swatch person: who is in photos, and where. One thread after the other: what takes long, the
// network, uses all cores by itself.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "output.h"
#include "photos.h"
#include "progress.h"
#include "say.h"
#include "shared.h"
#include "verbs.h"

#define COCO_SCORE 0.01 // the least that counts for average precision

struct settings {
    const char *output, *model, *coco;
    int precision;
    double score;
    size_t max_pixels;
    int recursive, quiet, overwrite;
};

static const struct option_entry entries[] = {
    {"output", 'o', OPTION_FOLDER, "DIR",
     "write DIR/NAME/ for each photo NAME.jpg; DIR is made if need be",
     .offset = offsetof(struct settings, output)},
    SHARED_MODEL(
        struct settings, model,
        "a model that finds people; otherwise $SWATCH_PERSON_MODEL, then " PERSON_MODEL_DEFAULT),
    SHARED_RECURSIVE(struct settings, recursive),
    {"coco", 0, OPTION_FILE, "FILE",
     "write all that was found, from a score of 0.01 on, in the results format of COCO",
     .offset = offsetof(struct settings, coco)},
    {"score", 0, OPTION_REAL, "S", "people of at least this score", "0.6",
     .offset = offsetof(struct settings, score), .low = 0.001, .high = 1},
    SHARED_MAX_PIXELS(struct settings, max_pixels),
    SHARED_PRECISION(struct settings, precision),
    SHARED_OVERWRITE(struct settings, overwrite),
    SHARED_QUIET(struct settings, quiet),
    {0},
};

static void set_defaults(void *settings)
{
    ((struct settings *)settings)->score = SWATCH_PERSON_SCORE;
}

struct count {
    size_t done, failed, people;
};

// One photo: find, keep for the results' file, write. A photo whose folder is there already is
// looked at for the results' file alone.
static int find(const struct settings *s, const struct photo_entry *entry, swatch_session *session,
                swatch_coco *coco, struct count *count, swatch_error *error)
{
    swatch_photo *photo = NULL;
    swatch_people *people = NULL;
    char *folder = NULL;
    const double least = coco && s->score > COCO_SCORE ? COCO_SCORE : s->score;
    int status = SWATCH_FAILED;
    if (entry->fault) {
        snprintf(error->message, sizeof error->message, "%s", entry->fault);
        return SWATCH_FAILED;
    }
    if (s->output && !(folder = output_path(s->output, entry->name, NULL))) {
        snprintf(error->message, sizeof error->message, "out of memory");
        return SWATCH_FAILED;
    }
    if (folder && !coco && !s->overwrite && output_taken(folder, error))
        goto done;
    swatch_photo_options reading = SWATCH_PHOTO_OPTIONS_INIT;
    swatch_people_options finding = SWATCH_PEOPLE_OPTIONS_INIT;
    reading.max_pixels = s->max_pixels;
    finding.least_score = least;
    status = swatch_photo_open(entry->path, &reading, &photo, error);
    status = status ? status : swatch_people_find(session, photo, &finding, &people, error);
    status = status || !coco ? status : swatch_coco_add(coco, people, error);
    if (status)
        goto done;
    swatch_people_keep(people, s->score);
    count->people += swatch_people_count(people);
    status = folder ? swatch_people_save(people, folder, s->overwrite ? SWATCH_REPLACE : 0, error)
                    : SWATCH_OK;
done:
    free(folder);
    swatch_people_free(people);
    swatch_photo_free(photo);
    return status;
}

static int find_all(const struct settings *s, const struct photo_list *list,
                    swatch_session *session, swatch_coco *coco)
{
    struct count count = {0};
    swatch_error error;
    size_t i = 0;
    interrupt_catch();
    progress_start(s->quiet);
    for (; i < list->count && !interrupted(); i++) {
        if (find(s, &list->entries[i], session, coco, &count, &error)) {
            progress_clear();
            say("swatch: %s", error.message);
            count.failed++;
        } else {
            count.done++;
        }
        progress_show((double)(i + 1) / (double)list->count, "%zu of %zu  %s", i + 1, list->count,
                      list->entries[i].path);
    }
    progress_clear();
    if (!s->quiet && (list->count > 1 || i < list->count)) {
        fprintf(stderr, "%zu done, %zu failed, %zu %s", count.done, count.failed, count.people,
                count.people == 1 ? "person" : "people");
        if (i < list->count)
            fprintf(stderr, ", %zu not begun: interrupted", list->count - i);
        fputc('\n', stderr);
    }
    if (count.failed || i < list->count)
        return SWATCH_FAILED;
    if (count.people)
        return SWATCH_OK;
    if (list->count > 1)
        say("swatch: nobody is found in any of the photos");
    else
        say("swatch: %s: nobody is found", list->entries[0].path);
    return SWATCH_NO_PERSON;
}

static int run_all(const struct settings *s, const struct photo_list *list)
{
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    swatch_coco *coco = NULL;
    swatch_error error;
    char path[PATH_MAX];
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    int status = SWATCH_FAILED;
    options.precision = (swatch_precision)s->precision;
    if (s->output && output_folder(s->output))
        return SWATCH_FAILED;
    if (person_model_file(s->model, 1, path))
        return SWATCH_FAILED;
    if ((s->coco && swatch_coco_new(s->coco, s->overwrite ? SWATCH_REPLACE : 0, &coco, &error)) ||
        swatch_model_open(path, &options, &model, &error) ||
        swatch_session_new(model, NULL, &session, &error)) {
        say("swatch: %s", error.message);
        goto done;
    }
    status = find_all(s, list, session, coco);
    // What was found before a failure is not lost.
    if (coco && swatch_coco_save(coco, &error)) {
        say("swatch: %s", error.message);
        status = SWATCH_FAILED;
    }
done:
    swatch_coco_free(coco);
    swatch_session_free(session);
    swatch_model_free(model);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    const struct settings *s = settings;
    struct photo_list list = {0};
    int inputs = 0, status = SWATCH_FAILED;
    if (!arguments->count)
        return table_wrong(verb, "no photo is named");
    if (!s->output && !s->coco)
        return table_wrong(verb, "neither -o DIR nor --coco FILE is given");
    for (int i = 0; i < arguments->count; i++) {
        inputs += strcmp(arguments->words[i], "-") == 0;
        if (photos_add(&list, arguments->words[i], s->recursive)) {
            say("swatch: out of memory");
            goto done;
        }
    }
    if (inputs > 1) {
        status = table_wrong(verb, "standard input is only one photo");
        goto done;
    }
    signal(SIGPIPE, SIG_IGN);
    if (s->output && !s->quiet)
        photos_note_names(&list);
    status = run_all(s, &list);
done:
    photos_free(&list);
    return status;
}

const struct verb verb_person = {
    .name = "person",
    .usage = "[OPTION]... PHOTO... -o DIR",
    .summary = "find the people in photos",
    .more =
        "A PHOTO may be a folder; - is standard input. For anna.jpg this writes into DIR/anna/ "
        "people.png (8-bit palette, the size of the photo: 0 background, k the person with the "
        "k-th highest score) and people.json (boxes in pixels, scores, areas). Nobody in any of "
        "the photos is exit status 3; the files are written nevertheless.\n",
    .words = "file",
    .options = entries,
    .many_shapes = 1,
    .settings_size = sizeof(struct settings),
    .defaults = set_defaults,
    .run = run,
};
