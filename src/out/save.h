// The files of a result.
#ifndef OUT_SAVE_H
#define OUT_SAVE_H

#include "extract/result.h"

// Writes them into a folder that is there; messages name the folder. `how`: SWATCH_SAVE_ bits.
int result_write(const swatch_result *result, const char *folder, unsigned how,
                 swatch_error *error);
// Makes a folder of them, whole or not at all.
int result_save(const swatch_result *result, const char *folder, unsigned how, swatch_error *error);

#endif
