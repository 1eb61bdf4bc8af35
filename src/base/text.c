// UTF-8, checked byte by byte. Overlong forms, surrogates and what lies beyond U+10FFFF are not
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

size_t text_put(char to[TEXT_BYTES], uint32_t code)
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

static int is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

int text_breaks_line(uint32_t code)
{
    return is_control(code) || code == 0x2028 || code == 0x2029 || code == 0xfffe || code == 0xffff;
}

// Marks and embeddings of a direction of writing, a byte order mark within text, annotations.
static int is_unseen(uint32_t code)
{
    return code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) || code == 0xfffe || code == 0xffff;
}

static char *copy(const char *text, int one_line)
{
    const size_t length = strlen(text);
    size_t used = 0;
    // One byte becomes three at most; text_put may write into TEXT_BYTES.
    char *clean = length > (SIZE_MAX - TEXT_BYTES) / 3 ? NULL : malloc(3 * length + TEXT_BYTES);
    if (!clean)
        return NULL;
    for (uint32_t code; (code = text_next(&text));)
        used += text_put(clean + used, one_line && text_breaks_line(code) ? ' ' : code);
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

// Writes "\x1b" or "\u202e": `digits` hexadecimal digits behind two characters.
static size_t put_escape(char *to, char kind, uint32_t code, int digits)
{
    to[0] = '\\';
    to[1] = kind;
    for (int i = 0; i < digits; i++)
        to[2 + i] = "0123456789abcdef"[code >> (4 * (digits - 1 - i)) & 15];
    return 2 + (size_t)digits;
}

size_t text_show_next(const char **text, char to[TEXT_SHOWN])
{
    const char *from = *text;
    const uint32_t code = text_next(text);
    const int not_text = code == UNKNOWN && *text - from == 1;
    if (!code)
        return 0;
    if (not_text || (code < 0x80 && is_control(code)))
        return put_escape(to, 'x', (unsigned char)*from, 2);
    if (is_control(code) || is_unseen(code))
        return put_escape(to, 'u', code, 4);
    return text_put(to, code);
}

size_t text_show(const char *text, char *to, size_t room)
{
    char next[TEXT_SHOWN];
    size_t used = 0;
    for (size_t size; (size = text_show_next(&text, next)) && used + size < room; used += size)
        memcpy(to + used, next, size);
    to[used] = 0;
    return used;
}

char *text_shown(const char *text)
{
    const size_t length = strlen(text);
    // One byte becomes four at most, two become six, three become six.
    const size_t room = length > (SIZE_MAX - 1) / 4 ? 0 : 4 * length + 1;
    char *shown = room ? malloc(room) : NULL;
    if (shown)
        text_show(text, shown, room);
    return shown;
}

const char *text_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}
