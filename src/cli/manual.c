// Manual pages and shell completion, written from the tables of options when swatch is built.

#include <errno.h>
#include <string.h>
#include <swatch.h>

#include "help.h"
#include "say.h"

// Prints text with a backslash before each character of `special`.
static void escape(FILE *to, const char *text, size_t length, const char *special)
{
    for (size_t i = 0; i < length; i++) {
        if (strchr(special, text[i]))
            fputc('\\', to);
        fputc(text[i], to);
    }
}

// ---- Manual pages ------------------------------------------------------------------------------

static void roff(FILE *to, const char *text, size_t length)
{
    if (length && strchr(".'", *text))
        fputs("\\&", to); // not a request
    escape(to, text, length, "\\-");
}

static void roff_paragraphs(FILE *to, const char *text)
{
    int plain = 0; // lines that are printed as they are
    while (*text) {
        const size_t length = strcspn(text, "\n");
        if ((*text == ' ') != plain && length) {
            plain = !plain;
            fputs(plain ? ".PP\n.nf\n" : ".fi\n", to);
        }
        if (!plain && length)
            fputs(".PP\n", to);
        roff(to, text, length);
        if (length || plain)
            fputc('\n', to);
        text += length + (text[length] == '\n');
    }
    if (plain)
        fputs(".fi\n", to);
}

static void roff_option(FILE *to, char letter, const char *name, const char *argument,
                        const char *text)
{
    fputs(".TP\n", to);
    if (letter)
        fprintf(to, "\\fB\\-%c\\fR, ", letter);
    fputs("\\fB\\-\\-", to);
    roff(to, name, strlen(name));
    fputs("\\fR", to);
    if (argument) {
        fputs(" \\fI", to);
        roff(to, argument, strlen(argument));
        fputs("\\fR", to);
    }
    fputc('\n', to);
    roff(to, text, strlen(text));
    fputc('\n', to);
}

static void roff_end(FILE *to)
{
    fputs(".SH ENVIRONMENT\n.TP\n.B SWATCH_MODEL\nThe model that finds clothes, where no option "
          "names one.\n.TP\n.B SWATCH_PERSON_MODEL\nThe model that finds people, where no option "
          "names one.\n.SH EXIT STATUS\n" HELP_EXIT_STATUS "\n.SH SEE ALSO\n",
          to);
}

static void write_verb(FILE *to, const struct verb *verb)
{
    char text[512];
    fprintf(to,
            ".TH SWATCH\\-%s 1 \"\" \"swatch %s\" \"User Commands\"\n.SH NAME\nswatch\\-%s "
            "\\- ",
            verb->name, SWATCH_VERSION, verb->name);
    roff(to, verb->summary, strlen(verb->summary));
    fprintf(to, "\n.SH SYNOPSIS\n\\fBswatch %s\\fR ", verb->name);
    roff(to, verb->usage, strlen(verb->usage));
    fputs("\n.SH DESCRIPTION\n", to);
    for (const struct verb_action *a = verb->actions; a && a->name; a++) {
        fprintf(to, ".TP\n.B %s\n", a->name);
        roff(to, a->summary, strlen(a->summary));
        fputc('\n', to);
    }
    roff_paragraphs(to, verb->more ? verb->more : verb->summary);
    fputs(".SH OPTIONS\n", to);
    for (const struct option_entry *o = verb->options; o->name; o++) {
        help_text(o, text, sizeof text);
        roff_option(to, o->letter, o->name, o->argument, text);
    }
    roff_option(to, 'h', "help", NULL, "print help");
    roff_end(to);
    fputs("swatch(1)\n", to);
}

static void write_command(FILE *to, const struct verb *const *verbs)
{
    fprintf(to,
            ".TH SWATCH 1 \"\" \"swatch %s\" \"User Commands\"\n.SH NAME\nswatch \\- cut clothes, "
            "skin and hair out of photos and measure their colors\n.SH SYNOPSIS\n.B swatch\n"
            "\\fIVERB\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n.SH VERBS\n",
            SWATCH_VERSION);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(to, ".TP\n.BR swatch\\-%s (1)\n", (*v)->name);
        roff(to, (*v)->summary, strlen((*v)->summary));
        fputc('\n', to);
    }
    roff_end(to);
    for (const struct verb *const *v = verbs; *v; v++)
        fprintf(to, ".BR swatch\\-%s (1)%s\n", (*v)->name, v[1] ? "," : "");
}

// ---- Completion --------------------------------------------------------------------------------

static int names_path(const struct option_entry *o)
{
    return o->type == OPTION_FILE || o->type == OPTION_FOLDER || o->type == OPTION_PLACE;
}

static void bash_verb(FILE *to, const struct verb *verb)
{
    for (const struct option_entry *o = verb->options; o->name; o++) {
        if (!o->choices)
            continue;
        fprintf(to, "    %s:--%s) words=\"", verb->name, o->name);
        for (size_t i = 0; o->choices[i]; i++)
            fprintf(to, "%s%s", i ? " " : "", o->choices[i]);
        fputs("\" ;;\n", to);
    }
    fprintf(to, "    %s:*) words=\"--help", verb->name);
    for (const struct option_entry *o = verb->options; o->name; o++)
        fprintf(to, " --%s", o->name);
    fputs("\" ;;\n", to);
}

static void put_actions(FILE *to, const struct verb *verb)
{
    for (const struct verb_action *a = verb->actions; a->name; a++)
        fprintf(to, "%s%s", a == verb->actions ? "" : " ", a->name);
}

static void write_bash(FILE *to, const struct verb *const *verbs)
{
    fputs("# Completion of swatch for bash. Where it has no words, files are completed.\n"
          "_swatch()\n{\n    local words=\n    case ${COMP_WORDS[1]}:$3 in\n",
          to);
    for (const struct verb *const *v = verbs; *v; v++)
        bash_verb(to, *v);
    fputs("    esac\n    case $COMP_CWORD:${COMP_WORDS[1]}:$2 in\n    *:-*) ;;\n", to);
    for (const struct verb *const *v = verbs; *v; v++)
        if ((*v)->actions) {
            fprintf(to, "    2:%s:*) words=\"", (*v)->name);
            put_actions(to, *v);
            fputs("\" ;;\n", to);
        }
    fputs("    esac\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"help version", to);
    for (const struct verb *const *v = verbs; *v; v++)
        fprintf(to, " %s", (*v)->name);
    fputs("\"\n    fi\n    case $words:$2 in\n    --*:[!-]* | --*:) COMPREPLY=() ;;\n"
          "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$2\")) ;;\n    esac\n}\n"
          "complete -o default -F _swatch swatch\n",
          to);
}

static void zsh_option(FILE *to, const struct option_entry *o)
{
    char text[512];
    help_text(o, text, sizeof text);
    fputs("            ", to);
    if (o->letter)
        fprintf(to, "'(-%c --%s)'{-%c,--%s}", o->letter, o->name, o->letter, o->name);
    else
        fprintf(to, "--%s", o->name);
    fputs("\"[", to);
    escape(to, text, strlen(text), "\"$`\\[]:");
    fputs("]", to);
    if (o->argument) {
        fputs(":", to);
        escape(to, o->argument, strlen(o->argument), "\"$`\\[]:");
        fputs(":", to);
    }
    if (o->choices) {
        fputs("(", to);
        for (size_t i = 0; o->choices[i]; i++)
            fprintf(to, "%s%s", i ? " " : "", o->choices[i]);
        fputs(")", to);
    } else if (names_path(o)) {
        fputs(o->type == OPTION_FILE ? "_files" : "_files -/", to);
    }
    fputs("\" \\\n", to);
}

static void write_zsh(FILE *to, const struct verb *const *verbs)
{
    fputs("#compdef swatch\n_swatch()\n{\n    local -a verbs\n    verbs=(\n", to);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(to, "        \"%s:", (*v)->name);
        escape(to, (*v)->summary, strlen((*v)->summary), "\"$`\\:");
        fputs("\"\n", to);
    }
    fputs("        help version\n    )\n    if (( CURRENT == 2 )); then\n"
          "        _describe verb verbs\n        return\n    fi\n"
          "    shift words\n    (( CURRENT-- ))\n    case $words[1] in\n",
          to);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(to, "    %s)\n        _arguments -s \\\n", (*v)->name);
        for (const struct option_entry *o = (*v)->options; o->name; o++)
            zsh_option(to, o);
        if ((*v)->actions) {
            fputs("            '1:action:(", to);
            put_actions(to, *v);
            fputs(")' \\\n", to);
        }
        fputs("            '(-h --help)'{-h,--help}'[print help]' '*:file:_files'\n        ;;\n",
              to);
    }
    fputs("    esac\n}\n_swatch \"$@\"\n", to);
}

static void write_fish(FILE *to, const struct verb *const *verbs)
{
    char text[512];
    fputs("# Completion of swatch for fish.\n", to);
    for (const struct verb *const *v = verbs; *v; v++) {
        fprintf(to, "complete -c swatch -n __fish_use_subcommand -f -a %s -d '", (*v)->name);
        escape(to, (*v)->summary, strlen((*v)->summary), "'\\");
        fputs("'\n", to);
        if ((*v)->actions) {
            fprintf(to, "complete -c swatch -n '__fish_prev_arg_in %s' -f -a '", (*v)->name);
            put_actions(to, *v);
            fputs("'\n", to);
        }
        for (const struct option_entry *o = (*v)->options; o->name; o++) {
            fprintf(to, "complete -c swatch -n '__fish_seen_subcommand_from %s' -l %s", (*v)->name,
                    o->name);
            if (o->letter)
                fprintf(to, " -s %c", o->letter);
            if (o->argument)
                fputs(names_path(o) ? " -r" : " -x", to);
            for (size_t i = 0; o->choices && o->choices[i]; i++)
                fprintf(to, "%s%s", i ? " " : " -a '", o->choices[i]);
            fputs(o->choices ? "' -d '" : " -d '", to);
            help_text(o, text, sizeof text);
            escape(to, text, strlen(text), "'\\");
            fputs("'\n", to);
        }
    }
}

static FILE *open_file(const char *folder, const char *name, const char *ending)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *to = fopen(path, "we");
    if (!to)
        say("swatch: %s: cannot be written: %s", path, strerror(errno));
    return to;
}

static int close_file(FILE *to, const char *folder)
{
    const int failed = ferror(to);
    if (fclose(to) == 0 && !failed)
        return SWATCH_OK;
    say("swatch: %s: cannot be written: %s", folder, strerror(errno));
    return SWATCH_FAILED;
}

int manual_write(const char *folder, const struct verb *const *verbs)
{
    static const struct {
        const char *name, *ending;
        void (*write)(FILE *to, const struct verb *const *verbs);
    } files[] = {{"swatch", ".1", write_command},
                 {"swatch", ".bash", write_bash},
                 {"_swatch", "", write_zsh},
                 {"swatch", ".fish", write_fish}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *to = open_file(folder, files[i].name, files[i].ending);
        if (!to)
            return SWATCH_FAILED;
        files[i].write(to, verbs);
        if (close_file(to, folder))
            return SWATCH_FAILED;
    }
    for (; *verbs; verbs++) {
        char name[64];
        snprintf(name, sizeof name, "swatch-%s", (*verbs)->name);
        FILE *to = open_file(folder, name, ".1");
        if (!to)
            return SWATCH_FAILED;
        write_verb(to, *verbs);
        if (close_file(to, folder))
            return SWATCH_FAILED;
    }
    return SWATCH_OK;
}
