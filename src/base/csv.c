// Writes fields of tables: quotes them and guards them against spreadsheets.

#include "base/csv.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

static int is_one_of(const char *characters, uint32_t code)
{
    return code && code < 128 && strchr(characters, (int)code);
}

void csv_field(FILE *to, const char *text, const char *guard)
{
    const int quoted = strpbrk(text, "\",;\t\r\n") != NULL;
    uint32_t before = 0;
    if (quoted)
        putc('"', to);
    while (*text) {
        char bytes[TEXT_SHOWN];
        const char *at = text;
        const uint32_t code = text_next(&text);
        if (!before && is_one_of("=+-@\t\r\n", code))
            fputs(guard, to);
        if (is_one_of(";\t\r\n", before) && is_one_of("=+-@", code))
            putc('\'', to);
        if (code == '"')
            putc('"', to);
        if (code == 0xfffd || is_one_of("\t\r\n", code))
            fwrite(bytes, 1, text_put(bytes, code), to);
        else
            fwrite(bytes, 1, text_show_next(&at, bytes), to);
        before = code;
    }
    if (quoted)
        putc('"', to);
}
