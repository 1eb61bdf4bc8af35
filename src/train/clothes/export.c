#include "train/clothes/export.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/number.h"
#include "model/file.h"
#include "train/state.h"

// Makes the JSON of four metadata: architecture {"name", "filters", "output"}, input {"height",
// "width"}, names of classes, their colors. The caller frees the texts, also after an error.
static int describe_model(const struct recipe *r, const struct classes *classes, char *text[4])
{
    json_t *names = json_array(), *colors = json_array();
    for (size_t i = 0; i < classes->count; i++) {
        char hex[8];
        number_hex(classes->colors[i], hex);
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

int clothes_export(const char *path, struct trainer *t, const struct classes *classes,
                   const char *history, swatch_error *error)
{
    char *text[4] = {0};
    int status;
    if (describe_model(&t->recipe, classes, text)) {
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
