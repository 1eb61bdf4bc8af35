// swatch train: trains a model and keeps the run in a folder. The options are the library's: the
// table is made of what it tells of them.

#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <swatch_train.h>

#include "model_file.h"
#include "progress.h"
#include "say.h"
#include "verbs.h"

#define CHOICES_MAX 5
#define TASK 0 // the option's place in the table; the library's follow

struct settings {
    const char *texts[OPTIONS_MOST]; // of each entry, if it is given
    int numbers[OPTIONS_MOST];       // of flags and choices
};

static const char *const tasks[] = {"clothes", "people", NULL};

static struct option_entry entries[OPTIONS_MOST + 1];
static char normals[OPTIONS_MOST][48], choice_texts[OPTIONS_MOST][64];
static const char *choice_names[OPTIONS_MOST][CHOICES_MAX + 1];

static void split_choices(const char *text, size_t index)
{
    char *at = choice_texts[index];
    snprintf(at, sizeof choice_texts[index], "%s", text);
    for (size_t i = 0; at && i < CHOICES_MAX; i++)
        choice_names[index][i] = strsep(&at, "|");
}

static void add_option(size_t index, const swatch_training_option *o, const char *group)
{
    const char *a = o->of_clothes, *b = o->of_people;
    const char *normal = a ? a : b ? b : "";
    if (a && b && strcmp(a, b) != 0)
        snprintf(normals[index], sizeof normals[index], "%s; %s for people", a, b);
    else
        snprintf(normals[index], sizeof normals[index], "%s", normal);
    entries[index] = (struct option_entry){.name = o->name,
                                           .type = o->choices    ? OPTION_CHOICE
                                                   : o->argument ? OPTION_TEXT
                                                                 : OPTION_FLAG,
                                           .argument = o->argument,
                                           .help = o->help,
                                           .normal = o->argument && *normal ? normals[index] : NULL,
                                           .low = o->low,
                                           .high = o->high,
                                           .choices = o->choices ? choice_names[index] : NULL,
                                           .group = group};
    if (o->choices)
        split_choices(o->choices, index);
    else if (o->argument && strcmp(o->argument, "FILE") == 0)
        entries[index].type = OPTION_FILE;
    else if (o->argument && strcmp(o->argument, "DIR") == 0)
        entries[index].type = OPTION_FOLDER;
    entries[index].offset = o->choices || !o->argument ? offsetof(struct settings, numbers[index])
                                                       : offsetof(struct settings, texts[index]);
}

void train_options_make(void)
{
    static const char *const groups[] = {"Options of both tasks", "Options of clothes",
                                         "Options of people"};
    const swatch_training_option *o;
    size_t count = TASK + 1;
    entries[TASK] = (struct option_entry){
        .name = "task",
        .type = OPTION_CHOICE,
        .argument = "TASK",
        .help = "what is learned: clothes, skin and hair in photos with a class for each pixel, or "
                "people in photos with people outlined",
        .normal = "clothes, or that of the run which is resumed",
        .choices = tasks,
        .offset = offsetof(struct settings, numbers[TASK]),
        .group = groups[0]};
    for (int group = 0; group < 3; group++) {
        const char *heading = group ? groups[group] : NULL;
        for (size_t i = 0; count < OPTIONS_MOST && (o = swatch_training_option_get(i)); i++) {
            const int of = !o->of_people ? 1 : !o->of_clothes ? 2 : 0;
            if (of != group)
                continue;
            add_option(count++, o, heading);
            heading = NULL;
        }
    }
}

// What the command adds to what the library tells.
struct watch {
    int stopped; // by an interrupt
    int calls;
    double best, start;
};

static int is_of_class(const swatch_training_value *figure)
{
    return strncmp(figure->name, "iou_", 4) == 0;
}

// Appends "name value" to a line, as long as there is room; '_' becomes a blank.
static void add(char *line, size_t size, const char *before, const swatch_training_value *v)
{
    const size_t used = strlen(line);
    snprintf(line + used, size - used, "%s%s %.4f", before, v->name, v->value);
    for (char *c = line + used; *c; c++)
        *c = *c == '_' ? ' ' : *c;
}

static void show_figures(const swatch_training_progress *p)
{
    char line[1024] = "";
    for (size_t i = 0; i < p->loss_count && p->step > 0; i++)
        add(line, sizeof line, i ? ", " : "loss ", &p->losses[i]);
    for (size_t i = 0; i < p->figure_count; i++)
        if (!is_of_class(&p->figures[i]))
            add(line, sizeof line, *line ? ", " : "", &p->figures[i]);
    progress_clear();
    printf("step %llu: %s\n", (unsigned long long)p->step, line);
    fflush(stdout);
}

// What a user looks for first stands first, since the line is cut where the window ends.
static void show_progress(const swatch_training_progress *p)
{
    char losses[512] = "", left[32];
    const double minutes = p->seconds_left / 60;
    for (size_t i = 0; i < p->loss_count; i++)
        add(losses, sizeof losses, " ", &p->losses[i]);
    snprintf(left, sizeof left, minutes < 100 ? "%.0f min" : "%.1f h",
             minutes < 100 ? minutes : minutes / 60);
    progress_show((double)p->step / (double)p->steps,
                  "%llu/%llu %s left %.1f photos/s wait %.0f %%%s %.2f TFLOP/s",
                  (unsigned long long)p->step, (unsigned long long)p->steps, left,
                  p->photos_per_second, 100 * p->wait_share, losses, p->flops_per_second / 1e12);
}

static void show_start(const swatch_training_progress *p)
{
    if (p->step >= p->steps) {
        printf("the run is finished: all steps (%llu) are done; more --steps continue it\n",
               (unsigned long long)p->steps);
        return;
    }
    say("%zu photos to learn from, %zu held out", p->learned, p->held_out);
    if (strcmp(p->device, "cpu") != 0)
        printf("training on %s\n", p->device);
}

static int on_progress(void *user, const swatch_training_progress *p)
{
    struct watch *watch = user;
    watch->best = p->best;
    watch->start = p->start;
    if (p->notice)
        say("swatch: %s", p->notice);
    if (watch->calls++ == 0)
        show_start(p);
    else if (p->figure_count > 0)
        show_figures(p);
    else if (p->loss_count > 0)
        show_progress(p);
    watch->stopped = interrupted();
    return watch->stopped;
}

// What was given, as the library takes it. NULL: it was not.
static const char *given(const struct settings *s, const struct arguments *a, size_t index)
{
    if (!a->given[index])
        return NULL;
    return entries[index].type == OPTION_FLAG     ? "yes"
           : entries[index].type == OPTION_CHOICE ? entries[index].choices[s->numbers[index]]
                                                  : s->texts[index];
}

static size_t find(const char *name)
{
    size_t i = 0;
    while (strcmp(entries[i].name, name) != 0)
        i++;
    return i;
}

static int set_options(const struct verb *verb, swatch_training *training, const struct settings *s,
                       const struct arguments *a, int network_of_people)
{
    swatch_error error;
    char classes[PATH_MAX];
    for (size_t i = TASK + 1; entries[i].name; i++) {
        const char *text = given(s, a, i);
        if (!text || (network_of_people && strcmp(entries[i].name, "generator") == 0))
            continue;
        if (strcmp(entries[i].name, "classes") == 0 || strcmp(entries[i].name, "garments") == 0) {
            if (!class_file_known(text))
                return table_wrong(verb, "--%s must be " CLASS_SETS ", not %s", entries[i].name,
                                   text);
            if (!(text = class_file(text, classes)))
                return SWATCH_FAILED;
        }
        if (swatch_training_set(training, entries[i].name, text, &error))
            return table_wrong(verb, "--%s", error.message);
    }
    return SWATCH_OK;
}

// What only the command can say in the words of its options, and the class file that comes with it.
static int complete(const struct verb *verb, swatch_training *training, const struct settings *s,
                    const struct arguments *a, int people)
{
    const char *dataset = given(s, a, find("dataset"));
    const int folder = dataset && strncmp(dataset, "folder:", 7) == 0;
    char classes[PATH_MAX];
    swatch_error error;
    if (!a->given[find("run")])
        return table_wrong(verb, people || dataset || a->given[find("resume")]
                                     ? "--run is needed"
                                     : "--dataset and --run are needed");
    if (a->given[find("resume")])
        return SWATCH_OK;
    if (!dataset && !people)
        return table_wrong(verb, "--dataset and --run are needed");
    if (dataset && !folder && strncmp(dataset, "ccp:", 4) != 0)
        return table_wrong(verb, "%s: a data set is given as ccp:DIR or folder:DIR", dataset);
    if (dataset && !folder && !a->given[find("split")])
        return table_wrong(verb, "CCP is used with a split: --split");
    if (people || a->given[find("classes")])
        return SWATCH_OK;
    if (folder)
        return table_wrong(verb, "a folder is used with a class file: --classes");
    if (!class_file("4", classes))
        return SWATCH_FAILED;
    return swatch_training_set(training, "classes", classes, &error);
}

static int train(swatch_training *training, const char *folder)
{
    struct watch watch = {.best = NAN, .start = NAN};
    swatch_error error;
    int finished;
    progress_start(0);
    interrupt_catch();
    interrupt_also(SIGHUP);
    interrupt_also(SIGPIPE);
    const int status = swatch_training_run(training, on_progress, &watch, &finished, &error);
    progress_clear();
    // Of many ranks one tells what all know.
    if (status && error.message[0])
        say("swatch: %s", error.message);
    else if (!status && !finished && watch.stopped)
        printf("stopped; --resume goes on from %s/checkpoint.safetensors\n", folder);
    if (!status && finished && watch.best < watch.start)
        say("swatch: the best model (%.4f) is worse than what it started from (%.4f)", watch.best,
            watch.start);
    return status ? status : finished ? SWATCH_OK : SWATCH_FAILED;
}

static int run(const struct verb *verb, void *settings, const struct arguments *a)
{
    const struct settings *s = settings;
    const char *generator = given(s, a, find("generator")), *task = given(s, a, TASK);
    const int network_of_people = generator && strcmp(generator, "mask-rcnn") == 0;
    swatch_training *training = NULL;
    swatch_error error;
    if (a->count)
        return table_wrong(verb, "%s is no option", a->words[0]);
    if (network_of_people && task && strcmp(task, "people") != 0)
        return table_wrong(verb, "--generator mask-rcnn is for --task people");
    if (network_of_people)
        task = "people";
    else if (!task && !a->given[find("resume")])
        task = "clothes";
    if (swatch_training_new(task, &training, &error)) {
        say("swatch: %s", error.message);
        return SWATCH_FAILED;
    }
    int status = set_options(verb, training, s, a, network_of_people);
    if (!status)
        status = complete(verb, training, s, a, task && strcmp(task, "people") == 0);
    status = status ? status : train(training, given(s, a, find("run")));
    swatch_training_free(training);
    return status;
}

const struct verb verb_train = {
    .name = "train",
    .usage = "[OPTION]... --dataset KIND:DIR [--split FILE] --run DIR",
    .summary = "train a model on photos with labels",
    .more = "Leaves DIR/best.safetensors, checkpoints, samples and a page of the run "
            "(DIR/index.html). Interrupted (Ctrl-C), it writes a checkpoint and leaves with exit "
            "status 1. \"swatch train --run DIR --resume\" continues as if nothing had happened; "
            "with more --steps it continues a finished run. docs/training.md explains the "
            "numbers.\n",
    .options = entries,
    .settings_size = sizeof(struct settings),
    .run = run,
};
