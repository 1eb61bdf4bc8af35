// swatch eval MODEL --dataset ccp:DIR --split FILE: figures against the labels.

#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

static const char help[] =
    "usage: swatch eval [options] MODEL --dataset ccp:DIR --split FILE\n"
    "\n"
    "Runs a model over the photos of a split and prints pixel accuracy, each class's IoU, their\n"
    "mean, and the boundary F-score, all at the photos' own sizes.\n"
    "\n"
    "  --dataset ccp:DIR   the CCP data (photos/, annotations/, label_list.mat)\n"
    "  --split FILE        names of photos, one a line\n"
    "  --classes FILE      class file (default: classes/ccp-N.txt for a model of N classes)\n"
    "  --masks HOW         auto, argmax or hsv\n"
    "  --tolerance PX      how far a boundary may be off, pixels (default 2)\n"
    "  --precision P       auto, f32 or bf16\n"
    "  --json              one JSON object on standard output\n";

static int on_progress(void *user, size_t done, size_t photos)
{
    char tail[64];
    (void)user;
    snprintf(tail, sizeof tail, "%zu of %zu photos", done, photos);
    progress_bar("eval", (double)done / (double)photos, tail);
    return interrupted;
}

static void print_number(const char *before, double value, const char *after)
{
    if (isnan(value))
        printf("%snull%s", before, after);
    else
        printf("%s%.4f%s", before, value, after);
}

static void print_json(const swatch_scores *s)
{
    printf("{\"photos\": %zu, \"pixel_accuracy\": %.4f, \"mean_iou\": %.4f, "
           "\"boundary_f\": %.4f, \"classes\": {",
           s->photos, s->pixel_accuracy, s->mean_iou, s->mean_boundary);
    for (size_t i = 0; i < s->classes; i++) { // class names hold nothing that JSON would escape
        printf("%s\"%s\": {\"pixels\": %llu, ", i ? ", " : "", s->of_class[i].name,
               (unsigned long long)s->of_class[i].pixels);
        print_number("\"iou\": ", s->of_class[i].iou, ", ");
        print_number("\"boundary_f\": ", s->of_class[i].boundary, "}");
    }
    puts("}}");
}

static void print_text(const swatch_scores *s)
{
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

int command_eval(int argc, char **argv)
{
    enum { DATASET = 256, SPLIT, CLASSES, MASKS, TOLERANCE, PRECISION, JSON };
    static const struct option options[] = {{"dataset", required_argument, NULL, DATASET},
                                            {"split", required_argument, NULL, SPLIT},
                                            {"classes", required_argument, NULL, CLASSES},
                                            {"masks", required_argument, NULL, MASKS},
                                            {"tolerance", required_argument, NULL, TOLERANCE},
                                            {"precision", required_argument, NULL, PRECISION},
                                            {"json", no_argument, NULL, JSON},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    swatch_extract_options extract = {.only_masks = 1};
    swatch_evaluate_options o = {.extract = &extract, .progress = on_progress};
    swatch_precision precision = SWATCH_PRECISION_AUTO;
    swatch_model *model = NULL;
    swatch_session *session = NULL;
    swatch_scores scores;
    swatch_error error;
    char classes[PATH_MAX], file[32];
    int as_json = 0, option, status;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
        switch (option) {
        case DATASET:
            o.dataset = optarg;
            break;
        case SPLIT:
            o.split = optarg;
            break;
        case CLASSES:
            o.classes = optarg;
            break;
        case MASKS:
            if (parse_masks(optarg, &extract.masks))
                return usage("eval", "--masks %s is neither auto, argmax nor hsv", optarg);
            break;
        case TOLERANCE:
            if (parse_number(optarg, 0.5, 100, &o.tolerance))
                return usage("eval", "--tolerance %s is not 0.5 to 100 pixels", optarg);
            break;
        case PRECISION:
            if (parse_precision(optarg, &precision))
                return usage("eval", "--precision %s is neither auto, f32 nor bf16", optarg);
            break;
        case JSON:
            as_json = 1;
            break;
        case 'h':
            fputs(help, stdout);
            return SWATCH_OK;
        default:
            return SWATCH_USAGE;
        }
    if (argc - optind != 1 || !o.dataset || !o.split)
        return usage("eval", "a model, --dataset and --split are needed");
    catch_signals();
    status = open_model(argv[optind], precision, &model);
    if (status)
        return status;
    if (!o.classes) {
        snprintf(file, sizeof file, "ccp-%zu.txt", swatch_model_class_count(model));
        status = find_shared("classes", file, classes) ? SWATCH_FAILED : SWATCH_OK;
        o.classes = classes;
    }
    status = status ? status : swatch_session_new(model, &session, &error);
    if (!status) {
        status = swatch_evaluate(session, &o, &scores, &error);
        progress_end();
        if (status)
            complain(error.message);
        else if (as_json)
            print_json(&scores);
        else
            print_text(&scores);
    }
    swatch_session_free(session);
    swatch_model_free(model);
    return status;
}
