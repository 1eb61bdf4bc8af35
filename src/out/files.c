#include "out/files.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "out/palette.h"
#include "out/piece.h"
#include "out/step.h"

void files_palette(swatch_palette_format format, char name[32])
{
    snprintf(name, 32, "palette.%s", palette_extension(format));
}

int files_check_how(const char *folder, unsigned how, unsigned known, swatch_error *error)
{
    if (how & ~known)
        return error_set(error, SWATCH_USAGE, "%s: how has a bit that this function does not know",
                         folder);
    return SWATCH_OK;
}

// "person-1", with nothing behind the number.
static int is_person_folder(const char *name)
{
    static const char prefix[] = "person-";
    const size_t length = sizeof prefix - 1;
    return strncmp(name, prefix, length) == 0 && name[length] &&
           name[length + strspn(name + length, "0123456789")] == 0;
}

static int is_result(const char *name, int is_folder, int inner)
{
    if (is_folder)
        return !inner && is_person_folder(name);
    if (piece_is_file(name) || step_is_file(name))
        return 1;
    for (int i = 0; i < SWATCH_PALETTE_FORMATS; i++) {
        char palette[32];
        files_palette((swatch_palette_format)i, palette);
        if (strcmp(name, palette) == 0)
            return 1;
    }
    return 0;
}

static int is_people(const char *name, int is_folder, int inner)
{
    (void)inner;
    return !is_folder && (strcmp(name, PEOPLE_PNG) == 0 || strcmp(name, PEOPLE_JSON) == 0);
}

const struct draft_owner files_of_result = {"swatch extract", is_result},
                         files_of_people = {"swatch person", is_people};
