// Finds a module by the place of the library.

#include "base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

int module_load(const char *file, const char *symbol, int global, const void **table,
                swatch_error *error)
{
    Dl_info self; // the library, or the program that it is linked into
    char path[PATH_MAX];
    const char *slash = NULL;
    if (dladdr((void *)(uintptr_t)swatch_version, &self) && self.dli_fname)
        slash = strrchr(self.dli_fname, '/');
    const int folder = slash ? (int)(slash + 1 - self.dli_fname) : 0;
    if ((size_t)snprintf(path, sizeof path, "%.*s%s", folder, folder ? self.dli_fname : "", file) >=
        sizeof path)
        return error_set(error, SWATCH_FAILED, "%s: the path is too long", self.dli_fname);
    void *handle = dlopen(path, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
    if (!handle)
        return error_set(error, SWATCH_FAILED, "%s", dlerror());
    *table = dlsym(handle, symbol);
    return *table ? SWATCH_OK : error_set(error, SWATCH_FAILED, "%s: has no %s", path, symbol);
}
