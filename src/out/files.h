// The names of the files that swatch writes for a photo, and what of a folder may be replaced.
#ifndef OUT_FILES_H
#define OUT_FILES_H

#include <swatch.h>

#include "base/draft.h"

#define FILES_COLORS "colors.json" // of a photo and of an album
#define FILES_CARD "card.png"
#define PEOPLE_PNG "people.png"
#define PEOPLE_JSON "people.json"

// "palette.gpl" and so on.
void files_palette(swatch_palette_format format, char name[32]);
// Whether `how` has no bits but `known`; if not, SWATCH_USAGE. `folder` is for the message.
int files_check_how(const char *folder, unsigned how, unsigned known, swatch_error *error);

// The owners of folders that may be replaced: a result's or an album's, and one of people. So `-o
// src` costs nobody a folder src/anna that happens to be there, and people.json costs nobody the
// card beside it.
extern const struct draft_owner files_of_result, files_of_people;

#endif
