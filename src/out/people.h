// The files of the people of a photo.
#ifndef OUT_PEOPLE_H
#define OUT_PEOPLE_H

#include "extract/people.h"

// Makes a folder of people.png and people.json, whole or not at all. `how`: 0 or
// SWATCH_REPLACE; another bit is SWATCH_USAGE.
int people_save(const swatch_people *people, const char *folder, unsigned how, swatch_error *error);

#endif
