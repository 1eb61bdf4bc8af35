// UTF-8, checked byte by byte. Overlong forms, surrogates and what lies beyond U+10FFFF are no
// UTF-8.
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define UNKNOWN 0xfffdu

uint32_t text_next(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    const uint32_t first = at[0];
    if (first < 0x80) {
        *text += first != 0;
        return first;
    }
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint32_t code = first & (0x3fu >> more);
    ++*text;
    if (first < 0xc2 || first > 0xf4)
        return UNKNOWN;
    for (int i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return UNKNOWN;
        code = code << 6 | (at[i] & 0x3f);
    }
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return UNKNOWN;
    *text += more;
    return code;
}

static size_t put(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    const int more = code >= 0x10000 ? 3 : code >= 0x800 ? 2 : 1;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(lead[more] | code >> (6 * more));
    for (int i = 1; i <= more; i++)
        to[i] = (char)(0x80 | (code >> (6 * (more - i)) & 0x3f));
    return (size_t)more + 1;
}

// Controls, line and paragraph separators, and the two that XML forbids.
static int breaks_line(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           code == 0xfffe || code == 0xffff;
}

static char *copy(const char *text, int one_line)
{
    const size_t length = strlen(text);
    size_t used = 0;
    // One byte becomes three at most.
    char *clean = length > (SIZE_MAX - 1) / 3 ? NULL : malloc(3 * length + 1);
    if (!clean)
        return NULL;
    for (uint32_t code; (code = text_next(&text));)
        used += put(clean + used, one_line && breaks_line(code) ? ' ' : code);
    clean[used] = 0;
    return clean;
}

char *text_utf8(const char *text)
{
    return copy(text, 0);
}

char *text_line(const char *text)
{
    return copy(text, 1);
}

void text_markup(FILE *to, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\'':
            fputs("&#39;", to);
            break;
        default:
            putc(*text, to);
        }
    }
}
