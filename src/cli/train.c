// swatch train: trains a model and keeps the run in a folder.

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "progress.h"
#include "say.h"
#include "shared.h"
#include "verbs.h"

struct settings {
    swatch_train_options train;
    size_t cache; // megabytes
};

#define FIELD(name) offsetof(struct settings, train.name)

static const char *read_article(void *settings, const char *text)
{
    (void)text;
    swatch_train_article(&((struct settings *)settings)->train);
    return NULL;
}

static const char *read_generator(void *settings, const char *text)
{
    swatch_train_options *o = &((struct settings *)settings)->train;
    if (strcmp(text, "mask-rcnn") == 0)
        swatch_train_person(o);
    o->generator = text;
    return NULL;
}

static const char *read_scale(void *settings, const char *text)
{
    swatch_train_options *o = &((struct settings *)settings)->train;
    char end;
    if (sscanf(text, "%f,%f%c", &o->scale_low, &o->scale_high, &end) != 2 ||
        !(o->scale_low >= 0.1f && o->scale_high <= 10 && o->scale_low <= o->scale_high))
        return "must be LOW,HIGH from 0.1 to 10";
    return NULL;
}

static const struct option_entry entries[] = {
    {"article", 0, OPTION_OTHER, NULL,
     "the networks and the recipe of the article; other options still count", .read = read_article,
     .first = 1},
    {"generator", 0, OPTION_OTHER, "NAME",
     "lite-unet, keras-gan, pix2pix, pix2pix-256 or mask-rcnn", .read = read_generator, .first = 1},
    {"dataset", 0, OPTION_TEXT, "KIND:DIR",
     "ccp:DIR, the CCP data, or folder:DIR, photos/ beside labels/", .offset = FIELD(dataset)},
    {"split", 0, OPTION_FILE, "FILE", "names of photos, one a line; needed with ccp:DIR",
     .offset = FIELD(split)},
    {"classes", 0, OPTION_FILE, "FILE", "class file (classes/ccp-4.txt)", .offset = FIELD(classes)},
    {"people", 0, OPTION_TEXT, "coco:FILE", "for mask-rcnn: people outlined in COCO's format",
     .offset = FIELD(people)},
    {"ccp-share", 0, OPTION_FLOAT, "S", "for mask-rcnn: of samples from the dataset, 0-1 (0.3)",
     .offset = FIELD(ccp_share), .high = 1},
    {"paste", 0, OPTION_FLOAT, "S",
     "for mask-rcnn: of samples with people of other photos pasted in, 0-1 (0.5)",
     .offset = FIELD(paste), .high = 1},
    {"hold-out", 0, OPTION_SIZE, "N", "every N-th photo is for validation (10; 0: none)",
     .offset = FIELD(hold_out), .high = 1e6},
    {"validation", 0, OPTION_FILE, "FILE", "names of photos for validation, in place of --hold-out",
     .offset = FIELD(validation)},
    {"run", 0, OPTION_FOLDER, "DIR", "folder of the run", .offset = FIELD(run)},
    {"resume", 0, OPTION_FLAG, NULL, "continue the run in the folder", .offset = FIELD(resume)},
    {"start-from", 0, OPTION_FILE, "FILE", "safetensors with weights to begin with",
     .offset = FIELD(start_from)},
    {"steps", 0, OPTION_COUNT, "N", "of the whole run (5000)", .offset = FIELD(steps), .low = 1,
     .high = 1e12},
    {"seed", 0, OPTION_COUNT, "N", "of all random numbers (1)", .offset = FIELD(seed),
     .high = 1e15},
    {"validate-every", 0, OPTION_COUNT, "N", "steps (500; 0: at the end)",
     .offset = FIELD(validate_every), .high = 1e12},
    {"checkpoint-minutes", 0, OPTION_REAL, "M", "between checkpoints (10)",
     .offset = FIELD(checkpoint_minutes), .high = 1e6},
    {"loader-threads", 0, OPTION_SIZE, "N", "that read and augment photos (1)",
     .offset = FIELD(loader_threads), .low = 1, .high = 256},
    {"output", 0, OPTION_CHOICE, "WHAT", "class scores, or a color-coded rgb map",
     .offset = FIELD(rgb), .choices = (const char *const[]){"scores", "rgb", NULL}},
    {"filters", 0, OPTION_SIZE, "N", "of the generator's first layer", .offset = FIELD(filters),
     .low = 1, .high = 1024},
    {"discriminator", 0, OPTION_CHOICE, "NAME", "keras-gan or patchgan (the paper's)",
     .offset = FIELD(patchgan), .choices = (const char *const[]){"keras-gan", "patchgan", NULL}},
    {"discriminator-filters", 0, OPTION_SIZE, "N", "of its first layer (16)",
     .offset = FIELD(discriminator_filters), .low = 1, .high = 1024},
    {"height", 0, OPTION_SIZE, "PX", "of the network's input (384)", .offset = FIELD(height),
     .low = 1, .high = 8192},
    {"width", 0, OPTION_SIZE, "PX", "of the network's input (256)", .offset = FIELD(width),
     .low = 1, .high = 8192},
    {"pixel-weight", 0, OPTION_FLOAT, "W", "of cross-entropy or L1 (1)",
     .offset = FIELD(pixel_weight), .high = 1e6},
    {"region-weight", 0, OPTION_FLOAT, "W",
     "of soft Dice, which counts rare classes like others (0)", .offset = FIELD(region_weight),
     .high = 1e6},
    {"class-balance", 0, OPTION_FLOAT, "B", "weigh classes as frequency to minus B, 0-1 (0)",
     .offset = FIELD(class_balance), .high = 1},
    {"repeat-rare", 0, OPTION_FLOAT, "S",
     "show photos with a class that fewer than S of them have more often",
     .offset = FIELD(repeat_rare), .high = 1},
    {"gan-weight", 0, OPTION_FLOAT, "W", "of the adversarial loss (0.02; 0: no discriminator)",
     .offset = FIELD(gan_weight), .high = 1e6},
    {"gan-loss", 0, OPTION_CHOICE, "KIND", "squares or logistic", .offset = FIELD(logistic),
     .choices = (const char *const[]){"squares", "logistic", NULL}},
    {"batch", 0, OPTION_SIZE, "N", "photos a step (8)", .offset = FIELD(batch), .low = 1,
     .high = 4096},
    {"device", 0, OPTION_TEXT, "NAME", "auto, cpu, cuda or cuda:N, an NVIDIA GPU",
     .offset = FIELD(device)},
    {"sync-norm", 0, OPTION_FLAG, NULL, "normalize over the whole batch that ranks (mpirun) share",
     .offset = FIELD(sync_norm)},
    {"rate", 0, OPTION_FLOAT, "R", "learning rate (0.001)", .offset = FIELD(rate), .high = 10},
    {"encoder-rate", 0, OPTION_FLOAT, "SHARE", "of the rate, for a pretrained encoder, up to 1 (1)",
     .offset = FIELD(encoder_rate), .high = 1},
    {"schedule", 0, OPTION_CHOICE, "KIND", "cosine or constant", .offset = FIELD(cosine),
     .choices = (const char *const[]){"constant", "cosine", NULL}},
    {"warmup", 0, OPTION_FLOAT, "SHARE", "of the steps with a rising rate (0.05)",
     .offset = FIELD(warmup), .high = 1},
    {"beta1", 0, OPTION_FLOAT, "B", "Adam's (0.9)", .offset = FIELD(beta1), .high = 1},
    {"beta2", 0, OPTION_FLOAT, "B", "Adam's (0.999)", .offset = FIELD(beta2), .high = 1},
    {"decay", 0, OPTION_FLOAT, "D", "weight decay, decoupled (0.01)", .offset = FIELD(decay),
     .high = 10},
    {"average-decay", 0, OPTION_FLOAT, "D", "of the weights' moving average (0.998; 0: none)",
     .offset = FIELD(average_decay), .high = 1},
    {"no-flip", 0, OPTION_OFF, NULL, "do not mirror photos", .offset = FIELD(flip)},
    {"rotation", 0, OPTION_FLOAT, "DEG", "turn photos by up to so much (12)",
     .offset = FIELD(rotation), .high = 180},
    {"close-ups", 0, OPTION_FLOAT, "SHARE", "of samples that are close-ups (0.25)",
     .offset = FIELD(close_ups), .high = 1},
    {"close-scale", 0, OPTION_FLOAT, "S", "largest scale of close-ups (4)",
     .offset = FIELD(close_scale), .high = 100},
    {"persons", 0, OPTION_FLOAT, "SHARE",
     "of samples that show the person alone, painted around (0.5)", .offset = FIELD(persons),
     .high = 1},
    {"color", 0, OPTION_FLOAT, "S", "strength of color changes, 0-1 (0.7)", .offset = FIELD(color),
     .high = 1},
    {"scale", 0, OPTION_OTHER, "LOW,HIGH", "size of photos; 1 fits the input", "0.8,1.8",
     .read = read_scale},
    SHARED_PRECISION(struct settings, train.precision),
    {"cache-mb", 0, OPTION_SIZE, "N", "decoded photos kept in memory, MB", "2048",
     .offset = offsetof(struct settings, cache), .high = 1 << 20},
    {0},
};

static void set_defaults(void *settings)
{
    struct settings *s = settings;
    swatch_train_defaults(&s->train);
    s->cache = s->train.cache_bytes >> 20;
}

struct watch {
    int stopped; // by an interrupt
    int told;    // where it trains
};

static void on_person_progress(const swatch_train_progress *p)
{
    progress_show((double)p->step / (double)p->steps,
                  "%llu/%llu proposals %.3f boxes %.3f masks %.3f  %.1f photos/s %.2f TFLOP/s "
                  "wait %.0f %% %.0f min left",
                  (unsigned long long)p->step, (unsigned long long)p->steps, p->loss_proposals,
                  p->loss_boxes, p->loss_masks, p->photos_per_second, p->flops_per_second / 1e12,
                  100 * p->wait_share, p->seconds_left / 60);
    if (p->validated) {
        progress_clear();
        printf("step %llu: masks %.4f, mask AP %.4f, AP50 %.4f, box AP %.4f, person IoU %.4f, "
               "false alarms %.3f\n",
               (unsigned long long)p->step, p->loss_masks, p->mask_ap, p->mask_ap50, p->box_ap,
               p->person_iou, p->false_alarm);
        fflush(stdout);
    }
}

static void on_clothes_progress(const swatch_train_progress *p)
{
    progress_show(
        (double)p->step / (double)p->steps,
        "%llu/%llu loss %.4f fool %.3f disc %.3f  %.1f photos/s %.2f TFLOP/s wait %.0f %% "
        "%.0f min left",
        (unsigned long long)p->step, (unsigned long long)p->steps, p->loss_pixel, p->loss_fool,
        p->loss_discriminator, p->photos_per_second, p->flops_per_second / 1e12,
        100 * p->wait_share, p->seconds_left / 60);
    if (p->validated) {
        progress_clear();
        printf("step %llu: loss %.4f, pixel accuracy %.4f, mean IoU %.4f, boundary F %.4f\n",
               (unsigned long long)p->step, p->loss_pixel, p->pixel_accuracy, p->mean_iou,
               p->mean_boundary);
        fflush(stdout);
    }
}

static int on_progress(void *user, const swatch_train_progress *p)
{
    struct watch *watch = user;
    watch->stopped = interrupted();
    if (p->step == p->steps && p->photos_per_second == 0) {
        printf("the run is finished: all steps (%llu) are done\n", (unsigned long long)p->steps);
        return 0;
    }
    if (!watch->told && strcmp(p->device, "cpu") != 0)
        printf("training on %s\n", p->device);
    watch->told = 1;
    if (p->loss_masks > 0 || p->mask_ap > 0)
        on_person_progress(p);
    else
        on_clothes_progress(p);
    return watch->stopped;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct settings *s = settings;
    swatch_train_options o = s->train;
    swatch_error error;
    struct watch watch = {0};
    char classes[PATH_MAX];
    int finished, status;

    o.cache_bytes = s->cache << 20;
    if (arguments->count)
        return table_wrong(verb, "%s is no option", arguments->words[0]);
    const int person = strcmp(o.generator, "mask-rcnn") == 0;
    const int folder = o.dataset && strncmp(o.dataset, "folder:", 7) == 0;
    if (!o.run || (!person && !o.dataset))
        return table_wrong(verb, person ? "--run is needed" : "--dataset and --run are needed");
    if (folder && !o.classes)
        return table_wrong(verb, "a folder is used with a class file: --classes");
    if (o.dataset && !folder && strncmp(o.dataset, "ccp:", 4) != 0)
        return table_wrong(verb, "%s: a data set is given as ccp:DIR or folder:DIR", o.dataset);
    if (o.dataset && !folder && !o.split)
        return table_wrong(verb, "CCP is used with a split: --split");
    if (!person && !o.classes && !(o.classes = class_file("4", classes)))
        return SWATCH_FAILED;
    progress_start(0);
    o.progress = on_progress;
    o.user = &watch;
    interrupt_catch();
    status = swatch_train(&o, &finished, &error);
    progress_clear();
    // Of many ranks one tells what all know.
    if (status && error.message[0])
        say("swatch: %s", error.message);
    else if (!status && !finished && watch.stopped)
        printf("stopped; --resume goes on from %s/checkpoint.safetensors\n", o.run);
    return status ? status : finished ? SWATCH_OK : SWATCH_FAILED;
}

const struct verb verb_train = {
    .name = "train",
    .usage = "[OPTION]... --dataset KIND:DIR [--split FILE] --run DIR",
    .summary = "train a model on photos with labels",
    .more = "Leaves DIR/best.safetensors, checkpoints, samples and a page of the run "
            "(DIR/index.html). Interrupted (Ctrl-C), it writes a checkpoint and leaves with exit "
            "status 1; --resume goes on as if nothing had been. docs/training.md explains the "
            "numbers.\n",
    .options = entries,
    .settings_size = sizeof(struct settings),
    .defaults = set_defaults,
    .run = run,
};
