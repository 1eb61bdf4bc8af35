// Class files of any content: read or refused, never read over the end.
#include "data/classes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tags[] = {"null", "skin", "hair", "t-shirt"};
    struct class_map map;
    swatch_error error;
    if (class_map_parse("fuzz", (const char *)data, size, tags, 4, &map, &error) == 0) {
        if (map.classes.count == 0 || map.classes.count > CLASSES_MAX)
            abort();
        for (size_t tag = 0; tag < 4; tag++)
            if (map.of_tag[tag] >= map.classes.count)
                abort();
    } else if (memchr(error.message, '\0', sizeof error.message) == NULL) {
        abort();
    }
    return 0;
}
