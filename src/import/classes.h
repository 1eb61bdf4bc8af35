// Class names and colors for a model whose file does not say them.
#ifndef IMPORT_CLASSES_H
#define IMPORT_CLASSES_H

#include "import/names.h"
#include "model/classes.h"

struct import_classes {
    size_t count;
    char names[MASKRCNN_CLASSES_MAX][CLASS_NAME_MAX];
    uint8_t colors[MASKRCNN_CLASSES_MAX][3];
};

// From `text` ("background=#000000,person,...") or, when that is NULL, from what the kind of
// weights knows. As many as the network has classes; for a painter of colors 2 to CLASSES_MAX.
int import_classes_find(const struct import_model *model, const char *file, const char *text,
                        struct import_classes *classes, swatch_error *error);

#endif
