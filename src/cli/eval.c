// swatch eval MODEL --dataset ccp:DIR --split FILE: figures against the labels.

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch_train.h>

#include "model_file.h"
#include "progress.h"
#include "say.h"
#include "shared.h"
#include "verbs.h"

struct settings {
    swatch_extract_options extract;
    swatch_evaluate_options evaluate;
    const char *person, *people;
    int precision, json;
};

#define EVALUATE(name) offsetof(struct settings, evaluate.name)

static const char *read_classes(void *settings, const char *text)
{
    ((struct settings *)settings)->evaluate.classes = text;
    return class_file_known(text) ? NULL : "must be " CLASS_SETS;
}

static const struct option_entry entries[] = {
    {"dataset", 0, OPTION_TEXT, "KIND:DIR",
     "ccp:DIR, the CCP data (photos/, annotations/, label_list.mat), or folder:DIR, "
     "photos/NAME.jpg and label maps labels/NAME.png",
     .offset = EVALUATE(dataset)},
    {"split", 0, OPTION_FILE, "FILE",
     "measure the photos named in FILE alone, one on each line, as RUN/held-out.txt of a training "
     "has them; needed with ccp:DIR",
     .offset = EVALUATE(split)},
    {"people", 0, OPTION_TEXT, "coco:FILE",
     "for a model that finds people: photos with everybody outlined, in place of a data set",
     .offset = offsetof(struct settings, people),
     .against =
         "dataset classes masks person background no-flip no-refine tolerance worst regions"},
    {"classes", 0, OPTION_OTHER, "FILE",
     "measure in the classes of " CLASS_SETS
     ": those of the model, of its second head, or coarser ones",
     "those of the model", .read = read_classes},
    SHARED_MASKS(struct settings, extract.masks),
    {"person", 0, OPTION_TEXT, "FILE",
     "find the person with this model first, as swatch extract does; true: take the person from "
     "the labels; none: no person step",
     "none", .offset = offsetof(struct settings, person)},
    SHARED_BACKGROUND(struct settings, extract.background),
    SHARED_NO_FLIP(struct settings, extract.no_flip),
    SHARED_NO_REFINE(struct settings, extract.no_refine),
    {"tolerance", 0, OPTION_REAL, "PX", "how many pixels a boundary may be off", "2",
     .offset = EVALUATE(tolerance), .low = 0.5, .high = 100},
    SHARED_PRECISION(struct settings, precision),
    {"worst", 0, OPTION_FOLDER, "DIR",
     "write a page of the 20 worst photos, DIR/index.html; DIR must not be there yet",
     .offset = EVALUATE(worst)},
    {"regions", 0, OPTION_FILE, "FILE",
     "write a table (CSV) of the regions found, with the IoU that the model expects and the true "
     "one, and of the true garments, with what was found for each; FILE must not be there yet",
     .offset = EVALUATE(regions)},
    SHARED_JSON(struct settings, json, "print one JSON object"),
    {0},
};

static void set_defaults(void *settings)
{
    struct settings *s = settings;
    s->evaluate = (swatch_evaluate_options)SWATCH_EVALUATE_OPTIONS_INIT;
    s->person = "none";
    s->extract.only_masks = 1;
}

static int on_progress(void *user, size_t done, size_t photos)
{
    (void)user;
    progress_show((double)done / (double)photos, "%zu of %zu photos", done, photos);
    return interrupted();
}

// A figure with four decimals; null where there is none.
static json_t *number(double value)
{
    return isnan(value) ? json_null() : json_real(round(value * 1e4) / 1e4);
}

// Prints an object, or NULL where memory lacks, and drops it.
static int print_object(json_t *json)
{
    char *text = json ? json_dumps(json, JSON_REAL_PRECISION(10)) : NULL;
    json_decref(json);
    if (!text) {
        say("swatch: out of memory");
        return SWATCH_FAILED;
    }
    puts(text);
    free(text);
    return SWATCH_OK;
}

// The share of the garments that have the right class.
static double named(const swatch_scores *s)
{
    return (double)s->garments_named / (double)s->garments;
}

static int print_json(const swatch_scores *s, int people)
{
    json_t *classes = json_object();
    for (size_t i = 0; i < s->classes; i++) {
        const swatch_class_score *c = &s->of_class[i];
        json_object_set_new(classes, c->name,
                            json_pack("{sI, so, so}", "pixels", (json_int_t)c->pixels, "iou",
                                      number(c->iou), "boundary_f", number(c->boundary)));
    }
    json_t *json = json_pack("{sI, so, so, so}", "photos", (json_int_t)s->photos, "pixel_accuracy",
                             number(s->pixel_accuracy), "mean_iou", number(s->mean_iou),
                             "boundary_f", number(s->mean_boundary));
    if (people)
        json_object_set_new(
            json, "person",
            json_pack("{sI, so}", "found", (json_int_t)s->found, "iou", number(s->person_iou)));
    if (s->garments)
        json_object_set_new(json, "garments",
                            json_pack("{sI, so, sI, so, so}", "count", (json_int_t)s->garments,
                                      "right_class", number(named(s)), "found",
                                      (json_int_t)s->garments_found, "color_difference_median",
                                      number(s->garment_color_median), "color_difference_90",
                                      number(s->garment_color_90)));
    json_object_set_new(json, "classes", classes);
    return print_object(json);
}

static void print_text(const swatch_scores *s, int people)
{
    if (people)
        printf("person found    %zu\nperson IoU      %.4f\n", s->found, s->person_iou);
    printf("photos          %zu\npixel accuracy  %.4f\nmean IoU        %.4f\n"
           "boundary F      %.4f\n",
           s->photos, s->pixel_accuracy, s->mean_iou, s->mean_boundary);
    if (s->garments)
        printf("garments        %zu, and %zu found\nright class     %.4f\n"
               "color off by    %.2f (median), %.2f (90 %%)\n",
               s->garments, s->garments_found, named(s), s->garment_color_median,
               s->garment_color_90);
    printf("\n%-20s %12s %8s %10s\n", "class", "pixels", "IoU", "boundary F");
    for (size_t i = 0; i < s->classes; i++)
        printf("%-20s %12llu %8.4f %10.4f\n", s->of_class[i].name,
               (unsigned long long)s->of_class[i].pixels, s->of_class[i].iou,
               s->of_class[i].boundary);
}

static int open_people(const char *path, swatch_precision precision, swatch_model **model,
                       swatch_evaluate_options *o, swatch_error *error)
{
    o->true_person = strcmp(path, "true") == 0;
    if (o->true_person || strcmp(path, "none") == 0)
        return SWATCH_OK;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = precision;
    const int status = swatch_model_open(path, &options, model, error);
    return status ? status : swatch_session_new(*model, NULL, &o->people, error);
}

static int evaluate(const char *path, const char *person, swatch_precision precision,
                    swatch_evaluate_options *o, int as_json)
{
    swatch_model *model = NULL, *person_model = NULL;
    swatch_session *session = NULL;
    swatch_scores scores = SWATCH_SCORES_INIT;
    swatch_error error;
    char classes[PATH_MAX], count[32];
    const int given = o->classes != NULL;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = precision;
    options.classes = given ? o->classes : NULL;
    int status = swatch_model_open(path, &options, &model, &error);
    if (!status) {
        snprintf(count, sizeof count, "%zu", swatch_model_class_count(model));
        o->classes = class_file(given ? o->classes : count, classes);
        if (!o->classes) {
            swatch_model_free(model);
            return SWATCH_FAILED;
        }
    }
    status = status ? status : swatch_session_new(model, NULL, &session, &error);
    status = status ? status : open_people(person, precision, &person_model, o, &error);
    status = status ? status : swatch_evaluate(session, o, &scores, &error);
    progress_clear();
    if (status)
        say("swatch: %s", error.message);
    else if (as_json)
        status = print_json(&scores, o->people != NULL);
    else
        print_text(&scores, o->people != NULL);
    swatch_session_free(session);
    swatch_session_free(o->people);
    swatch_model_free(model);
    swatch_model_free(person_model);
    return status;
}

// Says what of the file of people does not count, or not as elsewhere.
static void tell_left_out(const swatch_people_scores *s, const char *people)
{
    if (s->without_outline)
        say("swatch: %s: people without an outline, who do not count for masks: %zu", people,
            s->without_outline);
    if (s->unturned)
        say("swatch: %s: photos outlined as they are stored, not as EXIF turns them, and looked at "
            "so: "
            "%zu",
            people, s->unturned);
}

static int print_people(const swatch_people_scores *s, int as_json)
{
    const struct {
        const char *key, *text;
        double value;
    } figures[] = {{"mask_ap", "mask AP", s->mask_ap},
                   {"mask_ap50", "mask AP50", s->mask_ap50},
                   {"mask_ap75", "mask AP75", s->mask_ap75},
                   {"mask_ap_small", "  small", s->mask_small},
                   {"mask_ap_medium", "  medium", s->mask_medium},
                   {"mask_ap_large", "  large", s->mask_large},
                   {"mask_ar", "mask AR", s->recall},
                   {"box_ap", "box AP", s->box_ap},
                   {"box_ap50", "box AP50", s->box_ap50}};
    const size_t count = sizeof figures / sizeof *figures;
    if (as_json) {
        json_t *json = json_pack("{sI, sI, sI}", "photos", (json_int_t)s->photos, "empty",
                                 (json_int_t)s->empty, "false_alarms", (json_int_t)s->alarmed);
        for (size_t i = 0; i < count; i++)
            json_object_set_new(json, figures[i].key, number(figures[i].value));
        return print_object(json);
    }
    printf("photos          %zu\nwithout people  %zu\nfalse alarms    %zu\n", s->photos, s->empty,
           s->alarmed);
    for (size_t i = 0; i < count; i++)
        printf("%-15s %.4f\n", figures[i].text, figures[i].value);
    return SWATCH_OK;
}

static int evaluate_people(const char *path, const struct settings *s)
{
    swatch_evaluate_people_options o = SWATCH_EVALUATE_PEOPLE_OPTIONS_INIT;
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    swatch_people_scores scores = SWATCH_PEOPLE_SCORES_INIT;
    swatch_error error;
    o.people = s->people;
    o.split = s->evaluate.split;
    o.progress = on_progress;
    swatch_model_options options = SWATCH_MODEL_OPTIONS_INIT;
    options.precision = (swatch_precision)s->precision;
    int status = swatch_model_open(path, &options, &model, &error);
    status = status ? status : swatch_session_new(model, NULL, &session, &error);
    status = status ? status : swatch_evaluate_people(session, &o, &scores, &error);
    progress_clear();
    if (status) {
        say("swatch: %s", error.message);
    } else {
        tell_left_out(&scores, s->people);
        status = print_people(&scores, s->json);
    }
    swatch_session_free(session);
    swatch_model_free(model);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct settings *s = settings;
    swatch_evaluate_options *o = &s->evaluate;
    const int folder = o->dataset && strncmp(o->dataset, "folder:", 7) == 0;
    if (folder && !o->classes)
        return table_wrong(verb, "a folder is used with a class file: --classes");
    if (arguments->count != 1 || (!s->people && (!o->dataset || !(o->split || folder))))
        return table_wrong(verb, "a model, --dataset and --split, or --people, are needed");
    interrupt_catch();
    progress_start(0);
    if (s->people)
        return evaluate_people(arguments->words[0], s);
    s->extract.size = sizeof s->extract;
    o->extract = &s->extract;
    o->progress = on_progress;
    return evaluate(arguments->words[0], s->person, (swatch_precision)s->precision, o, s->json);
}

const struct verb verb_eval = {
    .name = "eval",
    .usage = "[OPTION]... MODEL {--dataset KIND:DIR --split FILE | --people coco:FILE}",
    .summary = "measure a model on photos with labels",
    .more = "Prints pixel accuracy, the IoU of each class, their mean, and the boundary F-score, "
            "all at the sizes of the photos. With classes of garments it compares the garments of "
            "1 % of the photo and more, too: how many have the right class in the garment found "
            "for them, the one with the highest IoU, and how far apart (CIEDE2000) the main "
            "colors of both are. With --people it prints the average precision of "
            "masks and boxes as COCO defines it, and the false alarms: in how many photos that "
            "show nobody somebody was found.\n",
    .words = "file",
    .options = entries,
    .settings_size = sizeof(struct settings),
    .defaults = set_defaults,
    .run = run,
};
