// Model files of any content, of clothes and of people: opened or refused with a message that
// begins with their name, never read over the end.
#include <stdlib.h>
#include <string.h>

#include "model/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_sound(const struct model *m)
{
    if (!m->history || model_class_count(m) < 2 || model_class_name(m, model_class_count(m)))
        return 0;
    if (m->kind == MODEL_PEOPLE)
        return m->network.shorter * m->network.longer <= MODEL_PIXELS_MAX;
    return m->height % m->generator->multiple == 0 && m->width % m->generator->multiple == 0 &&
           m->height * m->width <= MODEL_PIXELS_MAX && m->classes.count <= CLASSES_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model *model = NULL;
    swatch_error error;
    if (model_open_memory("the file", data, size, NULL, &model, &error)) {
        if (model || strncmp(error.message, "the file", 8) != 0)
            abort();
    } else if (!is_sound(model)) {
        abort();
    }
    model_free(model);
    return 0;
}
