// Option tables: parsing by getopt_long, and help.

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MOST 64
#define HELP_COLUMN 26

int options_wrong(const struct verb *verb, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "swatch %s: ", verb->name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "; see swatch %s --help\n", verb->name);
    return SWATCH_USAGE;
}

static void print_help(const struct verb *verb)
{
    printf("Usage: swatch %s %s\n%s\n", verb->name, verb->arguments, verb->summary);
    if (verb->more)
        printf("\n%s\n", verb->more);
    printf("\nOptions:\n");
    for (const struct option_entry *o = verb->options; o->key; o++) {
        char left[80];
        const int has_letter = o->key < OPTION_LONG;
        snprintf(left, sizeof left, "  %c%c%c --%s%s%s", has_letter ? '-' : ' ',
                 has_letter ? o->key : ' ', has_letter ? ',' : ' ', o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("%-*s", HELP_COLUMN, left);
        if (strlen(left) >= HELP_COLUMN)
            printf("\n%*s", HELP_COLUMN, "");
        for (const char *c = o->help; *c; c++)
            *c == '\n' ? printf("\n%*s", HELP_COLUMN, "") : putchar(*c);
        putchar('\n');
    }
    printf("%-*s%s\n", HELP_COLUMN, "  -h, --help", "print this and leave");
}

// How many long options begin like the word "--out" or "--out=DIR".
static int count_like(const struct option *table, const char *word)
{
    const size_t length = strcspn(word + 2, "=");
    int count = 0;
    for (; table->name; table++)
        count += strncmp(table->name, word + 2, length) == 0;
    return count;
}

int options_next(const struct verb *verb, int argc, char **argv)
{
    struct option table[OPTIONS_MOST + 2] = {{0}};
    char letters[2 * OPTIONS_MOST + 4] = "+:h";
    size_t n = 0, at = 3;
    for (const struct option_entry *o = verb->options; o->key && n < OPTIONS_MOST; o++) {
        table[n++] =
            (struct option){o->name, o->argument ? required_argument : no_argument, NULL, o->key};
        if (o->key < OPTION_LONG) {
            letters[at++] = (char)o->key;
            if (o->argument)
                letters[at++] = ':';
        }
    }
    // Options may stand among the arguments, as GNU commands have it.
    memmove(letters, letters + 1, sizeof letters - 1);
    table[n] = (struct option){"help", no_argument, NULL, 'h'};
    opterr = 0;
    const int key = getopt_long(argc, argv, letters, table, NULL);
    if (key == 'h') {
        print_help(verb);
        return OPTION_HELPED;
    }
    if (key == -1)
        return OPTION_END;
    if (key != '?' && key != ':')
        return key;
    const char *word = argv[optind > 0 ? optind - 1 : 0];
    if (key == ':')
        options_wrong(verb, "%s needs an argument", word);
    else if (optopt > 0 && optopt < OPTION_LONG && strncmp(word, "--", 2) != 0)
        options_wrong(verb, "there is no option -%c", optopt);
    else if (optopt)
        options_wrong(verb, "%s takes no argument", word);
    else
        options_wrong(verb,
                      count_like(table, word) > 1 ? "%s may be one of several options"
                                                  : "there is no option %s",
                      word);
    return OPTION_WRONG;
}

int options_status(int key)
{
    return key == OPTION_HELPED ? SWATCH_OK : SWATCH_USAGE;
}

int options_size(const struct verb *verb, const char *option, const char *text, size_t low,
                 size_t high, size_t *value)
{
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number < low || number > high)
        return options_wrong(verb, "--%s %s: not a whole number from %zu to %zu", option, text, low,
                             high);
    *value = (size_t)number;
    return SWATCH_OK;
}

int options_real(const struct verb *verb, const char *option, const char *text, double low,
                 double high, double *value)
{
    char *end;
    const double number = strtod(text, &end);
    if (end == text || *end || !isfinite(number) || number < low || number > high)
        return options_wrong(verb, "--%s %s: not a number from %g to %g", option, text, low, high);
    *value = number;
    return SWATCH_OK;
}

int options_choice(const struct verb *verb, const char *option, const char *text,
                   const char *const *names, int *value)
{
    char all[256] = "";
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0) {
            *value = i;
            return SWATCH_OK;
        }
        const size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s",
                 i == 0         ? ""
                 : names[i + 1] ? ", "
                                : " or ",
                 names[i]);
    }
    return options_wrong(verb, "--%s %s: not %s", option, text, all);
}
