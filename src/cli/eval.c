// swatch eval MODEL --dataset ccp:DIR --split FILE: figures against the labels.

#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "progress.h"
#include "verbs.h"

enum {
    DATASET = OPTION_LONG,
    SPLIT,
    PEOPLE,
    CLASSES,
    MASKS,
    PERSON,
    BACKGROUND,
    NO_FLIP,
    NO_REFINE,
    TOLERANCE,
    PRECISION,
    WORST,
    JSON,
};

static const struct option_entry entries[] = {
    {DATASET, "dataset", "KIND:DIR",
     "ccp:DIR, the CCP data (photos/, annotations/, label_list.mat), or\nfolder:DIR, "
     "photos/NAME.jpg "
     "and label maps labels/NAME.png"},
    {SPLIT, "split", "FILE", "names of photos, one a line; a folder's are otherwise all"},
    {PEOPLE, "people", "coco:FILE",
     "for a model that finds people: photos with everybody outlined,\nin place of dataset and "
     "split"},
    {CLASSES, "classes", "FILE",
     "4, 29, 59 or a class file: measure in these classes, the\nmodel's own (default) or "
     "coarser ones"},
    {MASKS, "masks", "HOW", "auto, argmax or hsv"},
    {PERSON, "person", "FILE",
     "find the person with this model first; \"true\": take the labels'\nperson; none (default): "
     "no person step"},
    {BACKGROUND, "background", "COLOR",
     "painted around the person: keep (nothing, default), grey, black\nor white"},
    {NO_FLIP, "no-flip", NULL, "do not look at the mirrored photo as well"},
    {NO_REFINE, "no-refine", NULL, "do not draw edges along the photo's"},
    {TOLERANCE, "tolerance", "PX", "how far a boundary may be off, pixels (2)"},
    {PRECISION, "precision", "P", "auto, f32 or bf16"},
    {WORST, "worst", "DIR",
     "write a page of the 20 worst photos, DIR/index.html; DIR must not be\nthere yet"},
    {JSON, "json", NULL, "one JSON object on standard output"},
    {0, NULL, NULL, NULL},
};

static int on_progress(void *user, size_t done, size_t photos)
{
    progress_show(user, (double)done / (double)photos, "%zu of %zu photos", done, photos);
    return interrupted();
}

static void print_number(const char *before, double value, const char *after)
{
    if (isnan(value))
        printf("%snull%s", before, after);
    else
        printf("%s%.4f%s", before, value, after);
}

static void print_json(const swatch_scores *s, int people)
{
    printf("{\"photos\": %zu, \"pixel_accuracy\": %.4f, \"mean_iou\": %.4f, "
           "\"boundary_f\": %.4f, ",
           s->photos, s->pixel_accuracy, s->mean_iou, s->mean_boundary);
    if (people)
        printf("\"person\": {\"found\": %zu, \"iou\": %.4f}, ", s->found, s->person_iou);
    printf("\"classes\": {");
    for (size_t i = 0; i < s->classes; i++) { // class names hold nothing that JSON would escape
        printf("%s\"%s\": {\"pixels\": %llu, ", i ? ", " : "", s->of_class[i].name,
               (unsigned long long)s->of_class[i].pixels);
        print_number("\"iou\": ", s->of_class[i].iou, ", ");
        print_number("\"boundary_f\": ", s->of_class[i].boundary, "}");
    }
    puts("}}");
}

static void print_text(const swatch_scores *s, int people)
{
    if (people)
        printf("person found    %zu\nperson IoU      %.4f\n", s->found, s->person_iou);
    printf(
        "photos          %zu\npixel accuracy  %.4f\nmean IoU        %.4f\nboundary F      %.4f\n\n"
        "%-20s %12s %8s %10s\n",
        s->photos, s->pixel_accuracy, s->mean_iou, s->mean_boundary, "class", "pixels", "IoU",
        "boundary F");
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
    const int status = swatch_model_open(path, precision, model, error);
    return status ? status : swatch_session_new(*model, &o->people, error);
}

static int evaluate(const char *path, const char *person, swatch_precision precision,
                    swatch_evaluate_options *o, int as_json, struct progress *bar)
{
    swatch_model *model = NULL, *person_model = NULL;
    swatch_session *session = NULL;
    swatch_scores scores;
    swatch_error error;
    char classes[PATH_MAX], count[32];
    const int given = o->classes != NULL;
    int status = swatch_model_open(path, precision, &model, &error);
    if (!status) {
        snprintf(count, sizeof count, "%zu", swatch_model_class_count(model));
        o->classes = class_file(given ? o->classes : count, classes);
        if (!o->classes) {
            swatch_model_free(model);
            return SWATCH_FAILED;
        }
    }
    status = status || !given ? status : swatch_model_fold(model, o->classes, &error);
    status = status ? status : swatch_session_new(model, &session, &error);
    status = status ? status : open_people(person, precision, &person_model, o, &error);
    status = status ? status : swatch_evaluate(session, o, &scores, &error);
    progress_clear(bar);
    if (status)
        fprintf(stderr, "swatch: %s\n", error.message);
    else if (as_json)
        print_json(&scores, o->people != NULL);
    else
        print_text(&scores, o->people != NULL);
    swatch_session_free(session);
    swatch_session_free(o->people);
    swatch_model_free(model);
    swatch_model_free(person_model);
    return status;
}

static int evaluate_people(const char *path, const char *people, int as_json)
{
    swatch_people_scores s;
    swatch_error error;
    const int status = swatch_evaluate_people(path, people, &s, &error);
    if (status) {
        fprintf(stderr, "swatch: %s\n", error.message);
        return status;
    }
    const struct {
        const char *key, *text;
        double value;
    } figures[] = {{"mask_ap", "mask AP", s.mask_ap},
                   {"mask_ap50", "mask AP50", s.mask_ap50},
                   {"mask_ap75", "mask AP75", s.mask_ap75},
                   {"mask_ap_small", "  small", s.mask_small},
                   {"mask_ap_medium", "  medium", s.mask_medium},
                   {"mask_ap_large", "  large", s.mask_large},
                   {"mask_ar", "mask AR", s.recall},
                   {"box_ap", "box AP", s.box_ap},
                   {"box_ap50", "box AP50", s.box_ap50}};
    printf(as_json ? "{\"photos\": %zu, \"empty\": %zu, \"false_alarms\": %zu"
                   : "photos          %zu\nwithout people  %zu\nfalse alarms    %zu\n",
           s.photos, s.empty, s.alarmed);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (as_json) {
            printf(", \"%s\": ", figures[i].key);
            print_number("", figures[i].value, "");
        } else {
            printf("%-15s %.4f\n", figures[i].text, figures[i].value);
        }
    printf("%s", as_json ? "}\n" : "");
    return SWATCH_OK;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    static const char *const masks[] = {"auto", "argmax", "hsv", NULL};
    static const char *const backgrounds[] = {"keep", "grey", "black", "white", NULL};
    static const char *const precisions[] = {"auto", "f32", "bf16", NULL};
    swatch_extract_options extract = {.only_masks = 1};
    struct progress bar;
    swatch_evaluate_options o = {.extract = &extract, .progress = on_progress, .user = &bar};
    const char *person = "none", *people = NULL;
    int precision = SWATCH_PRECISION_AUTO, chosen, as_json = 0, key;

    while ((key = options_next(verb, argc, argv)) != OPTION_END)
        switch (key) {
        case DATASET:
            o.dataset = optarg;
            break;
        case SPLIT:
            o.split = optarg;
            break;
        case PEOPLE:
            people = optarg;
            break;
        case CLASSES:
            o.classes = optarg;
            if (!class_file_known(optarg))
                return options_wrong(verb, "--classes %s: not 4, 29, 59 or a class file", optarg);
            break;
        case MASKS:
            if (options_choice(verb, "masks", optarg, masks, &chosen))
                return SWATCH_USAGE;
            extract.masks = (swatch_masks)chosen;
            break;
        case PERSON:
            person = optarg;
            break;
        case BACKGROUND:
            if (options_choice(verb, "background", optarg, backgrounds, &chosen))
                return SWATCH_USAGE;
            extract.background = (swatch_background)chosen;
            break;
        case NO_FLIP:
            extract.no_flip = 1;
            break;
        case NO_REFINE:
            extract.no_refine = 1;
            break;
        case TOLERANCE:
            if (options_real(verb, "tolerance", optarg, 0.5, 100, &o.tolerance))
                return SWATCH_USAGE;
            break;
        case PRECISION:
            if (options_choice(verb, "precision", optarg, precisions, &precision))
                return SWATCH_USAGE;
            break;
        case WORST:
            o.worst = optarg;
            break;
        case JSON:
            as_json = 1;
            break;
        default:
            return options_status(key);
        }
    const int folder = o.dataset && strncmp(o.dataset, "folder:", 7) == 0;
    if (folder && !o.classes)
        return options_wrong(verb, "a folder is used with a class file: --classes");
    if (argc - optind != 1 || (!people && (!o.dataset || !(o.split || folder))))
        return options_wrong(verb, "a model, --dataset and --split, or --people, are needed");
    if (people && o.worst)
        return options_wrong(verb, "--worst is for a data set, not for --people");
    if (people)
        return evaluate_people(argv[optind], people, as_json);
    interrupt_catch();
    progress_start(&bar, 0);
    return evaluate(argv[optind], person, (swatch_precision)precision, &o, as_json, &bar);
}

const struct verb verb_eval = {
    .name = "eval",
    .arguments = "[OPTION]... MODEL {--dataset KIND:DIR --split FILE | --people coco:FILE}",
    .summary = "measure a model on photos with labels",
    .more =
        "Prints pixel accuracy, each class's IoU, their mean, and the boundary F-score, all at\n"
        "the photos' own sizes. With --people: COCO's average precision of masks and boxes, and "
        "in\n"
        "how many photos that show nobody somebody was found.",
    .options = entries,
    .run = run,
};
