// --help: lines of at most 80 columns.

#include "help.h"

#include <string.h>

#include "say.h"

#define COLUMNS 79
#define HELP_COLUMN 26 // where an option's text begins

// Prints words up to the end of the line in `text`, wrapped, each line but the first indented.
// `at` is the column that is reached. Returns where the line ends in `text`.
static const char *wrap(FILE *to, const char *text, int indent, int at)
{
    while (*text && *text != '\n') {
        const int word = (int)strcspn(text, " \n");
        if (at > indent && at + 1 + word > COLUMNS) {
            fprintf(to, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', to);
            at++;
        }
        fprintf(to, "%.*s", word, text);
        at += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', to);
    return *text ? text + 1 : text;
}

static void print_text(FILE *to, const char *text)
{
    while (*text)
        if (*text == ' ' || *text == '\n') {
            const int length = (int)strcspn(text, "\n");
            fprintf(to, "%.*s\n", length, text);
            text += length + (text[length] == '\n');
        } else {
            text = wrap(to, text, 0, 0);
        }
}

void help_text(const struct option_entry *o, char *text, size_t size)
{
    char limits[160] = "";
    if (o->choices)
        say_list(limits, sizeof limits, o->choices);
    else if (o->high > 0 && o->high < 1e6)
        snprintf(limits, sizeof limits, "%g to %g", o->low, o->high);
    const char *between = *limits && o->normal ? "; " : "";
    const int any = *limits || o->normal;
    snprintf(text, size, "%s%s%s%s%s%s%s", o->help, any ? " (" : "", limits, between,
             o->normal ? "default " : "", o->normal ? o->normal : "", any ? ")" : "");
}

static void print_option(FILE *to, const char *left, const char *text)
{
    int at = fprintf(to, "%s", left);
    if (at >= HELP_COLUMN) {
        fputc('\n', to);
        at = 0;
    }
    fprintf(to, "%*s", HELP_COLUMN - at, "");
    wrap(to, text, HELP_COLUMN, HELP_COLUMN);
}

static void print_begin(FILE *to, const char *usage, int at, const char *summary)
{
    char text[512];
    wrap(to, usage, 4, at);
    snprintf(text, sizeof text, "%c%s.", summary[0] - 'a' + 'A', summary + 1);
    print_text(to, text);
}

// What stands before the options.
static void print_verb(FILE *to, const struct verb *verb)
{
    print_begin(to, verb->usage, fprintf(to, "Usage: swatch %s", verb->name), verb->summary);
    for (const struct verb_action *a = verb->actions; a && a->name; a++) {
        fprintf(to, "%s  %-8s", a == verb->actions ? "\n" : "", a->name);
        wrap(to, a->summary, 10, 10);
    }
    if (verb->more) {
        fputc('\n', to);
        print_text(to, verb->more);
    }
}

void help_verb(FILE *to, const struct verb *verb, const char *first)
{
    char text[512];
    const struct verb_action *action = first ? table_action(verb, first) : NULL;
    if (action)
        print_begin(to, action->usage, fprintf(to, "Usage: swatch %s %s", verb->name, action->name),
                    action->summary);
    else
        print_verb(to, verb);
    if (!verb->options->group)
        fprintf(to, "\nOptions:\n");
    for (size_t i = 0; verb->options[i].name; i++) {
        const struct option_entry *o = &verb->options[i];
        char left[80], letter[5] = "    ";
        if (!table_has(verb, action, i))
            continue;
        if (o->group)
            fprintf(to, "\n%s:\n", o->group);
        if (o->letter)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        help_text(o, text, sizeof text);
        print_option(to, left, text);
    }
    print_option(to, "  -h, --help", "print this help");
}

void help_command(FILE *to, const struct verb *const *verbs)
{
    fprintf(to, "Usage: swatch VERB [OPTION]... [ARGUMENT]...\n"
                "Cuts clothes, skin and hair out of photos of people and measures their colors.\n"
                "\n"
                "Verbs:\n");
    for (; *verbs; verbs++)
        fprintf(to, "  %-10s %s\n", (*verbs)->name, (*verbs)->summary);
    fprintf(to, "  %-10s %s\n", "help", "print this, or with a verb behind it its options");
    fprintf(to, "  %-10s %s\n\n", "version", "print the version");
    print_text(to, HELP_EXIT_STATUS "\n");
}
