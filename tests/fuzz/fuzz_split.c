// Split files of any content: refused, or names that stay in the data set's folder.
#include <stdlib.h>
#include <string.h>

#include "data/ccp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), **names = NULL;
    size_t count = 0;
    swatch_error error;
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    if (ccp_split_parse("fuzz", text, size, &names, &count, &error)) {
        if (strncmp(error.message, "fuzz", 4) != 0)
            abort();
    } else {
        if (count == 0)
            abort();
        for (size_t i = 0; i < count; i++)
            if (!*names[i] || names[i][0] == '.' || strpbrk(names[i], "/\n\r"))
                abort();
        ccp_split_free(names, count);
    }
    free(text);
    return 0;
}
