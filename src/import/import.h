// Imports foreign weights.
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <swatch_train.h>

// See swatch_import. options and summary must not be NULL. Sets all of *summary except its size.
int import_file(const char *path, const char *output, const swatch_import_options *options,
                swatch_import_summary *summary, swatch_error *error);

#endif
