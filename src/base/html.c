#include "base/html.h"

#include <string.h>

#include "base/text.h"

void html_text(FILE *to, const char *text)
{
    char bytes[TEXT_BYTES];
    for (uint32_t code; (code = text_next(&text));) {
        switch (code = text_breaks_line(code) ? ' ' : code) {
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
            fwrite(bytes, 1, text_put(bytes, code), to);
        }
    }
}

static int is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~/", c);
}

void html_path(FILE *to, const char *path)
{
    for (; *path; path++) {
        if (is_plain(*path))
            putc(*path, to);
        else
            fprintf(to, "%%%02X", (unsigned char)*path);
    }
}

void html_data(FILE *to, const char *type, const void *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = data;
    fprintf(to, "data:%s;base64,", type);
    for (size_t i = 0; i < size; i += 3) {
        const size_t some = size - i < 3 ? size - i : 3;
        unsigned bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < some ? from[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            putc(k <= some ? digits[bits >> (18 - 6 * k) & 63] : '=', to);
    }
}

void html_begin(FILE *to, const char *title, const char *policy, const char *style)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"generator\" content=\"swatch\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
          to);
    if (policy)
        fprintf(to, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", policy);
    fputs("<title>", to);
    html_text(to, title);
    fprintf(to, "</title>\n<style>%s</style></head>\n<body>", style);
}

void html_end(FILE *to)
{
    fputs("</body></html>\n", to);
}
