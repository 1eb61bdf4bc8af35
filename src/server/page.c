#include "page.h"

#include <stdio.h>
#include <string.h>

// Nothing comes from elsewhere, and nothing goes there.
#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "        \
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "               \
    "frame-ancestors 'none'"

static const char *type_of(const char *name)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
    };
    const char *ending = strrchr(name, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof *types; i++)
        if (strcmp(ending, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

void page_answer(const char *path, struct answer *answer)
{
    const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
    for (const struct page_file *f = page_files; f->name; f++)
        if (strcmp(f->name, name) == 0) {
            answer_set(answer, type_of(name), g_bytes_new_static(f->data, f->size));
            answer->more = POLICY;
        }
}
