// swatch_training: options by name, then a run.

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/threads.h"
#include "nn/device.h"
#include "train/run.h"

struct swatch_training {
    const struct task *task;  // NULL: not said
    char *given[FIELDS_MAX];  // what was set, NULL: nothing
    char *stored[FIELDS_MAX]; // what the run that is resumed was started with
    char *kept[FIELDS_MAX];   // all of the run that goes on, for those who resume it
};

const swatch_training_option *swatch_training_option_get(size_t index)
{
    for (size_t i = 0; field_at(i); i++)
        if (field_at(i)->option.help && index-- == 0)
            return &field_at(i)->option;
    return NULL;
}

int swatch_training_new(const char *task, swatch_training **training, swatch_error *error)
{
    API_NEEDS(training, error);
    *training = NULL;
    const struct task *chosen = task ? task_find(task) : NULL;
    if (task && !chosen)
        return error_set(error, SWATCH_USAGE, "task must be clothes or people, not %s", task);
    swatch_training *t = calloc(1, sizeof *t);
    if (!t)
        return error_memory(error);
    t->task = chosen;
    *training = t;
    return SWATCH_OK;
}

static void forget(char *texts[FIELDS_MAX])
{
    for (size_t i = 0; i < FIELDS_MAX; i++) {
        free(texts[i]);
        texts[i] = NULL;
    }
}

void swatch_training_free(swatch_training *training)
{
    if (!training)
        return;
    forget(training->given);
    forget(training->stored);
    forget(training->kept);
    free(training);
}

static int check_task(const struct field *field, const struct task *task, swatch_error *error)
{
    if (!task || field_default(field, task))
        return SWATCH_OK;
    return error_set(error, SWATCH_USAGE, "%s is no option of the task %s", field->option.name,
                     task->name);
}

int swatch_training_set(swatch_training *training, const char *name, const char *value,
                        swatch_error *error)
{
    API_NEEDS(training, error);
    struct train_options unused = {0};
    const struct field *field = name ? field_find(name) : NULL;
    if (!field || !field->option.help)
        return error_set(error, SWATCH_USAGE, "there is no option %s",
                         name ? name : "without a name");
    if (!value)
        return error_set(error, SWATCH_USAGE, "%s needs a value", name);
    if (check_task(field, training->task, error) || field_set(field, &unused, value, error))
        return SWATCH_USAGE;
    char *copy = strdup(value);
    if (!copy)
        return error_memory(error);
    char **slot = &training->given[field - field_at(0)];
    free(*slot);
    *slot = copy;
    return SWATCH_OK;
}

// A path as it holds in every folder; one that is not there stays. "folder:DIR" keeps its kind.
static int make_absolute(const struct field *field, char **text, swatch_error *error)
{
    char full[PATH_MAX], *made;
    const char *colon = strchr(field->option.argument, ':') ? strchr(*text, ':') : NULL;
    const char *path = colon ? colon + 1 : *text;
    if (!realpath(path, full))
        return SWATCH_OK;
    if (asprintf(&made, "%.*s%s", (int)(path - *text), *text, full) < 0)
        return error_memory(error);
    free(*text);
    *text = made;
    return SWATCH_OK;
}

// What was set, then what the run was started with, then the article's value or the default.
static int gather(const swatch_training *t, struct train_options *o, const char *texts[FIELDS_MAX],
                  swatch_error *error)
{
    const size_t article = (size_t)(field_find("article") - field_at(0));
    const char *of_article = t->given[article] ? t->given[article] : t->stored[article];
    const int by_article = of_article && strcmp(of_article, "yes") == 0;
    for (size_t i = 0; field_at(i); i++) {
        const struct field *f = field_at(i);
        texts[i] = field_default(f, o->task);
        if (t->given[i] && check_task(f, o->task, error))
            return SWATCH_USAGE;
        if (!texts[i])
            continue;
        if (by_article && f->article)
            texts[i] = f->article;
        if (t->stored[i])
            texts[i] = t->stored[i];
        if (t->given[i])
            texts[i] = t->given[i];
        if (field_set(f, o, texts[i], error))
            return SWATCH_USAGE;
    }
    return SWATCH_OK;
}

// Options with which the run can be resumed from any folder.
static int keep(const struct train_options *o, const char *texts[FIELDS_MAX],
                char *kept[FIELDS_MAX], swatch_error *error)
{
    for (size_t i = 0; field_at(i); i++) {
        const struct field *f = field_at(i);
        const char *text = texts[i];
        if (text && strcmp(f->option.name, "precision") == 0)
            text = o->recipe.dtype == DTYPE_BF16 ? "bf16" : "f32";
        if (text && !(kept[i] = strdup(text)))
            return error_memory(error);
        if (text && *text && f->role == FIELD_DATA && f->kind == FIELD_TEXT &&
            make_absolute(f, &kept[i], error))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}

static int run(swatch_training *t, struct train_options *o, int *finished, swatch_error *error)
{
    const char *texts[FIELDS_MAX] = {NULL};
    int status = gather(t, o, texts, error);
    if (!status)
        status = device_open(o->device, o->recipe.ranks, &o->recipe.backend, error);
    if (status)
        return status;
    if (o->recipe.dtype == PRECISION_AUTO)
        o->recipe.dtype = o->recipe.backend->has_fast_bf16() ? DTYPE_BF16 : DTYPE_F32;
    forget(t->kept);
    status = keep(o, texts, t->kept, error);
    o->texts = (const char *const *)t->kept;
    return status ? status : train_run(o, finished, error);
}

// The task and, of a run that is resumed, what it was started with.
static int find_task(swatch_training *t, struct train_options *o, swatch_error *error)
{
    const char *folder = t->given[field_find("run") - field_at(0)];
    const char *resume = t->given[field_find("resume") - field_at(0)];
    const struct task *task = NULL;
    if (!folder || !*folder)
        return error_set(error, SWATCH_USAGE, "training needs a folder for the run");
    o->task = t->task ? t->task : &task_clothes;
    forget(t->stored);
    if (!resume || strcmp(resume, "yes") != 0)
        return SWATCH_OK;
    const int status = train_stored(folder, o->recipe.ranks, &task, t->stored, error);
    if (status)
        return status;
    if (t->task && task != t->task)
        return error_set(error, SWATCH_USAGE, "%s: the run's task is %s", folder, task->name);
    o->task = task;
    return SWATCH_OK;
}

int swatch_training_run(swatch_training *training,
                        int (*progress)(void *user, const swatch_training_progress *progress),
                        void *user, int *finished, swatch_error *error)
{
    struct train_options o = {.progress = progress, .user = user};
    swatch_error own = {.status = SWATCH_OK};
    int unused;
    finished = finished ? finished : &unused;
    *finished = 0;
    API_NEEDS(training, error);
    threads_wait_asleep();
    if (ranks_open(&o.recipe.ranks, error))
        return SWATCH_FAILED;
    int status = find_task(training, &o, &own);
    status = status ? status : run(training, &o, finished, &own);
    if (status)
        ranks_sign(o.recipe.ranks, &own);
    ranks_close(o.recipe.ranks, status);
    return api_end(status, &own, error);
}
