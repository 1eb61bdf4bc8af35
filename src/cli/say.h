// What the command says on standard error.
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <limits.h>
#include <stddef.h>

// Prints one line on standard error, the line break added, as say_show shows it. Takes the progress
// bar away first. Lines longer than 4,000 bytes are cut.
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Copies `text` so that a terminal only shows it: control characters and bytes that are no UTF-8
// (escape sequences in a file's name) become "\x1b". Cuts it to `room` bytes with the NUL, and to
// so many columns.
void say_show(const char *text, char *to, size_t room, int columns);

// Writes "a, b or c" into `text`. NULL ends the names.
void say_list(char *text, size_t size, const char *const *names);

#endif
