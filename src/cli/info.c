// swatch info MODEL: what a model file holds.

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"

static const char help[] =
    "usage: swatch info [--json] [MODEL]\n"
    "\n"
    "Prints a model's architecture, input size, classes with their colors, and training history.\n"
    "Without MODEL: the one that `swatch extract` uses.\n"
    "\n"
    "  --json   one JSON object\n";

static void print(const json_t *info)
{
    const json_t *input = json_object_get(info, "input"), *class;
    size_t i;
    printf("architecture  %s, puts out %s\n",
           json_string_value(json_object_get(info, "architecture")),
           json_string_value(json_object_get(info, "output")));
    printf("input         %lld x %lld\n",
           (long long)json_integer_value(json_object_get(input, "width")),
           (long long)json_integer_value(json_object_get(input, "height")));
    json_array_foreach(json_object_get(info, "classes"), i, class)
        printf("%-13s %zu %s %s\n", i ? "" : "classes", i,
               json_string_value(json_object_get(class, "color")),
               json_string_value(json_object_get(class, "name")));
    char *history = json_dumps(json_object_get(info, "history"), JSON_INDENT(2));
    printf("history       %s\n", history ? history : "");
    free(history);
}

int command_info(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int as_json = 0, option;
    swatch_model *model;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
        switch (option) {
        case 'j':
            as_json = 1;
            break;
        case 'h':
            fputs(help, stdout);
            return SWATCH_OK;
        default:
            return SWATCH_USAGE;
        }
    if (argc - optind > 1)
        return usage("info", "one model at a time");
    const int status =
        open_model(optind < argc ? argv[optind] : NULL, SWATCH_PRECISION_AUTO, &model);
    if (status)
        return status;
    if (as_json) {
        puts(swatch_model_json(model));
    } else {
        json_t *info = json_loads(swatch_model_json(model), 0, NULL);
        print(info);
        json_decref(info);
    }
    swatch_model_free(model);
    return SWATCH_OK;
}
