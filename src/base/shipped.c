#include "base/shipped.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

int shipped_is_name(const char *text)
{
    return *text && !strpbrk(text, "/.");
}

// The folder of the library, or of the program that it is linked into; "." where that is unknown.
static void library_folder(char folder[PATH_MAX])
{
    static const char here;
    Dl_info info;
    char *slash = NULL;
    if (dladdr(&here, &info) && info.dli_fname && realpath(info.dli_fname, folder))
        slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    else
        strcpy(folder, ".");
}

int shipped_find(const char *kind, const char *name, char **path, swatch_error *error)
{
    // Installed in lib or lib/<architecture>; beside a build in the source tree.
    static const char *const beside[] = {"/../share/swatch", "/../../share/swatch", "/../.."};
    const int is_class = strcmp(kind, "classes") == 0;
    const char *chosen = getenv("SWATCH_DATA");
    char folder[PATH_MAX];
    if (!is_class && strcmp(kind, "models") != 0)
        return error_set(error, SWATCH_USAGE, "%s: shipped are \"models\" and \"classes\"", kind);
    if (!shipped_is_name(name))
        return error_set(error, SWATCH_USAGE, "%s: is no name of a shipped file", name);
    library_folder(folder);
    for (size_t i = 0; i <= sizeof beside / sizeof *beside; i++) {
        const char *base = i == 0 ? chosen : folder, *below = i == 0 ? "" : beside[i - 1];
        char *tried;
        if (!base || !*base)
            continue;
        if (asprintf(&tried, "%s%s/%s/%s%s%s", base, below, kind, is_class ? "ccp-" : "", name,
                     is_class ? ".txt" : ".safetensors") < 0)
            return error_memory(error);
        if (access(tried, R_OK) == 0) {
            *path = tried;
            return SWATCH_OK;
        }
        free(tried);
    }
    return error_set(error, SWATCH_NOT_FOUND,
                     "%s: no such file is shipped in %s/ of %s%s%s/../share/swatch", name, kind,
                     chosen ? chosen : "", chosen ? " or " : "", folder);
}
