// The pictures of the article's steps, from the first map to the main colors.
#ifndef OUT_STEP_H
#define OUT_STEP_H

#include "extract/result.h"

#define STEPS 9

// Whether a result has a step, by its index.
int step_is_there(const swatch_result *result, size_t index);
// The name of its file, "step-2-person.png".
void step_file(size_t index, const swatch_save_options *options, char name[64]);
// 1 if `name` may be a step's file, of any format.
int step_is_file(const char *name);
// Draws and encodes a step that is there, as piece_encode does. The caller frees *data.
int step_encode(const swatch_result *result, size_t index, unsigned how,
                const swatch_save_options *options, void **data, size_t *size, swatch_error *error);

#endif
