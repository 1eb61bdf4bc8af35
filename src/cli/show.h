// Text from outside, made safe for a terminal.
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <limits.h>
#include <stddef.h>

// Copies `text` so that a terminal only shows it: control characters and bytes that are no UTF-8
// (escape sequences in a file's name) become "\x1b". Cuts it to `room` bytes with the NUL, and to
// so many columns.
void show_safe(const char *text, char *to, size_t room, int columns);

#endif
