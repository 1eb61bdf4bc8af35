#include "out/files.h"

#include <stdio.h>
#include <string.h>

#include "extract/garments.h"

const char *const result_files[RESULT_FILES] = {
    "labels.png", "segmentation.png", "clothes.png", "skin.png",
    "hair.png",   "colors.json",      "card.png",    "person.png",
};

void files_palette(swatch_palette_format format, char name[32])
{
    snprintf(name, 32, "palette.%s", swatch_palette_extension(format));
}

int files_is_result(const char *name)
{
    for (int i = 0; i < RESULT_FILES; i++)
        if (strcmp(name, result_files[i]) == 0)
            return 1;
    for (int i = 0; i < SWATCH_PALETTE_FORMATS; i++) {
        char palette[32];
        files_palette((swatch_palette_format)i, palette);
        if (strcmp(name, palette) == 0)
            return 1;
    }
    return garments_is_file(name);
}

int files_is_people(const char *name)
{
    return strcmp(name, PEOPLE_PNG) == 0 || strcmp(name, PEOPLE_JSON) == 0;
}
