// Class names from the user, from COCO, or by number. Classes without a color get that of PASCAL
// VOC, which depends on the index alone.

#include "import/classes.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

// Deals the bits of the index out to red, green and blue, to the highest bits first.
static void voc_color(size_t index, uint8_t rgb[3])
{
    memset(rgb, 0, 3);
    for (int bit = 7; index > 0; bit--)
        for (size_t c = 0; c < 3; c++, index >>= 1)
            rgb[c] |= (uint8_t)((index & 1) << bit);
}

static int wrong(swatch_error *error, const char *text, size_t length, const char *what)
{
    return error_set(error, SWATCH_USAGE, "class \"%.*s\" %s", (int)(length < 60 ? length : 60),
                     text, what);
}

// NAME or NAME=#rrggbb
static int parse_class(struct import_classes *classes, const char *text, size_t length,
                       swatch_error *error)
{
    uint8_t *rgb = classes->colors[classes->count];
    char *name = classes->names[classes->count];
    const char *color = memchr(text, '=', length);
    const size_t name_length = color ? (size_t)(color - text) : length;
    if (name_length == 0 || name_length >= CLASS_NAME_MAX)
        return wrong(error, text, length, "has no name of 1 to 31 characters");
    for (size_t i = 0; i < name_length; i++)
        if (text[i] < 32 || text[i] > 126 || strchr("/\\\"", text[i]))
            return wrong(error, text, length, "has a name of other than plain characters");
    if (!color)
        voc_color(classes->count, rgb);
    else if (number_read_hex(color + 1, length - name_length - 1, rgb))
        return wrong(error, text, length, "has a color that is not #rrggbb");
    memcpy(name, text, name_length);
    name[name_length] = 0;
    for (size_t i = 0; i < classes->count; i++)
        if (strcmp(classes->names[i], name) == 0)
            return wrong(error, text, length, "occurs twice");
    classes->count++;
    return SWATCH_OK;
}

static int parse(struct import_classes *classes, const char *text, swatch_error *error)
{
    for (;; text++) {
        const size_t length = strcspn(text, ",");
        if (classes->count == MASKRCNN_CLASSES_MAX)
            return error_set(error, SWATCH_USAGE, "more than %d classes", MASKRCNN_CLASSES_MAX);
        if (parse_class(classes, text, length, error))
            return SWATCH_USAGE;
        text += length;
        if (!*text)
            return SWATCH_OK;
    }
}

static void name_all(struct import_classes *classes, const struct import_model *model)
{
    const int known = model->kind->coco_classes == model->classes;
    const char *const *coco = coco_names;
    for (size_t i = 0; i < model->classes; i++, coco++) {
        while (known && model->classes == COCO_USED && import_starts(*coco, "unused"))
            coco++;
        if (known)
            snprintf(classes->names[i], CLASS_NAME_MAX, "%s", *coco);
        else if (i == 0)
            strcpy(classes->names[i], "background");
        else
            snprintf(classes->names[i], CLASS_NAME_MAX, "class %zu", i);
        voc_color(i, classes->colors[i]);
    }
    classes->count = model->classes;
}

int import_classes_find(const struct import_model *model, const char *file, const char *text,
                        struct import_classes *classes, swatch_error *error)
{
    static const char *const painted = "background=#000000,skin=#ff0000,hair=#0000ff,"
                                       "clothes=#00ff00";
    classes->count = 0;
    if (!text && model->classes > 0) {
        name_all(classes, model);
        return SWATCH_OK;
    }
    if (parse(classes, text ? text : painted, error))
        return SWATCH_USAGE;
    if (model->classes > 0 && classes->count != model->classes)
        return error_set(error, SWATCH_USAGE, "%s: its network tells %zu classes apart, not %zu",
                         file, model->classes, classes->count);
    if (model->classes == 0 && (classes->count < 2 || classes->count > CLASSES_MAX))
        return error_set(error, SWATCH_USAGE, "%s: a painter of colors has 2 to %d classes", file,
                         CLASSES_MAX);
    return SWATCH_OK;
}
