// What the command says on standard error.
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stddef.h>

// Prints one line on standard error, the line break added, as show_safe shows it. Takes the
// progress bar away first. Lines longer than 4,000 bytes are cut.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Writes "a, b or c" into `text`. NULL ends the names.
void say_list(char *text, size_t size, const char *const *names);

#endif
