// swatch info: what a model is.

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "model_file.h"
#include "say.h"
#include "shared.h"
#include "show.h"
#include "verbs.h"

struct settings {
    int json;
};

static const struct option_entry entries[] = {
    SHARED_JSON(struct settings, json, "print JSON, a line for each model"),
    {0},
};

// Text from a model's file, on one line, safe for a terminal.
static void print_line(const char *text)
{
    char shown[4096];
    show_safe(text ? text : "", shown, sizeof shown, INT_MAX);
    printf(" %s\n", shown);
}

// A value on one line; objects inside objects are printed below their names, deeper each time.
static void print_value(const char *name, const json_t *value, int depth)
{
    const char *key;
    json_t *inner;
    char shown[256];
    show_safe(name, shown, sizeof shown, INT_MAX);
    printf("%*s%-*s", 2 * depth, "", 16 - 2 * depth, shown);
    if (json_is_string(value)) {
        print_line(json_string_value(value));
    } else if (json_is_object(value) && depth < 4) {
        putchar('\n');
        json_object_foreach((json_t *)value, key, inner) print_value(key, inner, depth + 1);
    } else {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        printf(" %s\n", text ? text : "?");
        free(text);
    }
}

static void print_classes(const char *title, const json_t *classes)
{
    const json_t *class;
    size_t i;
    if (classes)
        puts(title);
    json_array_foreach(classes, i, class)
    {
        const char *color = json_string_value(json_object_get(class, "color"));
        printf("  %2zu  %s%s", i, color ? color : "", color ? " " : "");
        print_line(json_string_value(json_object_get(class, "name")));
    }
}

static void print_text(const char *path, const json_t *model)
{
    const json_t *input = json_object_get(model, "input");
    char shown[PATH_MAX];
    show_safe(path, shown, sizeof shown, INT_MAX);
    puts(shown);
    print_value("architecture", json_object_get(model, "architecture"), 0);
    print_value("output", json_object_get(model, "output"), 0);
    const json_t *shorter = json_object_get(input, "shorter");
    if (shorter) // a network that finds people takes photos of any shape
        printf("%-16s %lld (shorter side), at most %lld\n", "input",
               (long long)json_integer_value(shorter),
               (long long)json_integer_value(json_object_get(input, "longer")));
    else
        printf("%-16s %lld x %lld (width x height)\n", "input",
               (long long)json_integer_value(json_object_get(input, "width")),
               (long long)json_integer_value(json_object_get(input, "height")));
    print_classes("classes", json_object_get(model, "classes"));
    print_classes("finer classes, which --classes can ask for", json_object_get(model, "garments"));
    print_value("history", json_object_get(model, "history"), 0);
}

static int show(const char *path, int json)
{
    swatch_error error;
    swatch_model *model = NULL;
    int status = swatch_model_open(path, NULL, &model, &error);
    if (status) {
        say("swatch: %s", error.message);
        return status;
    }
    if (json) {
        puts(swatch_model_json(model));
    } else {
        json_t *parsed = json_loads(swatch_model_json(model), 0, NULL);
        if (parsed)
            print_text(path, parsed);
        else
            say("swatch: out of memory");
        status = parsed ? SWATCH_OK : SWATCH_FAILED;
        json_decref(parsed);
    }
    swatch_model_free(model);
    return status;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    const struct settings *s = settings;
    char path[PATH_MAX];
    int status = SWATCH_OK;
    (void)verb;
    if (arguments->count == 0)
        return model_file(NULL, NULL, path) ? show(path, s->json) : SWATCH_FAILED;
    for (int i = 0; i < arguments->count; i++) {
        if (i > 0 && !s->json)
            putchar('\n');
        if (show(arguments->words[i], s->json))
            status = SWATCH_FAILED;
    }
    return status;
}

const struct verb verb_info = {
    .name = "info",
    .usage = "[OPTION]... [MODEL]...",
    .summary = "say what a model is: architecture, classes, input, history",
    .more = "Without MODEL: the one that swatch extract would use.\n",
    .words = "file",
    .options = entries,
    .settings_size = sizeof(struct settings),
    .run = run,
};
