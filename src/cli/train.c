// swatch train: trains a model and keeps the run in a folder.

#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "progress.h"
#include "verbs.h"

enum kind { TEXT, SIZE, COUNT, REAL, DOUBLE, FLAG, CLEAR, CHOICE };

// Every option that fills in one field: name, argument and help, the field with its kind, and its
// limits or its two choices (0 and 1).
#define FIELDS(X)                                                                                  \
    X("dataset", "KIND:DIR", "ccp:DIR, the CCP data, or folder:DIR, photos/ beside labels/", TEXT, \
      dataset, 0, 0, NULL)                                                                         \
    X("split", "FILE", "names of photos, one a line; needed with ccp:DIR", TEXT, split, 0, 0,      \
      NULL)                                                                                        \
    X("classes", "FILE", "class file (classes/ccp-4.txt)", TEXT, classes, 0, 0, NULL)              \
    X("people", "coco:FILE", "for mask-rcnn: people outlined in COCO's format", TEXT, people, 0,   \
      0, NULL)                                                                                     \
    X("ccp-share", "S", "for mask-rcnn: of samples from the dataset, 0-1 (0.3)", REAL, ccp_share,  \
      0, 1, NULL)                                                                                  \
    X("paste", "S", "for mask-rcnn: of samples with people of other photos pasted in, 0-1 (0.5)",  \
      REAL, paste, 0, 1, NULL)                                                                     \
    X("hold-out", "N", "every N-th photo is for validation (10; 0: none)", SIZE, hold_out, 0, 1e6, \
      NULL)                                                                                        \
    X("validation", "FILE", "names of photos for validation, in place of --hold-out", TEXT,        \
      validation, 0, 0, NULL)                                                                      \
    X("run", "DIR", "folder of the run", TEXT, run, 0, 0, NULL)                                    \
    X("resume", NULL, "continue the run in the folder", FLAG, resume, 0, 0, NULL)                  \
    X("start-from", "FILE", "safetensors with weights to begin with", TEXT, start_from, 0, 0,      \
      NULL)                                                                                        \
    X("steps", "N", "of the whole run (5000)", COUNT, steps, 1, 1e12, NULL)                        \
    X("seed", "N", "of all random numbers (1)", COUNT, seed, 0, 1e15, NULL)                        \
    X("validate-every", "N", "steps (500; 0: at the end)", COUNT, validate_every, 0, 1e12, NULL)   \
    X("checkpoint-minutes", "M", "between checkpoints (10)", DOUBLE, checkpoint_minutes, 0, 1e6,   \
      NULL)                                                                                        \
    X("loader-threads", "N", "that read and augment photos (1)", SIZE, loader_threads, 1, 256,     \
      NULL)                                                                                        \
    X("generator", "NAME", "lite-unet, keras-gan, pix2pix, pix2pix-256 or mask-rcnn", TEXT,        \
      generator, 0, 0, NULL)                                                                       \
    X("output", "WHAT", "class scores, or a color-coded rgb map", CHOICE, rgb, 0, 0, "scores|rgb") \
    X("filters", "N", "of the generator's first layer", SIZE, filters, 1, 1024, NULL)              \
    X("discriminator", "NAME", "keras-gan or patchgan (the paper's)", CHOICE, patchgan, 0, 0,      \
      "keras-gan|patchgan")                                                                        \
    X("discriminator-filters", "N", "of its first layer (16)", SIZE, discriminator_filters, 1,     \
      1024, NULL)                                                                                  \
    X("height", "PX", "of the network's input (384)", SIZE, height, 1, 8192, NULL)                 \
    X("width", "PX", "of the network's input (256)", SIZE, width, 1, 8192, NULL)                   \
    X("pixel-weight", "W", "of cross-entropy or L1 (1)", REAL, pixel_weight, 0, 1e6, NULL)         \
    X("region-weight", "W", "of soft Dice, which counts rare classes like others (0)", REAL,       \
      region_weight, 0, 1e6, NULL)                                                                 \
    X("class-balance", "B", "weigh classes as frequency to minus B, 0-1 (0)", REAL, class_balance, \
      0, 1, NULL)                                                                                  \
    X("repeat-rare", "S", "show photos with a class that fewer than S of them have more often",    \
      REAL, repeat_rare, 0, 1, NULL)                                                               \
    X("gan-weight", "W", "of the adversarial loss (0.02; 0: no discriminator)", REAL, gan_weight,  \
      0, 1e6, NULL)                                                                                \
    X("gan-loss", "KIND", "squares or logistic", CHOICE, logistic, 0, 0, "squares|logistic")       \
    X("batch", "N", "photos a step (8)", SIZE, batch, 1, 4096, NULL)                               \
    X("device", "NAME", "auto, cpu, cuda or cuda:N, an NVIDIA GPU", TEXT, device, 0, 0, NULL)      \
    X("sync-norm", NULL, "normalize over the whole batch that ranks (mpirun) share", FLAG,         \
      sync_norm, 0, 0, NULL)                                                                       \
    X("rate", "R", "learning rate (0.001)", REAL, rate, 0, 10, NULL)                               \
    X("encoder-rate", "SHARE", "of the rate, for a pretrained encoder, up to 1 (1)", REAL,         \
      encoder_rate, 0, 1, NULL)                                                                    \
    X("schedule", "KIND", "cosine or constant", CHOICE, cosine, 0, 0, "constant|cosine")           \
    X("warmup", "SHARE", "of the steps with a rising rate (0.05)", REAL, warmup, 0, 1, NULL)       \
    X("beta1", "B", "Adam's (0.9)", REAL, beta1, 0, 1, NULL)                                       \
    X("beta2", "B", "Adam's (0.999)", REAL, beta2, 0, 1, NULL)                                     \
    X("decay", "D", "weight decay, decoupled (0.01)", REAL, decay, 0, 10, NULL)                    \
    X("average-decay", "D", "of the weights' moving average (0.998; 0: none)", REAL,               \
      average_decay, 0, 1, NULL)                                                                   \
    X("no-flip", NULL, "do not mirror photos", CLEAR, flip, 0, 0, NULL)                            \
    X("rotation", "DEG", "turn photos by up to so much (12)", REAL, rotation, 0, 180, NULL)        \
    X("close-ups", "SHARE", "of samples that are close-ups (0.25)", REAL, close_ups, 0, 1, NULL)   \
    X("close-scale", "S", "largest scale of close-ups (4)", REAL, close_scale, 0, 100, NULL)       \
    X("persons", "SHARE", "of samples that show the person alone, painted around (0.5)", REAL,     \
      persons, 0, 1, NULL)                                                                         \
    X("color", "S", "strength of color changes, 0-1 (0.7)", REAL, color, 0, 1, NULL)

static const struct target {
    const char *name;
    enum kind kind;
    size_t offset;
    double low, high;
    const char *choices;
} targets[] = {
#define X(name, argument, text, kind, field, low, high, choices)                                   \
    {name, kind, offsetof(swatch_train_options, field), low, high, choices},
    FIELDS(X)
#undef X
};
#define TARGETS (sizeof targets / sizeof *targets)

// Keys of fields are OPTION_LONG + their place among the targets.
enum { ARTICLE = OPTION_LONG + TARGETS, SCALE, PRECISION, CACHE };

#define X(name, argument, text, kind, field, low, high, choices)                                   \
    {OPTION_LONG + FIELD_##field, name, argument, text},
#define FIELD_ENUM(name, argument, text, kind, field, low, high, choices) FIELD_##field,
enum { FIELDS(FIELD_ENUM) };
static const struct option_entry entries[] = {
    {ARTICLE, "article", NULL, "the article's networks and recipe; other options still count"},
    FIELDS(X){SCALE, "scale", "LOW,HIGH", "size of photos; 1 fits the input (0.8,1.8)"},
    {PRECISION, "precision", "P", "auto, f32 or bf16"},
    {CACHE, "cache-mb", "N", "decoded photos kept in memory, MB (2048)"},
    {0, NULL, NULL, NULL},
};
#undef X

static int choose(const char *choices, const char *text, int *value)
{
    const char *bar = strchr(choices, '|');
    const size_t first = (size_t)(bar - choices);
    if (strlen(text) == first && strncmp(text, choices, first) == 0)
        *value = 0;
    else if (strcmp(text, bar + 1) == 0)
        *value = 1;
    else
        return 1;
    return 0;
}

static int set(const struct verb *verb, swatch_train_options *o, const struct target *t,
               const char *text)
{
    void *field = (char *)o + t->offset;
    size_t count;
    double number;
    switch (t->kind) {
    case TEXT:
        *(const char **)field = text;
        return SWATCH_OK;
    case FLAG:
    case CLEAR:
        *(int *)field = t->kind == FLAG;
        return SWATCH_OK;
    case SIZE:
    case COUNT:
        if (options_size(verb, t->name, text, (size_t)t->low, (size_t)t->high, &count))
            return SWATCH_USAGE;
        if (t->kind == SIZE)
            *(size_t *)field = count;
        else
            *(uint64_t *)field = count;
        return SWATCH_OK;
    case REAL:
    case DOUBLE:
        if (options_real(verb, t->name, text, t->low, t->high, &number))
            return SWATCH_USAGE;
        if (t->kind == REAL)
            *(float *)field = (float)number;
        else
            *(double *)field = number;
        return SWATCH_OK;
    default:
        return choose(t->choices, text, field)
                   ? options_wrong(verb, "--%s %s is none of %s", t->name, text, t->choices)
                   : SWATCH_OK;
    }
}

static int set_scale(const struct verb *verb, swatch_train_options *o, const char *text)
{
    char end;
    if (sscanf(text, "%f,%f%c", &o->scale_low, &o->scale_high, &end) != 2 ||
        !(o->scale_low >= 0.1f && o->scale_high <= 10 && o->scale_low <= o->scale_high))
        return options_wrong(verb, "--scale %s is not LOW,HIGH from 0.1 to 10", text);
    return SWATCH_OK;
}

struct watch {
    struct progress bar;
    int stopped; // by an interrupt
    int told;    // where it trains
};

static void on_person_progress(struct progress *bar, const swatch_train_progress *p)
{
    progress_show(bar, (double)p->step / (double)p->steps,
                  "%llu/%llu proposals %.3f boxes %.3f masks %.3f  %.1f photos/s %.2f TFLOP/s "
                  "wait %.0f %% %.0f min left",
                  (unsigned long long)p->step, (unsigned long long)p->steps, p->loss_proposals,
                  p->loss_boxes, p->loss_masks, p->photos_per_second, p->flops_per_second / 1e12,
                  100 * p->wait_share, p->seconds_left / 60);
    if (p->validated) {
        progress_clear(bar);
        printf("step %llu: masks %.4f, mask AP %.4f, AP50 %.4f, box AP %.4f, person IoU %.4f, "
               "false alarms %.3f\n",
               (unsigned long long)p->step, p->loss_masks, p->mask_ap, p->mask_ap50, p->box_ap,
               p->person_iou, p->false_alarm);
        fflush(stdout);
    }
}

static void on_clothes_progress(struct progress *bar, const swatch_train_progress *p)
{
    progress_show(
        bar, (double)p->step / (double)p->steps,
        "%llu/%llu loss %.4f fool %.3f disc %.3f  %.1f photos/s %.2f TFLOP/s wait %.0f %% "
        "%.0f min left",
        (unsigned long long)p->step, (unsigned long long)p->steps, p->loss_pixel, p->loss_fool,
        p->loss_discriminator, p->photos_per_second, p->flops_per_second / 1e12,
        100 * p->wait_share, p->seconds_left / 60);
    if (p->validated) {
        progress_clear(bar);
        printf("step %llu: loss %.4f, pixel accuracy %.4f, mean IoU %.4f, boundary F %.4f\n",
               (unsigned long long)p->step, p->loss_pixel, p->pixel_accuracy, p->mean_iou,
               p->mean_boundary);
        fflush(stdout);
    }
}

static int on_progress(void *user, const swatch_train_progress *p)
{
    struct watch *watch = user;
    struct progress *bar = &watch->bar;
    watch->stopped = interrupted();
    if (p->step == p->steps && p->photos_per_second == 0) {
        printf("the run is finished: all steps (%llu) are done\n", (unsigned long long)p->steps);
        return 0;
    }
    if (!watch->told && strcmp(p->device, "cpu") != 0)
        printf("training on %s\n", p->device);
    watch->told = 1;
    if (p->loss_masks > 0 || p->mask_ap > 0)
        on_person_progress(bar, p);
    else
        on_clothes_progress(bar, p);
    return watch->stopped;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    static const char *const precisions[] = {"auto", "f32", "bf16", NULL};
    swatch_train_options o;
    swatch_error error;
    struct watch watch = {0};
    char classes[PATH_MAX];
    size_t megabytes;
    int finished, key, status;

    swatch_train_defaults(&o);
    for (int i = 1; i < argc; i++) // first, so that the other options can change parts of it
        if (strcmp(argv[i], "--article") == 0)
            swatch_train_article(&o);
        else if (strcmp(argv[i], "--generator=mask-rcnn") == 0 ||
                 (strcmp(argv[i], "--generator") == 0 && i + 1 < argc &&
                  strcmp(argv[i + 1], "mask-rcnn") == 0))
            swatch_train_person(&o);
    while ((key = options_next(verb, argc, argv)) != OPTION_END)
        switch (key) {
        case OPTION_WRONG:
        case OPTION_HELPED:
            return options_status(key);
        case ARTICLE:
            break;
        case SCALE:
            if (set_scale(verb, &o, optarg))
                return SWATCH_USAGE;
            break;
        case PRECISION:
            if (options_choice(verb, "precision", optarg, precisions, &o.precision))
                return SWATCH_USAGE;
            break;
        case CACHE:
            if (options_size(verb, "cache-mb", optarg, 0, 1 << 20, &megabytes))
                return SWATCH_USAGE;
            o.cache_bytes = megabytes << 20;
            break;
        default:
            if (set(verb, &o, &targets[key - OPTION_LONG], optarg))
                return SWATCH_USAGE;
        }
    if (optind < argc)
        return options_wrong(verb, "%s is no option", argv[optind]);
    const int person = strcmp(o.generator, "mask-rcnn") == 0;
    const int folder = o.dataset && strncmp(o.dataset, "folder:", 7) == 0;
    if (!o.run || (!person && !o.dataset))
        return options_wrong(verb, person ? "--run is needed" : "--dataset and --run are needed");
    if (folder && !o.classes)
        return options_wrong(verb, "a folder is used with a class file: --classes");
    if (o.dataset && !folder && strncmp(o.dataset, "ccp:", 4) != 0)
        return options_wrong(verb, "%s: a data set is given as ccp:DIR or folder:DIR", o.dataset);
    if (o.dataset && !folder && !o.split)
        return options_wrong(verb, "CCP is used with a split: --split");
    if (!person && !o.classes && !(o.classes = shared_file("classes", "ccp-4.txt", classes)))
        return SWATCH_FAILED;
    progress_start(&watch.bar, 0);
    o.progress = on_progress;
    o.user = &watch;
    interrupt_catch();
    status = swatch_train(&o, &finished, &error);
    progress_clear(&watch.bar);
    // Of many ranks one tells what all know.
    if (status && error.message[0])
        fprintf(stderr, "swatch: %s\n", error.message);
    else if (!status && !finished && watch.stopped)
        printf("stopped; --resume goes on from %s/checkpoint.safetensors\n", o.run);
    return status ? status : finished ? SWATCH_OK : SWATCH_FAILED;
}

const struct verb verb_train = {
    .name = "train",
    .arguments = "[OPTION]... --dataset KIND:DIR [--split FILE] --run DIR",
    .summary = "train a model on photos with labels",
    .more = "Leaves DIR/best.safetensors, checkpoints, samples and a page of the run\n"
            "(DIR/index.html). Interrupted (Ctrl-C), it writes a checkpoint and leaves with exit\n"
            "status 1; --resume goes on as if nothing had been. docs/training.md explains the\n"
            "numbers.",
    .options = entries,
    .run = run,
};
