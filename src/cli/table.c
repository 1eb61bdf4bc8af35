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

const struct verb_action *table_action(const struct verb *verb, const char *name)
{
    for (const struct verb_action *a = verb->actions; a && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return a;
    return NULL;
}

int table_has(const struct verb *verb, const struct verb_action *action, size_t index)
{
    while (index && !verb->options[index].group)
        index--;
    for (size_t i = 0; action && action->groups[i]; i++)
        if (strcmp(action->groups[i], verb->options[index].group) == 0)
            return 1;
    return !action;
}

// What is being read, and what is wrong with it.
struct reading {
    const struct verb *verb;
    const char *dashes; // before an option's name, as the user writes it: "--", or "" in a request
    char message[512];
};

static int wrong(struct reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int wrong(struct reading *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->message, sizeof r->message, format, arguments);
    va_end(arguments);
    return SWATCH_USAGE;
}

static int set_whole(struct reading *r, const struct option_entry *o, const char *text, void *field)
{
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end)
        return wrong(r, "%s%s must be a whole number, not %s", r->dashes, o->name, text);
    if (errno || (o->high > 0 && ((double)number < o->low || (double)number > o->high)))
        return wrong(r, "%s%s must be %.0f to %.0f, not %s", r->dashes, o->name, o->low, o->high,
                     text);
    if (o->type == OPTION_SIZE)
        *(size_t *)field = (size_t)number;
    else
        *(uint64_t *)field = number;
    return SWATCH_OK;
}

static int set_real(struct reading *r, const struct option_entry *o, const char *text, void *field)
{
    char *end;
    const double number = strtod(text, &end);
    if (end == text || *end || !isfinite(number))
        return wrong(r, "%s%s must be a number, not %s", r->dashes, o->name, text);
    if (o->high > 0 && (number < o->low || number > o->high))
        return wrong(r, "%s%s must be %g to %g, not %s", r->dashes, o->name, o->low, o->high, text);
    if (o->type == OPTION_REAL)
        *(double *)field = number;
    else
        *(float *)field = (float)number;
    return SWATCH_OK;
}

static int set_choice(struct reading *r, const struct option_entry *o, const char *text, int *field)
{
    char all[256];
    for (int i = 0; o->choices[i]; i++)
        if (strcmp(o->choices[i], text) == 0) {
            *field = i;
            return SWATCH_OK;
        }
    say_list(all, sizeof all, o->choices);
    return wrong(r, "%s%s must be %s, not %s", r->dashes, o->name, all, text);
}

static int set_list(struct reading *r, const struct option_entry *o, const char *text,
                    unsigned *field)
{
    char all[256];
    const char *rest = text;
    do {
        const size_t length = strcspn(rest, ",");
        size_t i = 0;
        while (o->choices[i] &&
               (strncmp(o->choices[i], rest, length) != 0 || o->choices[i][length]))
            i++;
        if (!o->choices[i]) {
            say_list(all, sizeof all, o->choices);
            return wrong(r, "%s%s must be %s, or several with commas between, not %s", r->dashes,
                         o->name, all, text);
        }
        *field |= 1u << i;
        rest += length;
    } while (*rest++);
    return SWATCH_OK;
}

static int set(struct reading *r, const struct option_entry *o, const char *text, void *settings)
{
    void *field = (char *)settings + o->offset;
    const char *fault;
    switch (o->type) {
    case OPTION_FLAG:
    case OPTION_OFF:
        *(int *)field = o->type == OPTION_FLAG;
        return SWATCH_OK;
    case OPTION_SIZE:
    case OPTION_COUNT:
        return set_whole(r, o, text, field);
    case OPTION_REAL:
    case OPTION_FLOAT:
        return set_real(r, o, text, field);
    case OPTION_CHOICE:
        return set_choice(r, o, text, field);
    case OPTION_LIST:
        return set_list(r, o, text, field);
    case OPTION_FILE:
    case OPTION_FOLDER:
    case OPTION_PLACE:
        if (!*text)
            return wrong(r, "%s%s must be the name of a %s", r->dashes, o->name,
                         o->type == OPTION_FILE ? "file" : "folder");
        if (o->type == OPTION_FOLDER && strcmp(text, "-") == 0)
            return wrong(r, "%s%s must be a folder, and - is standard output", r->dashes, o->name);
        *(const char **)field = text;
        return SWATCH_OK;
    case OPTION_TEXT:
        *(const char **)field = text;
        return SWATCH_OK;
    case OPTION_OTHER:
        fault = o->read(field, text);
        if (!fault)
            return SWATCH_OK;
        return text ? wrong(r, "%s%s %s, not %s", r->dashes, o->name, fault, text)
                    : wrong(r, "%s%s %s", r->dashes, o->name, fault);
    }
    return SWATCH_USAGE;
}

static int wrong_name(struct reading *r, const char *name)
{
    const char *near = table_nearest(name, option_name, r->verb->options);
    return near ? wrong(r, "there is no option %s%s; did you mean %s%s?", r->dashes, name,
                        r->dashes, near)
                : wrong(r, "there is no option %s%s", r->dashes, name);
}

// Says what getopt_long could not read: `word`, or the letter in it.
static int wrong_word(struct reading *r, int key, const char *word)
{
    char name[NAME_MOST + 1];
    size_t like = 0;
    const size_t length = strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0;
    if (key == ':')
        return wrong(r, "%s needs an argument", word);
    if (!length)
        return wrong(r, "there is no option -%c", optopt);
    if (optopt)
        return wrong(r, "%.*s takes no argument", (int)length + 2, word);
    for (const struct option_entry *o = r->verb->options; o->name; o++)
        like += strncmp(o->name, word + 2, length) == 0;
    if (like > 1)
        return wrong(r, "%s may be one of several options", word);
    snprintf(name, sizeof name, "%.*s", (int)(length < NAME_MOST ? length : NAME_MOST), word + 2);
    return wrong_name(r, name);
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

static int check_together(struct reading *r, const struct arguments *a)
{
    const struct verb *verb = r->verb;
    char other[NAME_MOST + 1];
    for (size_t i = 0; verb->options[i].name; i++) {
        const struct option_entry *o = &verb->options[i];
        if (!a->given[i])
            continue;
        if (any_given(verb, a, o->against, other))
            return wrong(r, "%s%s and %s%s do not go together", r->dashes, o->name, r->dashes,
                         other);
        if (o->needs && !any_given(verb, a, o->needs, other)) {
            const struct option_entry *needed = &verb->options[find(verb, other, strlen(other))];
            return wrong(r, "%s%s needs %s%s%s%s", r->dashes, o->name, r->dashes, needed->name,
                         needed->argument ? " " : "", needed->argument ? needed->argument : "");
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
    struct reading r = {.verb = verb, .dashes = "--"};
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
            status = wrong_word(&r, key, argv[optind - 1]);
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
                status = set(&r, &verb->options[found[i].option], found[i].text, settings);
            }
    if (!status)
        status = check_together(&r, arguments);
    arguments->words = argv + optind;
    arguments->count = argc - optind;
done:
    free(found);
    return status ? table_wrong(verb, "%s", r.message) : SWATCH_OK;
}

// A flag is given by its name alone, or with a word for yes; a word for no leaves it out.
static int set_flag(struct reading *r, const struct option_entry *o, const char *text,
                    void *settings, int *given)
{
    static const char *const yes[] = {"", "1", "true", "yes", "on"}, *const no[] = {"0", "false",
                                                                                    "no", "off"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcmp(text, yes[i]) == 0)
            return set(r, o, text, settings);
    *given = 0;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (strcmp(text, no[i]) == 0)
            return SWATCH_OK;
    return wrong(r, "%s must be true or false, not %s", o->name, text);
}

int table_fields(const struct verb *verb, const struct server_field *fields, size_t count,
                 void *settings, struct arguments *arguments, char *message, size_t size)
{
    struct reading r = {.verb = verb, .dashes = ""};
    int status = SWATCH_OK;
    *arguments = (struct arguments){0};
    for (size_t i = 0; i < count && !status; i++) {
        const size_t at = find(verb, fields[i].name, strlen(fields[i].name));
        const struct option_entry *o = &verb->options[at];
        int given = 1;
        if (!o->name)
            status = wrong_name(&r, fields[i].name);
        else if (arguments->given[at])
            status = wrong(&r, "%s is given twice", o->name);
        else if (o->type == OPTION_FLAG)
            status = set_flag(&r, o, fields[i].value, settings, &given);
        else
            status = set(&r, o, fields[i].value, settings);
        if (o->name)
            arguments->given[at] = (unsigned char)given;
    }
    if (!status)
        status = check_together(&r, arguments);
    if (status)
        snprintf(message, size, "%s", r.message);
    return status;
}
