// What the command says on standard error.
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stddef.h>

// Prints one line on standard error, the line break added. Characters that a terminal would obey
// (escape sequences in a file's name) and bytes that are no UTF-8 come out as '?'. Takes the
// progress bar away first. Lines longer than 4,000 bytes are cut.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Replaces in `text` what say() would replace. The length stays.
void say_clean(char *text);

// Cuts clean text to so many columns. Characters from U+0800 on count as two, since terminals show
// many of them so wide.
void say_cut(char *text, int columns);

// Writes "a, b or c" into `text`. NULL ends the names.
void say_list(char *text, size_t size, const char *const *names);

#endif
