// Folders are made as mkdir -p makes them.

#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"

int output_folder(const char *path)
{
    struct stat info;
    char *part = strdup(path);
    for (char *c = part; c && *c; c++) {
        if (*c != '/' || c == part)
            continue;
        *c = 0;
        mkdir(part, 0777);
        *c = '/';
    }
    free(part);
    if (mkdir(path, 0777) == 0)
        return 0;
    const int why = errno; // stat sets another
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return 0;
    // An existing file that is no folder ends here with "File exists".
    say("swatch: %s: cannot be made a folder: %s", path, strerror(why));
    return -1;
}

char *output_path(const char *folder, const char *name, const char *ending)
{
    char *path;
    const size_t length = strlen(folder);
    const char *between = length && folder[length - 1] == '/' ? "" : "/";
    const int made = asprintf(&path, "%s%s%s%s%s", folder, between, name, ending ? "." : "",
                              ending ? ending : "");
    return made < 0 ? NULL : path;
}

int output_taken(const char *path, swatch_error *error)
{
    struct stat info;
    if (lstat(path, &info))
        return 0;
    error->status = SWATCH_FAILED;
    snprintf(error->message, sizeof error->message, "%s: is there already%s", path,
             S_ISDIR(info.st_mode) ? "; --overwrite replaces it" : ", and no folder");
    return 1;
}

int output_print(const void *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
        return 0;
    say("swatch: standard output: %s", strerror(errno));
    clearerr(stdout);
    return -1;
}
