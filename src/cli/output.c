// Folders are made as mkdir -p makes them.

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

static void make_parents(const char *path)
{
    char *part = strdup(path);
    for (char *c = part; c && *c; c++) {
        if (*c != '/' || c == part)
            continue;
        *c = 0;
        mkdir(part, 0777);
        *c = '/';
    }
    free(part);
}

int output_above(const char *path)
{
    struct stat info;
    char *above = strdup(path);
    char *slash = above ? strrchr(above, '/') : NULL;
    int status = above ? 0 : -1;
    if (slash && slash > above) {
        *slash = 0;
        if (stat(above, &info)) {
            make_parents(path);
            status = stat(above, &info);
        }
    }
    free(above);
    return status;
}

int output_folder(const char *path)
{
    struct stat info;
    make_parents(path);
    if (mkdir(path, 0777) == 0)
        return 0;
    const int why = errno; // stat sets another
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return 0;
    if (why == EEXIST)
        say("swatch: %s: is a file, not a folder", path);
    else
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

static int has(const char *folder, const char *file, const char *text, int at_end)
{
    char there[256];
    const size_t length = strlen(text);
    char *path = output_path(folder, file, NULL);
    struct stat info;
    const int from = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    const int same = from >= 0 && fstat(from, &info) == 0 && S_ISREG(info.st_mode) &&
                     (!at_end || lseek(from, -(off_t)length, SEEK_END) >= 0) &&
                     read(from, there, length) == (ssize_t)length &&
                     memcmp(there, text, length) == 0;
    if (from >= 0)
        close(from);
    free(path);
    return same;
}

int output_begins(const char *folder, const char *file, const char *beginning)
{
    return has(folder, file, beginning, 0);
}

int output_ends(const char *folder, const char *file, const char *end)
{
    return has(folder, file, end, 1);
}

int output_put(const void *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) == size && fflush(stdout) == 0)
        return 0;
    const int why = errno;
    clearerr(stdout);
    errno = why;
    return -1;
}

int output_print(const void *data, size_t size)
{
    if (output_put(data, size) == 0)
        return 0;
    say("swatch: standard output: %s", strerror(errno));
    return -1;
}

int output_free(const char *path, int overwrite)
{
    struct stat info;
    if (lstat(path, &info))
        return SWATCH_OK; // writing tells what is wrong
    if (!S_ISREG(info.st_mode))
        say("swatch: %s: is there already, and no file", path);
    else if (!overwrite)
        say("swatch: %s: is there already; --overwrite replaces it", path);
    else
        return SWATCH_OK;
    return SWATCH_FAILED;
}
