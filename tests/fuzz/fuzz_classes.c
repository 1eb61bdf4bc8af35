// Reads class files of any content. They are read or refused, never past their end.
#include "model/classes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tags[] = {"null", "skin", "hair", "t-shirt"};
    static const struct classes finer = {.count = 3, .names = {"background", "skin", "t-shirt"}};
    struct class_map map;
    struct classes coarser;
    uint8_t of_class[CLASSES_MAX];
    swatch_error error;
    if (class_map_parse("fuzz", (const char *)data, size, tags, 4, &map, &error) == 0) {
        if (map.classes.count == 0 || map.classes.count > CLASSES_MAX)
            abort();
        for (size_t tag = 0; tag < 4; tag++)
            if (map.of_tag[tag] >= map.classes.count + map.set_count)
                abort();
    } else if (memchr(error.message, '\0', sizeof error.message) == NULL) {
        abort();
    }
    if (class_map_parse_numbers("fuzz", (const char *)data, size, &map, &error) == 0)
        for (size_t label = 0; label < sizeof map.of_tag; label++)
            if (map.of_tag[label] >= map.classes.count + map.set_count && map.of_tag[label] != 255)
                abort();
    if (classes_fold("fuzz", (const char *)data, size, &finer, &coarser, of_class, &error) == 0)
        for (size_t i = 0; i < finer.count; i++)
            if (of_class[i] >= coarser.count)
                abort();
    return 0;
}
