// Modules: parts of the library that are loaded only when they are needed, because what they link
// takes time to start or is not on every machine. A module lies beside the library.
#ifndef BASE_MODULE_H
#define BASE_MODULE_H

#include <swatch.h>

// Loads `file` and never unloads it. Finds the table that it exports as `symbol`. global: other
// libraries find the module's symbols, too. The error gives the loader's reason.
int module_load(const char *file, const char *symbol, int global, const void **table,
                swatch_error *error);

#endif
