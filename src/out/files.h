// The names of the files that swatch writes for a photo.
#ifndef OUT_FILES_H
#define OUT_FILES_H

#include <swatch.h>

enum result_file {
    RESULT_LABELS,
    RESULT_SEGMENTATION,
    RESULT_CLOTHES,
    RESULT_SKIN,
    RESULT_HAIR,
    RESULT_JSON,
    RESULT_CARD,
    RESULT_PERSON,
    RESULT_FILES,
};

extern const char *const result_files[RESULT_FILES];

#define PEOPLE_PNG "people.png"
#define PEOPLE_JSON "people.json"

// "palette.gpl" and so on.
void files_palette(swatch_palette_format format, char name[32]);
// Whether swatch extract could have written a file of this name.
int files_is_result(const char *name);
// The same of swatch person.
int files_is_people(const char *name);

#endif
