// Parsing: getopt_long finds the options, the table says what becomes of them.

#include "table.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>

#include "say.h"

#define LONG_KEY 256 // getopt_long returns this + the place in the table for a long name
#define NAME_MOST 64 // characters of a name that is compared

int table_wrong(const struct verb *verb, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    say("swatch %s: %s; see swatch %s --help", verb->name, message, verb->name);
    return SWATCH_USAGE;
}

// How many letters must be added, left out, replaced or swapped with the next to make one word of
// the other (optimal string alignment).
static size_t distance(const char *a, const char *b)
{
    const size_t m = strlen(a), n = strlen(b);
    size_t rows[3][NAME_MOST + 1];
    if (m > NAME_MOST || n > NAME_MOST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < row[j])
                row[j] = above[j] + 1;
            if (row[j - 1] + 1 < row[j])
                row[j] = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                higher[j - 2] + 1 < row[j])
                row[j] = higher[j - 2] + 1;
        }
    }
    return rows[m % 3][n];
}

const char *table_nearest(const char *word, const char *(*name)(const void *user, size_t index),
                          const void *user)
{
    const char *nearest = NULL;
    size_t least = strlen(word) < 4 ? 2 : 3; // a distance below this is a slip
    for (size_t i = 0; name(user, i); i++) {
        const size_t d = distance(word, name(user, i));
        if (d < least) {
            least = d;
            nearest = name(user, i);
        }
    }
    return nearest;
}

static const char *option_name(const void *options, size_t index)
{
    return ((const struct option_entry *)options)[index].name;
}

static size_t find(const struct verb *verb, const char *name, size_t length)
{
    size_t i = 0;
    while (verb->options[i].name &&
           (strncmp(verb->options[i].name, name, length) != 0 || verb->options[i].name[length]))
        i++;
    return i;
}

int table_given(const struct verb *verb, const struct arguments *arguments, const char *name)
{
    return arguments->given[find(verb, name, strlen(name))];
}

static int set_whole(const struct verb *verb, const struct option_entry *o, const char *text,
                     void *field)
{
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        return table_wrong(verb, "--%s must be a whole number, not %s", o->name, text);
    if (errno || (o->high > 0 && ((double)number < o->low || (double)number > o->high)))
        return table_wrong(verb, "--%s must be %.0f to %.0f, not %s", o->name, o->low, o->high,
                           text);
    if (o->type == OPTION_SIZE)
        *(size_t *)field = (size_t)number;
    else
        *(uint64_t *)field = number;
    return SWATCH_OK;
}

static int set_real(const struct verb *verb, const struct option_entry *o, const char *text,
                    void *field)
{
    char *end;
    const double number = strtod(text, &end);
    if (end == text || *end || !isfinite(number))
        return table_wrong(verb, "--%s must be a number, not %s", o->name, text);
    if (o->high > 0 && (number < o->low || number > o->high))
        return table_wrong(verb, "--%s must be %g to %g, not %s", o->name, o->low, o->high, text);
    if (o->type == OPTION_REAL)
        *(double *)field = number;
    else
        *(float *)field = (float)number;
    return SWATCH_OK;
}

static int set_choice(const struct verb *verb, const struct option_entry *o, const char *text,
                      int *field)
{
    char all[256];
    for (int i = 0; o->choices[i]; i++)
        if (strcmp(o->choices[i], text) == 0) {
            *field = i;
            return SWATCH_OK;
        }
    say_list(all, sizeof all, o->choices);
    return table_wrong(verb, "--%s must be %s, not %s", o->name, all, text);
}

static int set(const struct verb *verb, const struct option_entry *o, const char *text,
               void *settings)
{
    void *field = (char *)settings + o->offset;
    const char *wrong;
    switch (o->type) {
    case OPTION_FLAG:
    case OPTION_OFF:
        *(int *)field = o->type == OPTION_FLAG;
        return SWATCH_OK;
    case OPTION_SIZE:
    case OPTION_COUNT:
        return set_whole(verb, o, text, field);
    case OPTION_REAL:
    case OPTION_FLOAT:
        return set_real(verb, o, text, field);
    case OPTION_CHOICE:
        return set_choice(verb, o, text, field);
    case OPTION_FILE:
    case OPTION_FOLDER:
        if (!*text)
            return table_wrong(verb, "--%s must be the name of a %s", o->name,
                               o->type == OPTION_FILE ? "file" : "folder");
        *(const char **)field = text;
        return SWATCH_OK;
    case OPTION_TEXT:
        *(const char **)field = text;
        return SWATCH_OK;
    case OPTION_OTHER:
        wrong = o->read(field, text);
        if (!wrong)
            return SWATCH_OK;
        return text ? table_wrong(verb, "--%s %s, not %s", o->name, wrong, text)
                    : table_wrong(verb, "--%s %s", o->name, wrong);
    }
    return SWATCH_USAGE;
}

// Says what getopt_long could not read: `word`, or the letter in it.
static int say_unknown(const struct verb *verb, int key, const char *word)
{
    char name[NAME_MOST + 1];
    size_t like = 0;
    const size_t length = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
    if (key == ':')
        return table_wrong(verb, "%s needs an argument", word);
    if (!length)
        return table_wrong(verb, "there is no option -%c", optopt);
    if (optopt)
        return table_wrong(verb, "%.*s takes no argument", (int)length + 2, word);
    for (const struct option_entry *o = verb->options; o->name; o++)
        like += strncmp(o->name, word + 2, length) == 0;
    if (like > 1)
        return table_wrong(verb, "%s may be one of several options", word);
    snprintf(name, sizeof name, "%.*s", (int)(length < NAME_MOST ? length : NAME_MOST), word + 2);
    const char *near = table_nearest(name, option_name, verb->options);
    return near ? table_wrong(verb, "there is no option --%s; did you mean --%s?", name, near)
                : table_wrong(verb, "there is no option --%s", name);
}

struct found {
    size_t option;
    const char *text;
};

// Fills in what getopt_long wants to know. Options may stand among the arguments.
static void describe(const struct verb *verb, struct option *table, char *letters)
{
    size_t n = 0;
    letters += sprintf(letters, ":h");
    for (const struct option_entry *o = verb->options; o->name && n < OPTIONS_MOST; o++) {
        table[n] = (struct option){o->name, o->argument ? required_argument : no_argument, NULL,
                                   LONG_KEY + (int)n};
        n++;
        if (o->letter)
            letters += sprintf(letters, "%c%s", o->letter, o->argument ? ":" : "");
    }
    table[n] = (struct option){"help", no_argument, NULL, 'h'};
}

static size_t with_letter(const struct verb *verb, int letter)
{
    size_t i = 0;
    while (verb->options[i].letter != letter)
        i++;
    return i;
}

// Whether one of `names`, with spaces between, was given; its name goes into `name`.
static int any_given(const struct verb *verb, const struct arguments *a, const char *names,
                     char name[NAME_MOST + 1])
{
    while (names && *names) {
        const size_t length = strcspn(names, " ");
        const size_t i = find(verb, names, length);
        snprintf(name, NAME_MOST + 1, "%.*s", (int)length, names);
        if (verb->options[i].name && a->given[i])
            return 1;
        names += length + (names[length] == ' ');
    }
    return 0;
}

static int check_together(const struct verb *verb, const struct arguments *a)
{
    char other[NAME_MOST + 1];
    for (size_t i = 0; verb->options[i].name; i++) {
        const struct option_entry *o = &verb->options[i];
        if (!a->given[i])
            continue;
        if (any_given(verb, a, o->against, other))
            return table_wrong(verb, "--%s and --%s do not go together", o->name, other);
        if (o->needs && !any_given(verb, a, o->needs, other)) {
            const struct option_entry *needed = &verb->options[find(verb, other, strlen(other))];
            return table_wrong(verb, "--%s needs --%s%s%s", o->name, needed->name,
                               needed->argument ? " " : "",
                               needed->argument ? needed->argument : "");
        }
    }
    return SWATCH_OK;
}

int table_parse(const struct verb *verb, int argc, char **argv, void *settings,
                struct arguments *arguments, int *help)
{
    struct option table[OPTIONS_MOST + 2] = {{0}};
    char letters[2 * OPTIONS_MOST + 4];
    size_t count = 0, most = 1;
    int key, status = SWATCH_OK;
    for (int i = 0; i < argc; i++) // one word may hold as many options as letters: -rq
        most += strlen(argv[i]) + 1;
    struct found *found = calloc(most, sizeof *found);
    *arguments = (struct arguments){0};
    *help = 0;
    if (!found)
        return table_wrong(verb, "out of memory");
    describe(verb, table, letters);
    opterr = 0;
    while (!status && !*help && (key = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        if (key == 'h')
            *help = 1;
        else if (key == '?' || key == ':')
            status = say_unknown(verb, key, argv[optind - 1]);
        else
            found[count++] = (struct found){
                key < LONG_KEY ? with_letter(verb, key) : (size_t)(key - LONG_KEY), optarg};
    }
    if (status || *help)
        goto done;
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; !status && i < count; i++)
            if (verb->options[found[i].option].first == first) {
                arguments->given[found[i].option] = 1;
                status = set(verb, &verb->options[found[i].option], found[i].text, settings);
            }
    if (!status)
        status = check_together(verb, arguments);
    arguments->words = argv + optind;
    arguments->count = argc - optind;
done:
    free(found);
    return status;
}
