// A result, and one of several people, as JSON.
#ifndef OUT_RESULT_JSON_H
#define OUT_RESULT_JSON_H

#include <jansson.h>

#include "extract/result.h"

// Makes the JSON of a result that is otherwise whole.
int result_json(swatch_result *result, swatch_error *error);
// The same as text to be freed, where garments' files have this ending ("png"); NULL without
// memory.
char *result_json_text(const swatch_result *result, const char *ending);
// {"score", "box", "pixels"} of one person; NULL without memory.
json_t *person_json(const swatch_person *person);

#endif
