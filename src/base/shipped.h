// Files that are installed with the library: models and class files.
#ifndef BASE_SHIPPED_H
#define BASE_SHIPPED_H

#include <swatch.h>

// See swatch_shipped. The caller frees *path.
int shipped_find(const char *kind, const char *name, char **path, swatch_error *error);

// Whether text is a name for shipped_find and no path: it has neither a slash nor a dot.
int shipped_is_name(const char *text);

#endif
