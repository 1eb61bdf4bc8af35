// Lists of named colors of any content: refused with a line that names the file, or colors whose
// names are text of one line, of which each is the nearest to itself.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "color/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct swatch_names *list = NULL;
    swatch_error error;
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    if (list_parse("fuzz", text, size, &list, &error)) {
        if (list || strncmp(error.message, "fuzz:", 5) != 0)
            abort();
    } else {
        for (size_t i = 0; i < list->count && i < 64; i++) {
            double distance;
            const char *name = list->names[i].name;
            list_nearest(list, list->colors[i], &distance);
            if (!*name || strlen(name) > LIST_NAME || strpbrk(name, "\r\n") || distance > 1e-6)
                abort();
        }
    }
    list_release(list);
    free(text);
    return 0;
}
