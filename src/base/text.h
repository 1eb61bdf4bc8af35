// Text from outside (file names, mostly) on its way into files of ours. A file name may hold any
// byte but NUL and '/'; what reads our files expects UTF-8.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// The next character of *text, which moves behind it; 0 at the end. A byte that is not part of
// UTF-8 (RFC 3629) counts as U+FFFD by itself.
uint32_t text_next(const char **text);

// A copy in UTF-8: every byte that is none is U+FFFD. The caller frees it; NULL without memory.
char *text_utf8(const char *text);
// The same on one line: control characters and line ends of every kind become blanks.
char *text_line(const char *text);

// Writes clean text (text_line) into HTML or XML, between tags or between double quotes.
void text_markup(FILE *to, const char *text);

#endif
