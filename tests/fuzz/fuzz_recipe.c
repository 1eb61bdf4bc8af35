// What --resume reads as text: the options a run was started with, and the recipe in its
// checkpoint. Options are refused or within their limits; a difference is told in whole words.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_options(char *texts[FIELDS_MAX], const struct task *task)
{
    struct train_options options = {.task = task};
    swatch_error error;
    if (options_default(&options, &error))
        abort();
    for (size_t i = 0; field_at(i); i++) {
        const struct field *f = field_at(i);
        if (texts[i] && field_default(f, task) && field_set(f, &options, texts[i], &error) &&
            (!error.message[0] || error.status == SWATCH_OK))
            abort();
    }
    const struct recipe *r = &options.recipe;
    if (!isfinite(r->rate) || r->rate < 0 || r->rate > 10 || !(r->beta1 >= 0 && r->beta1 < 1) ||
        r->height < 1 || r->height > 8192 || r->steps < 1 ||
        !(r->augmentation.scale_low <= r->augmentation.scale_high))
        abort();
    char *text = options_text(&options, FIELD_PART);
    char difference[RECIPE_DIFFERENCE];
    recipe_difference(text, text, difference);
    if (difference[0])
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char here[] = "{\"task\":\"clothes\",\"rate\":0.001,\"batch\":8,\"scale\":[1,2]}";
    char *texts[FIELDS_MAX] = {NULL}, difference[RECIPE_DIFFERENCE];
    const struct task *task = NULL;
    swatch_error error;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    if (options_parse("fuzz", text, &task, texts, &error) == 0)
        set_options(texts, task);
    for (size_t i = 0; i < FIELDS_MAX; i++)
        free(texts[i]);
    recipe_difference(text, here, difference);
    if (!memchr(difference, 0, sizeof difference))
        abort();
    recipe_difference(here, text, difference);
    if (!memchr(difference, 0, sizeof difference))
        abort();
    free(text);
    return 0;
}
