// Text of any bytes on its way onto terminals and into pages, tables and JSON: what comes out is
// UTF-8 on one line, and what was made visible stays as it is.

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/html.h"
#include "base/text.h"

static int write_all(FILE *to, const void *text)
{
    csv_field(to, text, "./");
    html_text(to, text);
    html_path(to, text);
    return 0;
}

static void demand(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), small[40], *written;
    size_t length;
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    char *utf8 = text_utf8(text), *line = text_line(text), *shown = text_shown(text);
    if (utf8 && line && shown) {
        char *again = text_shown(shown);
        demand(g_utf8_validate(utf8, -1, NULL) && g_utf8_validate(line, -1, NULL));
        demand(g_utf8_validate(shown, -1, NULL) && !strpbrk(shown, "\n\r\x1b\x7f"));
        demand(!strpbrk(line, "\n\r\x1b"));
        demand(!again || strcmp(again, shown) == 0);
        demand(text_show(text, small, sizeof small) == strlen(small));
        demand(g_utf8_validate(small, -1, NULL));
        free(again);
    }
    if (file_compose(write_all, text, &written, &length, NULL) == 0) {
        demand(g_utf8_validate(written, (gssize)length, NULL));
        free(written);
    }
    free(shown);
    free(line);
    free(utf8);
    free(text);
    return 0;
}
