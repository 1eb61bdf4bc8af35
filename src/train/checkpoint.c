// A pix2pix run's state, and its model file.

#include "train/checkpoint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/file.h"
#include "train/state.h"
#include "train/together.h"

static struct state state_of(struct trainer *t, const char *recipe)
{
    return (struct state){.recipe = recipe,
                          .data = t->data,
                          .steps = t->recipe.steps,
                          .step = &t->step,
                          .best = &t->best_mean_iou,
                          .names = {"generator", "discriminator"},
                          .sets = {&t->generator, &t->discriminator}};
}

int checkpoint_save(const char *path, struct trainer *t, swatch_error *error)
{
    char *recipe = recipe_text(&t->recipe);
    const struct state state = state_of(t, recipe);
    const int status = recipe ? state_save(path, &state, error) : error_memory(error);
    free(recipe);
    return status;
}

int checkpoint_load(const char *path, struct trainer *t, swatch_error *error)
{
    char *recipe = recipe_text(&t->recipe);
    const struct state state = state_of(t, recipe);
    const int status = recipe ? state_load(path, &state, error) : error_memory(error);
    free(recipe);
    return status;
}

int checkpoint_share(struct trainer *t, swatch_error *error)
{
    const struct state state = state_of(t, NULL);
    return together_state(t->recipe.ranks, &state, error);
}

int checkpoint_start_from(const char *path, struct trainer *t, size_t *count, swatch_error *error)
{
    return state_start_from(path, &t->generator, t->recipe.generator, count, error);
}

// {"name": ..., "filters": ..., "output": ...}, {"height", "width"}, [names], ["#rrggbb", ...]
static int describe(const struct trainer *t, const struct classes *classes, char *text[4])
{
    const struct recipe *r = &t->recipe;
    json_t *names = json_array(), *colors = json_array();
    for (size_t i = 0; i < classes->count; i++) {
        char hex[8];
        snprintf(hex, sizeof hex, "#%02x%02x%02x", classes->colors[i][0], classes->colors[i][1],
                 classes->colors[i][2]);
        json_array_append_new(names, json_string(classes->names[i]));
        json_array_append_new(colors, json_string(hex));
    }
    json_t *parts[4] = {
        json_pack("{ss, sI, ss}", "name", r->generator, "filters", (json_int_t)r->filters, "output",
                  r->rgb ? "rgb" : "scores"),
        json_pack("{sI, sI}", "height", (json_int_t)r->height, "width", (json_int_t)r->width),
        names,
        colors,
    };
    int status = SWATCH_OK;
    for (size_t i = 0; i < 4; i++) {
        text[i] = parts[i] ? json_dumps(parts[i], JSON_COMPACT) : NULL;
        status = text[i] ? status : SWATCH_FAILED;
        json_decref(parts[i]);
    }
    return status;
}

int checkpoint_export(const char *path, struct trainer *t, const struct classes *classes,
                      const char *history, swatch_error *error)
{
    char *text[4] = {0};
    int status;
    if (describe(t, classes, text)) {
        status = error_memory(error);
    } else {
        const struct safetensors_pair pairs[] = {
            {"swatch.format", MODEL_FORMAT}, {"swatch.architecture", text[0]},
            {"swatch.input", text[1]},       {"swatch.classes", text[2]},
            {"swatch.colors", text[3]},      {"swatch.history", history}};
        status = state_export(path, &t->generator, t->recipe.average_decay > 0, pairs, 6, error);
    }
    for (size_t i = 0; i < 4; i++)
        free(text[i]);
    return status;
}
