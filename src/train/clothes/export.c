#include "train/clothes/export.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/number.h"
#include "model/file.h"
#include "train/state.h"

enum { ARCHITECTURE, INPUT, CLASSES, COLORS, GARMENTS, TEXTS };

// Makes the JSON of the metadata. The caller frees the texts, also after an error.
static int describe_model(const struct trainer *t, const struct classes *classes,
                          const struct classes *garments, char *text[TEXTS])
{
    const struct recipe *r = &t->recipe;
    json_t *names = json_array(), *colors = json_array(), *all = json_array();
    char hex[8];
    for (size_t i = 0; i < classes->count; i++) {
        number_hex(classes->colors[i], hex);
        json_array_append_new(names, json_string(classes->names[i]));
        json_array_append_new(colors, json_string(hex));
    }
    for (size_t i = 0; garments && i < garments->count; i++) {
        number_hex(garments->colors[i], hex);
        json_array_append_new(all, json_pack("{ss, ss, ss}", "name", garments->names[i], "color",
                                             hex, "of", classes->names[t->answers[i]]));
    }
    json_t *parts[TEXTS] = {
        [ARCHITECTURE] = json_pack("{ss, sI, ss}", "name", r->generator, "filters",
                                   (json_int_t)r->filters, "output", r->rgb ? "rgb" : "scores"),
        [INPUT] =
            json_pack("{sI, sI}", "height", (json_int_t)r->height, "width", (json_int_t)r->width),
        [CLASSES] = names,
        [COLORS] = colors,
        [GARMENTS] = all,
    };
    int status = SWATCH_OK;
    for (size_t i = 0; i < TEXTS; i++) {
        text[i] = parts[i] ? json_dumps(parts[i], JSON_COMPACT) : NULL;
        status = text[i] ? status : SWATCH_FAILED;
        json_decref(parts[i]);
    }
    return status;
}

int clothes_export(const char *path, struct trainer *t, const struct classes *classes,
                   const struct classes *garments, const char *history, swatch_error *error)
{
    char *text[TEXTS] = {0};
    int status;
    if (describe_model(t, classes, garments, text)) {
        status = error_memory(error);
    } else {
        const struct safetensors_pair pairs[] = {
            {"swatch.format", MODEL_FORMAT},    {"swatch.architecture", text[ARCHITECTURE]},
            {"swatch.input", text[INPUT]},      {"swatch.classes", text[CLASSES]},
            {"swatch.colors", text[COLORS]},    {"swatch.history", history},
            {"swatch.garments", text[GARMENTS]}};
        status = state_export(path, &t->generator, t->recipe.average_decay > 0, pairs,
                              garments ? 7 : 6, error);
    }
    for (size_t i = 0; i < TEXTS; i++)
        free(text[i]);
    return status;
}
