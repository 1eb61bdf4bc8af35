// What the tables of options are printed as.
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "table.h"

#define HELP_EXIT_STATUS "Exit status: 0 done, 1 something failed, 2 wrong usage, 3 nobody found."

// The help of the command: its verbs. NULL ends them.
void help_command(FILE *to, const struct verb *const *verbs);
// The help of a verb: its options. first: its first argument, or NULL; of an action's options alone
// if it names one.
void help_verb(FILE *to, const struct verb *verb, const char *first);

// An option's help with its choices, limits and default behind it, at most `size` bytes.
void help_text(const struct option_entry *option, char *text, size_t size);

// Writes manual pages (swatch.1, swatch-VERB.1) and completions for bash (swatch.bash), zsh
// (_swatch) and fish (swatch.fish) into a folder, which is there; what is there is replaced.
// Returns the exit status, after a message if it is not 0.
int manual_write(const char *folder, const struct verb *const *verbs);

#endif
