// Messages, made safe for a terminal.

#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "progress.h"

// The length in bytes of the UTF-8 character at `c`, or 0 where there is none that may be shown:
// wrong bytes, control characters below U+00A0, and those that turn the direction of the text.
static size_t shown(const unsigned char *c)
{
    const size_t length = *c < 0x80 ? 1 : *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 1)
        return *c >= 0x20 && *c != 0x7f;
    unsigned long code = *c & (0xffu >> (length + 1));
    if (*c < 0xc2 || *c > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    if (code < 0xa0 || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
        return 0;
    return length;
}

void say_clean(char *text)
{
    unsigned char *c = (unsigned char *)text;
    while (*c) {
        const size_t length = shown(c);
        if (!length)
            *c = '?';
        c += length ? length : 1;
    }
}

void say_cut(char *text, int columns)
{
    while (*text) {
        const size_t length = shown((const unsigned char *)text);
        columns -= length >= 3 ? 2 : 1;
        if (columns < 0)
            *text = 0;
        else
            text += length ? length : 1;
    }
}

void say(const char *format, ...)
{
    char line[4001];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    say_clean(line);
    progress_clear();
    fprintf(stderr, "%s\n", line);
}

void say_list(char *text, size_t size, const char *const *names)
{
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; names[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i == 0         ? ""
                                 : names[i + 1] ? ", "
                                                : " or ",
                                 names[i]);
}
