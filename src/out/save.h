// The files of a result.
#ifndef OUT_SAVE_H
#define OUT_SAVE_H

#include "extract/result.h"

// The bits of swatch.h that say how a result is saved.
#define SAVE_KNOWN                                                                                 \
    (SWATCH_REPLACE | SWATCH_SAVE_SOFT_PERSON | SWATCH_SAVE_STEPS |                                \
     (SWATCH_SAVE_PALETTE(SWATCH_PALETTE_FORMATS) - SWATCH_SAVE_PALETTE(0)))

// Whether both are known; if not, SWATCH_USAGE. `folder` is for the message.
int save_check(const char *folder, unsigned how, const swatch_save_options *options,
               swatch_error *error);
// Writes the files into a folder that is there; messages name the folder. `how` and the options
// must be right.
int result_write(const swatch_result *result, const char *folder, unsigned how,
                 const swatch_save_options *options, swatch_error *error);
// Makes a folder of them, whole or not at all; it is replaced with SWATCH_REPLACE, if all in
// it is files_of_result's.
int result_save(const swatch_result *result, const char *folder, unsigned how,
                const swatch_save_options *options, swatch_error *error);

#endif
