// swatch person: who is in photos, and where. One thread after the other: what takes long, the
// network, uses all cores by itself.

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "output.h"
#include "photos.h"
#include "progress.h"
#include "verbs.h"

#define COCO_SCORE 0.01 // the least that counts for average precision

enum {
    OPTION_COCO = OPTION_LONG,
    OPTION_SCORE,
    OPTION_MAX_PIXELS,
    OPTION_PRECISION,
    OPTION_OVERWRITE,
};

static const struct option_entry entries[] = {
    {'o', "output", "DIR", "write DIR/NAME/ for each photo NAME.jpg; DIR is made if need be"},
    {'m', "model", "FILE",
     "a model that finds people; otherwise $SWATCH_PERSON_MODEL,\nthen " PERSON_MODEL_DEFAULT},
    {'r', "recursive", NULL, "look for photos in the folders below a folder, too"},
    {OPTION_COCO, "coco", "FILE",
     "write all that was found, from a score of 0.01 on, in COCO's\nresults format"},
    {OPTION_SCORE, "score", "S", "people of at least this score, above 0 to 1 (default 0.6)"},
    {OPTION_MAX_PIXELS, "max-pixels", "N", "refuse photos of more pixels (default 178956970)"},
    {OPTION_PRECISION, "precision", "WHICH", "auto, f32 or bf16"},
    {OPTION_OVERWRITE, "overwrite", NULL, "replace what an earlier call wrote"},
    {'q', "quiet", NULL, "no progress, no count; errors are still said"},
    {0},
};

struct settings {
    const char *output, *model, *coco;
    swatch_precision precision;
    double score;
    size_t max_pixels;
    unsigned how;
    int recursive, quiet;
};

static int parse(const struct verb *verb, int argc, char **argv, struct settings *s, int *key)
{
    static const char *const precisions[] = {"auto", "f32", "bf16", NULL};
    int choice = 0, wrong = 0;
    *s = (struct settings){.score = SWATCH_PERSON_SCORE};
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
        case OPTION_COCO:
            s->coco = optarg;
            break;
        case OPTION_SCORE:
            wrong = options_real(verb, "score", optarg, 0.001, 1, &s->score);
            break;
        case OPTION_MAX_PIXELS:
            wrong = options_size(verb, "max-pixels", optarg, 1, (size_t)1 << 40, &s->max_pixels);
            break;
        case OPTION_PRECISION:
            wrong = options_choice(verb, "precision", optarg, precisions, &choice);
            s->precision = (swatch_precision)choice;
            break;
        case OPTION_OVERWRITE:
            s->how = SWATCH_SAVE_REPLACE;
            break;
        default:
            return -1;
        }
    }
    if (!wrong && optind == argc)
        wrong = options_wrong(verb, "no photo is named");
    if (!wrong && !s->output && !s->coco)
        wrong = options_wrong(verb, "neither -o DIR nor --coco FILE is given");
    if (!wrong && s->output && !*s->output)
        wrong = options_wrong(verb, "-o needs the name of a folder");
    *key = OPTION_WRONG;
    return wrong ? -1 : 0;
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
    if (folder && !coco && !(s->how & SWATCH_SAVE_REPLACE) && output_taken(folder, error))
        goto done;
    status = swatch_photo_open(entry->path, s->max_pixels, &photo, error);
    status = status ? status : swatch_people_find(session, photo, least, &people, error);
    status = status || !coco ? status : swatch_coco_add(coco, people, error);
    if (status)
        goto done;
    swatch_people_keep(people, s->score);
    count->people += swatch_people_count(people);
    status = folder ? swatch_people_save(people, folder, s->how, error) : SWATCH_OK;
done:
    free(folder);
    swatch_people_free(people);
    swatch_photo_free(photo);
    return status;
}

static int find_all(const struct settings *s, const struct photo_list *list,
                    swatch_session *session, swatch_coco *coco)
{
    struct progress bar;
    struct count count = {0};
    swatch_error error;
    size_t i = 0;
    interrupt_catch();
    progress_start(&bar, s->quiet);
    for (; i < list->count && !interrupted(); i++) {
        if (find(s, &list->entries[i], session, coco, &count, &error)) {
            progress_clear(&bar);
            fprintf(stderr, "swatch: %s\n", error.message);
            count.failed++;
        } else {
            count.done++;
        }
        progress_show(&bar, (double)(i + 1) / (double)list->count, "%zu of %zu  %s", i + 1,
                      list->count, list->entries[i].path);
    }
    progress_clear(&bar);
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
    fprintf(stderr,
            list->count > 1 ? "swatch: nobody is found in any of the photos\n"
                            : "swatch: %s: nobody is found\n",
            list->entries[0].path);
    return SWATCH_NO_PERSON;
}

static int run_all(const struct settings *s, const struct photo_list *list)
{
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    swatch_coco *coco = NULL;
    swatch_error error;
    char path[PATH_MAX];
    int status = SWATCH_FAILED;
    if (s->output && output_folder(s->output))
        return SWATCH_FAILED;
    if (person_model_file(s->model, 1, path))
        return SWATCH_FAILED;
    if ((s->coco && swatch_coco_new(s->coco, (s->how & SWATCH_SAVE_REPLACE) != 0, &coco, &error)) ||
        swatch_model_open(path, s->precision, &model, &error) ||
        swatch_session_new(model, &session, &error)) {
        fprintf(stderr, "swatch: %s\n", error.message);
        goto done;
    }
    status = find_all(s, list, session, coco);
    // What was found before a failure is not lost.
    if (coco && swatch_coco_save(coco, &error)) {
        fprintf(stderr, "swatch: %s\n", error.message);
        status = SWATCH_FAILED;
    }
done:
    swatch_coco_free(coco);
    swatch_session_free(session);
    swatch_model_free(model);
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings s;
    struct photo_list list = {0};
    int key, inputs = 0, status = SWATCH_FAILED;
    if (parse(verb, argc, argv, &s, &key))
        return options_status(key);
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
    signal(SIGPIPE, SIG_IGN);
    if (s.output && !s.quiet)
        photos_note_names(&list);
    status = run_all(&s, &list);
done:
    photos_free(&list);
    return status;
}

const struct verb verb_person = {
    .name = "person",
    .arguments = "[OPTION]... PHOTO... -o DIR",
    .summary = "find the people in photos",
    .more =
        "A PHOTO may be a folder; - is standard input. For anna.jpg this writes into DIR/anna/\n"
        "people.png (8-bit palette, the photo's size: 0 background, k the person with the k-th\n"
        "highest score) and people.json (boxes in pixels, scores, areas). Nobody in any of the\n"
        "photos is exit status 3; the files are written nevertheless.",
    .options = entries,
    .many_shapes = 1,
    .run = run,
};
