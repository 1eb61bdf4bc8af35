// Class names and colors for a model whose file does not have them.
#ifndef IMPORT_CLASSES_H
#define IMPORT_CLASSES_H

#include "import/names.h"
#include "model/classes.h"

struct import_classes {
    size_t count;
    char names[MASKRCNN_CLASSES_MAX][CLASS_NAME_MAX];
    uint8_t colors[MASKRCNN_CLASSES_MAX][3];
};

// Takes them from `text` ("background=#000000,person,..."). NULL: COCO's names where the kind of
// weights has as many classes, else numbers; for a network that paints colors the classes of
// classes/ccp-4.txt. A text with another number of classes than the network has is SWATCH_USAGE; a
// network that paints colors may have 2 to CLASSES_MAX.
int import_classes_find(const struct import_model *model, const char *file, const char *text,
                        struct import_classes *classes, swatch_error *error);

#endif
