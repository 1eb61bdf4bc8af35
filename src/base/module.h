// Parts of the library that are loaded only by who needs them, since what they link would cost
// every other use its start-up, or is not on every machine. A module lies beside the library.
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include <swatch.h>

// Loads `file` for good and finds the table it exports as `symbol`. global: the module's own
// libraries look for symbols among the process's. The error is the loader's reason.
int module_load(const char *file, const char *symbol, int global, const void **table,
                swatch_error *error);

#endif
